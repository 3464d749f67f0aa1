"""`mine`: questions asked over their documents, and which of the passages found hold the answer (qa.training.data.mined).

Of question sets (../shared/data/asked) and of data files whose contexts are made a folder of documents, one for each context,
below a folder with the article's title.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.evaluation.question_sets import QuestionSet
from qa.evaluation.ranks import holds_answer
from qa.index.backend import SearchableIndex
from qa.pipeline.pipeline import Models, Pipeline
from qa.pipeline.reranker import CANDIDATES
from qa.pipeline.retriever import Hit, retrieve
from qa.settings import Settings
from qa.training.data.indexed import indexed
from qa.training.data.mined import MinedPassage, MinedQuestion
from qa.training.data.training_rows import TrainingRow, read_rows

_NO_FILE_NAME = re.compile(r"[^\w-]+")
_LONGEST = 6000
"""Characters of a context: the tables of Natural Questions have up to 34,000."""
_BEFORE = 2000


@dataclass(frozen=True, slots=True)
class MiningSource:
    """A file below train/; the rows of `source` in it, and of how many of them questions are mined."""

    file: str
    questions: int
    source: str | None = None


SOURCES = {
    "squad11_13": MiningSource("squad11_13_articles", 1800),
    "squad20": MiningSource("squad20_train_500para", 4420),
    "nq": MiningSource("train_mix", 3500, "nq_qed_train"),
    "newwiki": MiningSource("train_mix", 1500, "squadshifts_new_wiki"),
}


def mine_set(folder: Path, models: Models, indexes: Path, *, reranked: bool) -> Iterator[MinedQuestion]:
    """All questions of a question set, with the passages as fused or as `reranked`. Raises FileUnusable."""
    questions = QuestionSet.load(folder)
    pipeline = Pipeline(models, Settings().passages_read)
    with indexed(questions.documents, indexes / questions.name) as index:
        for one in questions.questions:
            asked = pipeline.mended(index, one.question)
            passages = [
                _passage(hit, one.answers, None if one.document is None else one.document == hit.passage.path)
                for hit in _found(pipeline, index, asked, reranked=reranked)
            ]
            yield MinedQuestion(questions.name, one.id, asked, one.answers, one.kind, tuple(passages))


def mine_file(name: str, data: Path, models: Models, scratch: Path, *, reranked: bool) -> Iterator[MinedQuestion]:
    """Some questions of SOURCES[name], over all contexts of it."""
    source = SOURCES[name]
    rows = [
        row
        for row in read_rows(data / "train" / f"{source.file}.jsonl.gz")
        if source.source in (None, row.source) and len(row.context) < _LONGEST
    ]
    paths = _written(rows, scratch / "documents" / name)
    random.Random(1).shuffle(rows)
    pipeline = Pipeline(models, Settings().passages_read)
    with indexed(scratch / "documents" / name, scratch / "indexes" / name) as index:
        for row in rows[: source.questions]:
            answers = row.golds if row.answerable else ()
            passages = [
                _placed(row, hit, paths[row.context], answers)
                for hit in _found(pipeline, index, row.question, reranked=reranked)
            ]
            kind = "answerable" if row.answerable else "near-miss"
            yield MinedQuestion(name, row.id, row.question, answers, kind, tuple(passages))


def _found(pipeline: Pipeline, index: SearchableIndex, question: str, *, reranked: bool) -> Sequence[Hit]:
    if reranked:
        return pipeline.find(index, question, CANDIDATES)
    return retrieve(index, question, pipeline.models.encoder.encode([question])[0], CANDIDATES)


def _passage(hit: Hit, answers: Sequence[str], in_document: bool | None) -> MinedPassage:
    holds = holds_answer(hit.passage.text, answers)
    return _mined(hit, holds=holds, gold=holds and in_document is not False, answer=None)


def _placed(row: TrainingRow, hit: Hit, path: str, answers: Sequence[str]) -> MinedPassage:
    passage = hit.passage
    gold = row.answerable and passage.path == path and passage.start <= row.start and row.end <= passage.end
    place = (row.start - passage.start, row.end - passage.start) if gold else None
    return _mined(hit, holds=gold or holds_answer(passage.text, answers), gold=gold, answer=place)


def _mined(hit: Hit, *, holds: bool, gold: bool, answer: tuple[int, int] | None) -> MinedPassage:
    passage = hit.passage
    return MinedPassage(
        passage.path,
        passage.heading,
        passage.text,
        passage.before[-_BEFORE:],
        round(hit.score, 4),
        round(hit.cosine, 4),
        holds,
        gold,
        answer,
    )


def _written(rows: Sequence[TrainingRow], corpus: Path) -> dict[str, str]:
    """The path below `corpus` of every context, where it is written."""
    paths: dict[str, str] = {}
    for row in rows:
        if row.context in paths:
            continue
        folder = _NO_FILE_NAME.sub("_", row.title)[:60] or "untitled"
        file = corpus / folder / f"{len(paths):05}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(row.context.encode("utf-8"))
        paths[row.context] = f"{folder}/{file.name}"
    return paths
