"""Yes or no, to a question that wants one of the two.

What the reader found is words that decide the question; whether they say yes or no is asked of the entailment model, with the
question in the place of the sentence and the passage around the words as the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.answers import Verdict
from qa.pipeline.entailment import Relation
from qa.pipeline.inputs import PassageInput, Readable
from qa.pipeline.intents import Intent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qa.pipeline.entailment import EntailmentModel

_SURELY_ASKED = 0.5
_SURE = 0.8
_VERDICTS = {Relation.ENTAILMENT: Verdict.YES, Relation.CONTRADICTION: Verdict.NO}


def wants_verdict(intents: Mapping[Intent, float]) -> bool:
    """Whether the question probably wants yes or no."""
    return intents.get(Intent.YES_NO, 0.0) >= _SURELY_ASKED


def verdict(question: str, passage: Readable, model: EntailmentModel) -> Verdict | None:
    """What `passage`, in which the answer to `question` was found, says to it; None where that is not sure enough."""
    chances = model.probabilities(question, PassageInput.of(passage).text)
    likeliest = max(_VERDICTS, key=chances.__getitem__)
    return _VERDICTS[likeliest] if chances[likeliest] >= _SURE else None
