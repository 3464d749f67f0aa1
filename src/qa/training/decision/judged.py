"""Questions asked end to end, with the evidence for their best candidate and whether it is right.

What the decision is fitted on. Every question goes through `Assistant.explain`, as a user's does.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from qa.assistant import Assistant
from qa.evaluation.json_lines import read_json_lines
from qa.evaluation.outcome import RIGHT_FROM_F1
from qa.evaluation.question_sets import QuestionSet
from qa.evaluation.scores import exact, f1
from qa.pipeline.models import LoadedModels
from qa.pipeline.pipeline import Findings
from qa.pipeline.ranking import ConfidenceFeatures
from qa.restoring import restored
from qa.settings import Settings

SQUAD = "squad"
_SQUAD_EVERY = 8
"""So many times as sparsely as a question set SQuAD's 5,661 rows are asked: there are as many as in a set of them then."""
_NO_FILE_NAME = re.compile(r"[^\w-]+")


@dataclass(frozen=True, slots=True)
class Judged:
    """One question after asking. `source` is its set; `group` is what is held out together: the set, or SQuAD's article."""

    source: str
    group: str
    kind: str
    answerable: bool
    evidence: ConfidenceFeatures
    f1: float
    exact: bool

    @property
    def right(self) -> bool:
        return self.answerable and self.f1 >= RIGHT_FROM_F1


def judge_set(folder: Path, models: LoadedModels, indexes: Path, every: int) -> Iterator[Judged]:
    """Every so many of the questions of the set in `folder`; its index is kept in `indexes`. Raises FileUnusable."""
    questions = QuestionSet.load(folder)
    settings = Settings(corpus=questions.documents, index=indexes / questions.name)
    with Assistant.open(settings=settings, models=models) as assistant:
        for one in questions.questions[::every]:
            names = (questions.name, questions.name, one.kind)
            judged = judge(assistant.explain(one.question).findings, one.answers, names)
            if judged is not None:
                yield judged


def judge_squad(rows: Sequence[dict[str, Any]], models: LoadedModels) -> Iterator[Judged]:
    """SQuAD 2.0 style rows, asked over the articles that they come from."""
    with tempfile.TemporaryDirectory() as scratch:
        corpus = Path(scratch, "articles")
        corpus.mkdir()
        for path, text in articles_of(rows).items():
            (corpus / path).write_bytes(text.encode("utf-8"))
        with Assistant.open(settings=Settings(corpus=corpus, index=Path(scratch, "index")), models=models) as assistant:
            for row in rows:
                golds = [answer["text"] for answer in row["answers"]]
                names = (SQUAD, row["title"], "answerable" if golds else "trap")
                judged = judge(assistant.explain(row["question"]).findings, golds, names)
                if judged is not None:
                    yield judged


def judge(findings: Findings, golds: Sequence[str], names: tuple[str, str, str]) -> Judged | None:
    """The best candidate found; None where there is none. `names`: the question's source, group and kind."""
    spans = findings.spans
    if not spans:
        return None
    best = spans[0].text
    return Judged(
        *names,
        answerable=bool(golds),
        evidence=spans[0].evidence,
        f1=f1(best, golds) if golds else 0.0,
        exact=bool(golds) and bool(exact(best, golds)),
    )


def articles_of(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The text of each article, by a path that names it."""
    articles: dict[str, dict[str, None]] = {}
    for row in rows:
        articles.setdefault(row["title"], {})[row["context"]] = None
    return {f"{_NO_FILE_NAME.sub('_', title)}.txt": "\n\n".join(parts) for title, parts in articles.items()}


def write_judged(path: Path, judged: Iterable[Judged]) -> None:
    with path.open("a", encoding="utf-8") as out:
        for one in judged:
            out.write(json.dumps(asdict(one)) + "\n")


def read_judged(path: Path) -> list[Judged]:
    """What `write_judged` wrote."""
    return [restored(Judged, row) for row in read_json_lines(path)]


def judge_all(sets: Sequence[Path], squad: Path, models: LoadedModels, out: Path, every: int) -> list[Judged]:
    """Every so many questions of `sets`, and an eighth as many rows of `squad`, into the file `out`.

    What is there already is kept.
    """
    done = {one.source for one in read_judged(out)} if out.exists() else set()
    indexes = out.parent / "indexes"
    for folder in sets:
        if folder.name not in done:
            write_judged(out, list(judge_set(folder, models, indexes, every)))
    if SQUAD not in done:
        write_judged(out, list(judge_squad(list(read_json_lines(squad))[:: _SQUAD_EVERY * every], models)))
    return read_judged(out)
