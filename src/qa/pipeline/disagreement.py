"""Two values for one thing: what another document says of it is shown beside the answer.

A candidate is another value of the same thing, rather than a value of another thing, when the reader is as sure of it, its
sentence is like the answer's, and it is of the same kind (an amount beside an amount). A logistic regression over these says
how probably (`qa.training.decision.fit_disagreement`); nothing is said of which of the two holds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

from qa.pipeline.ranking import RankedSpan
from qa.text.sentences import sentence_around

Cosines = Callable[[str, Sequence[str]], Sequence[float]]
"""Of a text with each of several others, by the encoder."""

WEIGHTS = (0.16, 2.0, 1.57)
"""Of the features, in their order."""
INTERCEPT = -3.37
LEAST = 0.4
"""Of 102 questions that were not fitted to, 18 are shown another value rightly and 9 wrongly; it could be shown for 22."""

_KINDS = {
    "amount": r"[£$€%]|\b(?:euros?|pounds?|dollars?|pence|cents?|per cent|percent)\b",
    "time": r"\d{1,2}[:.]\d\d|\b\d{1,2} ?[ap]\.?m\b|o.clock|\bnoon\b|\bmidnight\b",
    "date": r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?\b|\b(?:1[5-9]|20)\d\d\b",
    "number": r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty"
    r"|hundred)\b",
    "name": r"^(?-i:(?:[A-Z][\w'’.-]*\s?)+)$",
}


@dataclass(frozen=True, slots=True)
class DisagreementFeatures:
    """What speaks for a candidate being another value of what the answer is a value of.

    `margin` is the reader's; `cosine` is of their sentences; `same_kind` says that both are amounts, or both dates, and so on.
    """

    margin: float
    cosine: float
    same_kind: bool

    @property
    def probability(self) -> float:
        """By the logistic regression, 0 to 1."""
        logit = INTERCEPT + sum(weight * value for weight, value in zip(WEIGHTS, astuple(self), strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def other_value(spans: Sequence[RankedSpan], cosines: Cosines) -> int | None:
    """The place among `spans`, best first, of the candidate that most probably disagrees with the first; None without one."""
    found = [(one.probability, -place) for place, one in features(spans, cosines).items()]
    probability, place = max(found, default=(0.0, 0))
    return -place if probability >= LEAST else None


def features(spans: Sequence[RankedSpan], cosines: Cosines) -> dict[int, DisagreementFeatures]:
    """Of every candidate that stands in another document than the first, by its place."""
    path = spans[0].hit.passage.path if spans else ""
    others = {place: one for place, one in enumerate(spans) if one.hit.passage.path != path}
    if not others:
        return {}
    kind, sentence = value_kind(spans[0].text), _sentence(spans[0])
    alike = cosines(sentence, [_sentence(one) for one in others.values()])
    return {
        place: DisagreementFeatures(one.evidence.margin, cosine, value_kind(one.text) == kind)
        for (place, one), cosine in zip(others.items(), alike, strict=True)
    }


def value_kind(text: str) -> str:
    """ "amount", "time", "date", "number", "name" or "other": the first that `text` looks like."""
    return next((kind for kind, pattern in _KINDS.items() if re.search(pattern, text, re.IGNORECASE)), "other")


def _sentence(one: RankedSpan) -> str:
    return sentence_around(one.hit.passage.text, one.span.start, one.span.end)
