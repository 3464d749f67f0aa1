"""Fits which questions ask for a document as a whole: `python -m qa.training summaries SET...`.

`summaries.jsonl` of a question set has questions that do. Those of `open.jsonl`, `lists.jsonl` and `questions.jsonl` ask for
something in a document, and are taken as asked of the one that holds their answer. A logistic regression learns to tell them
apart by the encoder's vectors of the questions without that document's name (qa.pipeline.summary_requests). The figures are
with each set held out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from qa.evaluation.json_lines import read_json_lines
from qa.index.backend import SearchableIndex
from qa.inference.encoder import OnnxEncoder, shipped_encoder_folder
from qa.pipeline.pipeline import SUMMARY, title_of
from qa.pipeline.summary_requests import SummaryRequests, without_name
from qa.training.data.indexed import indexed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sklearn.linear_model import LogisticRegression

_REQUESTS = "summaries.jsonl"
_OTHERS = ("open.jsonl", "lists.jsonl", "questions.jsonl")
_MOST_OF_KIND = 150
"""Of a set's questions of one file: there are 800 that want a span and 24 that want a summary."""
_STRENGTH = 10.0
"""Inverse of the penalty on large weights. With 1 fewer requests are recognised (69 of 100), with 100 more other questions are
taken for one."""
_LEFT_OUT = "summary"
"""A style of open questions: most of them ask for a part of a document, some for all of one."""


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question of a set without the name of its document, which file it is from, and its vector, shape (d,)."""

    set_name: str
    source: str
    text: str
    vector: NDArray[np.float32]

    @property
    def asks_for_summary(self) -> bool:
        return self.source == _REQUESTS


def labelled_questions(folders: Sequence[Path], indexes: Path) -> list[LabelledQuestion]:
    """The questions of the sets in `folders`; their indexes lie below `indexes`. Raises QaError."""
    encoder = OnnxEncoder(shipped_encoder_folder())
    found = []
    for folder in folders:
        with indexed(folder / "docs", indexes / folder.name) as index, index.snapshot():
            found += list(_of_set(folder, index, encoder))
    return found


def _of_set(folder: Path, index: SearchableIndex, encoder: OnnxEncoder) -> Iterator[LabelledQuestion]:
    paths = {path for path, *_ in index.documents()}
    for source in (_REQUESTS, *_OTHERS):
        if not (folder / source).exists():
            continue
        asked = [
            row for row in read_json_lines(folder / source) if source == _REQUESTS or row.get("style") != _LEFT_OUT
        ]
        placed = [(row["question"], path) for row in asked if (path := _document_of(row)) in paths]
        for question, path in Random(5).sample(placed, min(len(placed), _MOST_OF_KIND)):
            text = without_name(question, path, title_of(index, path))
            yield LabelledQuestion(folder.name, source, text, encoder.encode([text])[0])


def _document_of(row: dict[str, Any]) -> str | None:
    return row.get("doc") or next(iter(row.get("docs") or ()), None)


def fit(rows: Sequence[LabelledQuestion]) -> SummaryRequests:
    """The regression of the labels on the vectors."""
    from sklearn.linear_model import LogisticRegression

    fitted: LogisticRegression = LogisticRegression(C=_STRENGTH, max_iter=3000).fit(
        [row.vector for row in rows], [row.asks_for_summary for row in rows]
    )
    weights = tuple(round(float(weight), 3) for weight in fitted.coef_[0])
    return SummaryRequests(round(float(fitted.intercept_[0]), 3), weights)


def held_out(rows: Sequence[LabelledQuestion]) -> list[bool]:
    """Whether each row is taken for a request by weights that have not seen its set."""
    from sklearn.model_selection import LeaveOneGroupOut

    sets, taken = [row.set_name for row in rows], [False] * len(rows)
    for train, test in LeaveOneGroupOut().split(sets, groups=sets):
        requests = fit([rows[place] for place in train])
        for place in test:
            taken[place] = requests.probability(rows[place].vector) >= SUMMARY
    return taken


def report(rows: Sequence[LabelledQuestion]) -> dict[str, Any]:
    """Of each file how many questions there are, and how many of them are taken for a request, each set held out."""
    taken = held_out(rows)
    counts = {}
    for source in (_REQUESTS, *_OTHERS):
        found = [one for one, row in zip(taken, rows, strict=True) if row.source == source]
        counts[source] = {"questions": len(found), "taken_for_requests": sum(found)}
    return counts


def save(requests: SummaryRequests, file: Path) -> None:
    values = {"intercept": requests.intercept, "weights": list(requests.weights)}
    file.write_text(json.dumps(values) + "\n", "utf-8")
