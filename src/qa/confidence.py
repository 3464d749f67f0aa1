"""Evidence -> calibrated probabilities, by two small logistic regressions that anyone can read.

`calibration.json` beside the reader holds their weights and the threshold; `qa.training.calibrate` fits them on the open
evaluation half, never on training rows, and reports expected calibration error over folds of whole articles.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from qa.candidates import Evidence
from qa.errors import ModelUnusable


@dataclass(frozen=True, slots=True)
class Logistic:
    """P = 1 / (1 + exp(-(intercept + sum of weight times evidence)))."""

    intercept: float
    weights: dict[str, float]

    def probability(self, evidence: Evidence) -> float:
        values = asdict(evidence)
        logit = self.intercept + sum(weight * values[name] for name, weight in self.weights.items())
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))


@dataclass(frozen=True, slots=True)
class Calibration:
    """`right`: that a candidate is the right answer. `absent`: given the best candidate, that there is no answer at all.

    `threshold`: the least probability of being right that is answered, chosen for the best overall F1 on the open half.
    """

    right: Logistic
    absent: Logistic
    threshold: float

    @classmethod
    def load(cls, folder: Path) -> Calibration:
        """Read `calibration.json`. Raises ModelUnusable."""
        path = folder / "calibration.json"
        try:
            values: dict[str, Any] = json.loads(path.read_text("utf-8"))
            return cls(Logistic(**values["right"]), Logistic(**values["absent"]), float(values["threshold"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnusable(path, str(error)) from error

    def save(self, folder: Path) -> None:
        (folder / "calibration.json").write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")
