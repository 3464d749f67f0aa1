"""Two values for one thing: what another document says of it is shown beside the answer.

A candidate is another value of the same thing, rather than a value of another thing, when the reader is as sure of it, its
sentence is like the answer's, and it is of the same kind (an amount beside an amount). A logistic regression over these says
how probably (`qa.training.decision.fit_disagreement`). Which of the two holds, their documents tell (qa.pipeline.validity).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

from qa.pipeline.ranking import RankedSpan

Holds = Callable[[RankedSpan, RankedSpan], bool]
"""Whether the first holds where the two disagree, and the second no longer does."""
Cosines = Callable[[str, Sequence[str]], Sequence[float]]
"""Of a text with each of several others, by the encoder."""

WEIGHTS = (0.16, 2.0, 1.57)
"""Of the features, in their order."""
INTERCEPT = -3.37
LEAST = 0.4
"""Of 102 questions that were not fitted to, 20 are shown another value rightly and 7 wrongly; it could be shown for 23."""
LEAST_NEWER = 0.3
"""Where the other value clearly holds and the first no longer does. Of 81 questions that were fitted to, and answered with a
span, the value that holds takes the place of the other one for eight and of a wrong one for two; with 0.2 a right one
is lost."""

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


@dataclass(frozen=True, slots=True)
class OtherValue:
    """The candidate at `place` disagrees with the first; `holds`: it is the one that holds now."""

    place: int
    holds: bool


def other_value(spans: Sequence[RankedSpan], cosines: Cosines, holds: Holds) -> OtherValue | None:
    """The candidate among `spans`, best first, that most probably disagrees with the first; None without one."""
    found = [(one.probability, -place) for place, one in features(spans, cosines).items()]
    probability, place = max(found, default=(0.0, 0))
    if probability < LEAST_NEWER:
        return None
    if holds(spans[-place], spans[0]):
        return OtherValue(-place, holds=True)
    return OtherValue(-place, holds=False) if probability >= LEAST else None


def features(spans: Sequence[RankedSpan], cosines: Cosines) -> dict[int, DisagreementFeatures]:
    """Of every candidate that stands in another document than the first, by its place."""
    path = spans[0].hit.passage.path if spans else ""
    others = {place: one for place, one in enumerate(spans) if one.hit.passage.path != path}
    if not others:
        return {}
    kind = value_kind(spans[0].text)
    alike = cosines(spans[0].sentence, [one.sentence for one in others.values()])
    return {
        place: DisagreementFeatures(one.evidence.margin, cosine, value_kind(one.text) == kind)
        for (place, one), cosine in zip(others.items(), alike, strict=True)
    }


def value_kind(text: str) -> str:
    """ "amount", "time", "date", "number", "name" or "other": the first that `text` looks like."""
    return next((kind for kind, pattern in _KINDS.items() if re.search(pattern, text, re.IGNORECASE)), "other")
