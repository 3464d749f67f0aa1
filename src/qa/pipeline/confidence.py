"""Features -> calibrated probabilities, by one multinomial logistic regression that anyone can read.

A candidate is right, or it is wrong though the documents have an answer, or they have none ("absent"): the three
probabilities add up to 1. `calibration.json` beside the reader holds the weights, the share of questions without an answer that
they were fitted for, and the two thresholds; `qa.training.decision.calibrate` fits them on questions that no model was
trained on.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from qa.answers import Certainty
from qa.errors import ModelUnusable
from qa.pipeline.ranking import ConfidenceFeatures

_STEEPEST = 30.0


@dataclass(frozen=True, slots=True)
class Linear:
    """intercept + sum of weight times evidence: the log-odds of an outcome against "absent"."""

    intercept: float
    weights: Mapping[str, float]

    def logit(self, evidence: Mapping[str, float]) -> float:
        value = self.intercept + sum(weight * evidence[name] for name, weight in self.weights.items())
        return max(-_STEEPEST, min(_STEEPEST, value))


@dataclass(frozen=True, slots=True)
class Probabilities:
    """That a candidate is the right answer; that the documents have another one; that they have none. They add up to 1."""

    right: float
    wrong: float
    absent: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """`unanswerable`: the share of questions without an answer that is expected.

    `firm` and `tentative`: the least probabilities of being right with which an answer is given as such.
    """

    right: Linear
    wrong: Linear
    unanswerable: float
    firm: float
    tentative: float

    def chances(self, ranked: Sequence[ConfidenceFeatures], unanswerable: float | None = None) -> list[float]:
        """That each of the candidates, best first, is right: none is likelier than one that is ranked above it, for the
        regression knows best candidates only. `unanswerable` as for `probabilities`."""
        return list(accumulate((self.probabilities(one, unanswerable).right for one in ranked), min))

    def probabilities(self, evidence: ConfidenceFeatures, unanswerable: float | None = None) -> Probabilities:
        """For an expected share of `unanswerable` questions, 0 < share < 1, by default the one that it was fitted for.

        Another share changes the prior odds of the outcomes and nothing else (Saerens et al. 2002, eq. 2.4).
        """
        values = asdict(evidence)
        share = self.unanswerable if unanswerable is None else unanswerable
        with_answer = (1 - share) / (1 - self.unanswerable)
        right = with_answer * math.exp(self.right.logit(values))
        wrong = with_answer * math.exp(self.wrong.logit(values))
        absent = share / self.unanswerable
        total = right + wrong + absent
        return Probabilities(right / total, wrong / total, absent / total)

    def certainty(self, right: float, min_confidence: float | None = None) -> Certainty | None:
        """How an answer of this probability is given; None where it is refused.

        `min_confidence`: the least probability that is given at all, by default the threshold of tentative answers.
        """
        if right < (self.tentative if min_confidence is None else min_confidence):
            return None
        return Certainty.FIRM if right >= self.firm else Certainty.TENTATIVE

    @classmethod
    def load(cls, folder: Path) -> Calibration:
        """Read `calibration.json`. Raises ModelUnusable."""
        path = folder / "calibration.json"
        try:
            values: dict[str, Any] = json.loads(path.read_text("utf-8"))
            numbers = {name: float(values[name]) for name in ("unanswerable", "firm", "tentative")}
            return cls(Linear(**values["right"]), Linear(**values["wrong"]), **numbers)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnusable(path, str(error)) from error

    def save(self, folder: Path) -> None:
        (folder / "calibration.json").write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")
