"""Whether two backends find the same: `python -m tests.index_conformance.same_answers PLACE [SET ...]`.

PLACE is an index that is not there yet (milvus+file:/tmp/x.db); it is compared with one in a folder, over the article that ships
and over question sets (`../shared/data/asked/office`). Named are the questions whose first passage is another one, with both
passages and their scores.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from qa.index.backend import IndexBackend, SearchableIndex
from qa.index.backends import backend_of
from qa.index_place import index_place
from qa.pipeline.retriever import CANDIDATES, Hit, retrieve
from tests.conftest import ARTICLE
from tests.unit.models import encoder, index_model

OF_ARTICLE = (
    "How many Russian military personnel are at the Kant airbase?",
    "How long is the Kant lease?",
    "Who manned the Kant airbase?",
    "When did Putin visit Kazakhstan?",
    "What does Turkmenistan export?",
    "Who is the president of Uzbekistan?",
    "What is Gazprom?",
    "Why did Putin not visit Turkmenistan?",
    "gas pipeline",
    "What kind of planes does Russia fly from Kant?",
    "Which agreements were signed in Tajikistan?",
    "Who is the mayor of Paris?",
)
_ASKED = 100


@dataclass(frozen=True, slots=True)
class Comparison:
    """`different` are the questions whose first passage is another one, with what either backend finds."""

    questions: int
    same_first: int
    same_list: int
    farthest: float
    different: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.questions} questions: the same first passage {self.same_first}, the same {CANDIDATES} passages in the"
            f" same order {self.same_list}; scores differ by {self.farthest:.1e} at most"
        )


def compare(corpus: Path, questions: Sequence[str], one: IndexBackend, other: IndexBackend) -> Comparison:
    """Index `corpus` in both, and ask both."""
    for backend in (one, other):
        backend.update(corpus, index_model())
    first = whole = 0
    farthest = 0.0
    different: list[str] = []
    with ExitStack() as opened:
        indexes = [opened.enter_context(closing(backend.open(encoder().card))) for backend in (one, other)]
        for question in questions:
            found = [_found(index, question) for index in indexes]
            places = [[(hit.passage.path, hit.passage.start) for hit in hits] for hits in found]
            first += places[0][:1] == places[1][:1]
            whole += places[0] == places[1]
            farthest = max([farthest, *(abs(a.score - b.score) for a, b in zip(*found, strict=False))])
            if places[0][:1] != places[1][:1]:
                shown = " | ".join(
                    f"{hits[0].passage.path}:{hits[0].passage.start} {hits[0].score:.6f}" for hits in found
                )
                different.append(f"{question}: {shown}")
    return Comparison(len(questions), first, whole, farthest, tuple(different))


def questions_of(folder: Path) -> list[str]:
    """The first of a question set."""
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines[:_ASKED]]


def _found(index: SearchableIndex, question: str) -> list[Hit]:
    return retrieve(index, question, encoder().encode([question])[0], CANDIDATES)


def main(place: str, *sets: str) -> None:
    asked = [(ARTICLE.parent, list(OF_ARTICLE)), *((Path(one, "docs"), questions_of(Path(one))) for one in sets)]
    for corpus, questions in asked:
        with tempfile.TemporaryDirectory() as scratch:
            other = backend_of(index_place(place))
            found = compare(corpus, questions, backend_of(Path(scratch, "index")), other)
            print(f"{corpus}: {found}", *found.different, sep="\n")
            other.remove()


if __name__ == "__main__":
    main(*sys.argv[1:])
