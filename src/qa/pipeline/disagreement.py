"""Two values for one thing: where another place says something else, it is shown beside the answer.

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

WEIGHTS = (0.16, 2.0, 1.57, -1.24, -1.18)
"""Of the features, in their order."""
INTERCEPT = -3.37
LEAST = 0.4
"""Of 102 questions that were not fitted to, 17 get another value rightly and 10 wrongly; 26 have one among the candidates."""

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
    """What speaks for a candidate being another value of what the answer is a value of; each is 0 to 1 but for `margin`."""

    margin: float
    cosine: float
    same_kind: bool
    same_document: bool
    same_sentence: bool

    @property
    def probability(self) -> float:
        """By the logistic regression, 0 to 1."""
        logit = INTERCEPT + sum(weight * value for weight, value in zip(WEIGHTS, astuple(self), strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def other_value(spans: Sequence[RankedSpan], cosines: Cosines) -> int | None:
    """The place among `spans`, best first, of the candidate that most probably disagrees with the first; None without one."""
    found = [(one.probability, -place) for place, one in enumerate(features(spans, cosines), 1)]
    probability, place = max(found, default=(0.0, 0))
    return -place if probability >= LEAST else None


def features(spans: Sequence[RankedSpan], cosines: Cosines) -> list[DisagreementFeatures]:
    """Of every candidate but the first."""
    if len(spans) < 2:
        return []
    best, *others = spans
    sentences = [_sentence(one) for one in spans]
    alike = cosines(sentences[0], sentences[1:])
    return [
        DisagreementFeatures(
            margin=one.evidence.margin,
            cosine=cosine,
            same_kind=value_kind(one.text) == value_kind(best.text),
            same_document=one.hit.passage.path == best.hit.passage.path,
            same_sentence=sentence == sentences[0],
        )
        for one, cosine, sentence in zip(others, alike, sentences[1:], strict=True)
    ]


def value_kind(text: str) -> str:
    """ "amount", "time", "date", "number", "name" or "other": the first that `text` looks like."""
    return next((kind for kind, pattern in _KINDS.items() if re.search(pattern, text, re.IGNORECASE)), "other")


def _sentence(one: RankedSpan) -> str:
    return sentence_around(one.hit.passage.text, one.span.start, one.span.end)
