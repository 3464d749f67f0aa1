"""Fits what an extract's sentences are chosen by: `python -m qa.training extracts SET...`.

Of every open question (`open.jsonl` of a question set) all sentences that are weighed (qa.pipeline.sentence_relevance) are made
through the product, and a logistic regression learns which hold one of the facts that the question's writer wants quoted. The
figures are with each set held out: the share of those facts that the extract quotes, of its sentences those that hold one, and
its words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from qa.evaluation.asked.facts import quoted
from qa.evaluation.json_lines import read_json_lines
from qa.index.backend import SearchableIndex
from qa.inference.encoder import shipped_encoder_folder
from qa.pipeline.extracts import chosen_runs
from qa.pipeline.models import LoadedModels
from qa.pipeline.pipeline import Findings, Pipeline, placed_answers
from qa.pipeline.sentence_relevance import WeighedSentence, weighed_sentences
from qa.settings import Settings
from qa.training.data.indexed import indexed

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

_STRENGTH = 1.0
"""Inverse of the penalty on large weights."""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question of a set, the facts that are wanted, each by its forms, and the sentences that are weighed for it."""

    set_name: str
    wanted: Sequence[Sequence[str]]
    sentences: Sequence[WeighedSentence]

    @property
    def labels(self) -> list[bool]:
        """Whether each sentence holds a fact."""
        return [quoted(one.place.text, self.wanted) > 0 for one in self.sentences]


def open_questions(folders: Sequence[Path], indexes: Path) -> list[OpenQuestion]:
    """Every open question of the sets in `folders` that their documents answer; their indexes lie below `indexes`. Raises
    QaError."""
    models = LoadedModels(shipped_encoder_folder())
    pipeline = Pipeline(models, Settings().passages_read)
    found = []
    for folder in folders:
        with indexed(folder / "docs", indexes / folder.name) as index:
            found += list(_of_set(folder, pipeline, index, models))
    return found


def _of_set(folder: Path, pipeline: Pipeline, index: SearchableIndex, models: LoadedModels) -> Iterator[OpenQuestion]:
    for row in read_json_lines(folder / "open.jsonl"):
        if not row.get("must"):
            continue
        findings = pipeline.ask(index, row["question"])
        if findings.vector is not None and not findings.is_talk:
            yield OpenQuestion(folder.name, row["must"], _weighed(findings, models))


def _weighed(findings: Findings, models: LoadedModels) -> list[WeighedSentence]:
    assert findings.vector is not None
    chances = models.calibration.chances([one.evidence for one in findings.spans], Settings().unanswerable)
    answers = placed_answers(findings.spans, chances)
    return weighed_sentences(findings.vector, findings.hits, findings.readings, answers, models.encoder.encode)


def fit(rows: Sequence[OpenQuestion]) -> LogisticRegression:
    """The regression of the labels on the features."""
    from sklearn.linear_model import LogisticRegression

    features = [one.features for row in rows for one in row.sentences]
    labels = [label for row in rows for label in row.labels]
    return LogisticRegression(C=_STRENGTH, max_iter=2000).fit(features, labels)


def weights_of(fitted: LogisticRegression) -> tuple[float, ...]:
    """The weights of the features, and last the intercept."""
    return (*map(float, fitted.coef_[0]), float(fitted.intercept_[0]))


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen for a question: the share of the facts that it quotes, and the number of its words."""

    share: float
    words: int


def held_out(rows: Sequence[OpenQuestion]) -> list[Chosen]:
    """What is chosen by weights that have not seen the question's set."""
    from sklearn.model_selection import LeaveOneGroupOut

    sets, found = [row.set_name for row in rows], []
    for train, test in LeaveOneGroupOut().split(sets, groups=sets):
        weights = weights_of(fit([rows[place] for place in train]))
        found += [_chosen(rows[place], weights) for place in test]
    return found


def _chosen(row: OpenQuestion, weights: tuple[float, ...]) -> Chosen:
    runs = chosen_runs([replace(one, weights=weights) for one in row.sentences])
    text = " ".join(run.text for run in runs)
    return Chosen(quoted(text, row.wanted), len(text.split()))


def report(rows: Sequence[OpenQuestion]) -> dict[str, Any]:
    """The weights, and what is quoted with each set held out and at the best."""
    found = held_out(rows)
    return {
        "weights": [round(weight, 2) for weight in weights_of(fit(rows))],
        "questions": len(rows),
        "facts_quoted_held_out": round(fmean(one.share for one in found), 3),
        "facts_among_the_sentences": round(fmean(_at_best(row) for row in rows), 3),
        "words": round(fmean(one.words for one in found), 1),
    }


def _at_best(row: OpenQuestion) -> float:
    return quoted(" ".join(one.place.text for one in row.sentences), row.wanted)
