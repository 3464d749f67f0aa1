"""Fits what chooses among lists: `python -m qa.training lists SET...`.

Of every question with several items (`lists.jsonl` of a question set) all candidates (qa.pipeline.lists) are made through the
product, and a ridge regression learns from their features what item F1 each has. The figures are with each set held out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from qa.evaluation.asked.items import item_f1
from qa.evaluation.json_lines import read_json_lines
from qa.index.backend import SearchableIndex
from qa.inference.encoder import shipped_encoder_folder
from qa.pipeline.lists import ListCandidate, candidates
from qa.pipeline.models import LoadedModels
from qa.pipeline.pipeline import Pipeline
from qa.settings import Settings
from qa.training.data.indexed import indexed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PENALTY = 1.0


@dataclass(frozen=True, slots=True)
class Weighed:
    """The candidates of a question of a set, and the item F1 of each."""

    set_name: str
    candidates: Sequence[ListCandidate]
    scores: Sequence[float]


def weighed(folders: Sequence[Path], indexes: Path) -> list[Weighed]:
    """Every list question of the sets in `folders`; their indexes lie below `indexes`. Raises QaError."""
    models = LoadedModels(shipped_encoder_folder())
    pipeline = Pipeline(models, Settings().passages_read)
    found = []
    for folder in folders:
        with indexed(folder / "docs", indexes / folder.name) as index:
            found += [_weighed(folder.name, pipeline, index, row) for row in read_json_lines(folder / "lists.jsonl")]
    return found


def _weighed(name: str, pipeline: Pipeline, index: SearchableIndex, row: dict[str, Any]) -> Weighed:
    findings = pipeline.ask(index, row["question"])
    assert findings.vector is not None
    with index.snapshot():
        found = candidates(
            findings.question, findings.vector, findings.hits, findings.readings, pipeline.models, index.document_text
        )
    return Weighed(name, found, [item_f1([item.text for item in one.items], row["items"]) for one in found])


def fit(rows: Sequence[Weighed]) -> NDArray[np.float64]:
    """The weights of the features and of 1, shape (features + 1,)."""
    import numpy as np

    features = np.array([(*candidate.features, 1.0) for row in rows for candidate in row.candidates])
    scores = np.array([score for row in rows for score in row.scores])
    return np.linalg.solve(features.T @ features + _PENALTY * np.eye(features.shape[1]), features.T @ scores)


def held_out(rows: Sequence[Weighed]) -> float:
    """Mean item F1 of the candidates that are chosen by weights which have not seen their set."""
    from sklearn.model_selection import LeaveOneGroupOut

    sets, scores = [row.set_name for row in rows], []
    for train, test in LeaveOneGroupOut().split(sets, groups=sets):
        weights = fit([rows[place] for place in train])
        scores += [_of_chosen(rows[place], weights) for place in test]
    return fmean(scores)


def _of_chosen(row: Weighed, weights: NDArray[np.float64]) -> float:
    rated = [
        (float(weights @ (*candidate.features, 1.0)), score)
        for candidate, score in zip(row.candidates, row.scores, strict=True)
    ]
    return max(rated, default=(0.0, 0.0))[1]


def report(rows: Sequence[Weighed]) -> dict[str, Any]:
    """The weights, and item F1 with each set held out and at the best."""
    return {
        "weights": [round(float(weight), 3) for weight in fit(rows)],
        "lists": len(rows),
        "item_f1_held_out": round(held_out(rows), 3),
        "item_f1_at_best": round(fmean(max(row.scores, default=0.0) for row in rows), 3),
    }
