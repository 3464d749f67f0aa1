"""Lists: what is taken of enumerations, of lines and of columns, and when one thing answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.pipeline.lists import ListCandidate, Listing, candidates, listing
from qa.pipeline.reader import Reading
from qa.pipeline.retriever import Hit
from qa.pipeline.spans import Span
from tests.unit.test_extracts import encode, passage

TABLE = "| Boat | Length |\n|---|---|\n| Heron | 7 m |\n| Knot | 9 m |\n| Redshank | 11 m |\n"
LINES = "To bring:\n- boots\n- a map of the fells\n- nothing that rattles. We had trouble with this in the year before last, when Cai and all of the others came along with their old red kettle\n"


@dataclass(frozen=True)
class FakeReader:
    """Finds the words that it is told, with a score; in all else nothing."""

    finds: dict[str, float]

    def read(self, question: str, passages: Sequence[Any]) -> list[Reading]:
        return [Reading(self._spans(one.text), no_answer_score=0.0) for one in passages]

    def _spans(self, text: str) -> tuple[Span, ...]:
        found = [
            Span(text.index(words), text.index(words) + len(words), score)
            for words, score in self.finds.items()
            if words in text
        ]
        return tuple(sorted(found, key=lambda span: -span.score))


def found(text: str, *, question: str = "which?", **finds: float) -> list[ListCandidate]:
    """The candidates of a document that is one passage, read by who finds these words."""
    reader = FakeReader({words.replace("_", " "): score for words, score in finds.items()})
    reranker = SimpleNamespace(rerank=lambda question, hits: [replace(hit, relevance=1.0) for hit in hits])
    models: Any = SimpleNamespace(reader=reader, reranker=reranker, encoder=SimpleNamespace(encode=encode))
    hit = Hit(passage(1, text), 0.5, 0.5, relevance=2.0, margin=5.0)
    return candidates(
        question, encode([question])[0], [hit], reader.read(question, [hit.passage]), models, lambda _: text
    )


def items(candidate: ListCandidate) -> list[str]:
    return [item.text for item in candidate.items]


def test_an_enumeration_is_parted_and_brackets_are_left_whole() -> None:
    text = "The trustees are Ada Orla (chair, treasurer), Bo Verrall, Cai and Dee."
    (spans,) = found(text, **{"Ada Orla (chair, treasurer), Bo Verrall, Cai and Dee": 9.0})
    assert items(spans) == ["Ada Orla (chair, treasurer)", "Bo Verrall", "Cai", "Dee"]


def test_spans_that_fall_far_behind_are_no_items() -> None:
    (spans,) = found("Ada came. Bo came late. Nobody else did.", Ada=9.0, Bo=8.0, Nobody=2.0)
    assert items(spans) == ["Ada", "Bo"]


def test_of_rows_the_cells_of_one_column_are_taken() -> None:
    _, block = found(TABLE, Heron=9.0, Knot=8.0, Redshank=8.5)
    assert items(block) == ["Heron", "Knot", "Redshank"]
    assert [item.passage.line for item in block.items] == [3, 4, 5]


def test_another_column_is_taken_where_most_rows_answer_with_it() -> None:
    _, block = found(TABLE, **{"7_m": 9.0, "9_m": 9.0, "11_m": 9.0})
    assert items(block) == ["7 m", "9 m", "11 m"]


def test_rows_that_say_what_the_question_says_are_meant_if_others_do_not() -> None:
    text = "| Concert | Place |\n|---|---|\n| Requiem | Minster |\n| Madrigals | Town hall |\n| Carols | Minster |\n"
    _, block = found(text, question="Which concerts are in the Minster?", Requiem=9.0, Madrigals=9.0, Carols=9.0)
    assert items(block) == ["Requiem", "Carols"]


def test_a_row_is_no_enumeration() -> None:
    text = "Item: Dishwasher; Price: 310 pounds; Remarks: rattles."
    hit = Hit(replace(passage(1, text), heading="row 3: Dishwasher"), 0.5, 0.5, relevance=2.0)
    reader = FakeReader({"Dishwasher; Price: 310 pounds": 9.0})
    models: Any = SimpleNamespace(reader=reader, encoder=SimpleNamespace(encode=encode))
    (spans,) = candidates(
        "which?", encode(["which?"])[0], [hit], reader.read("", [hit.passage]), models, lambda _: text
    )
    assert items(spans) == ["Dishwasher; Price: 310 pounds"]


def test_lines_are_items_as_they_stand_and_long_ones_up_to_their_first_stop() -> None:
    _, block = found(LINES, boots=9.0, a_map_of_the_fells=9.0, nothing_that_rattles=8.0)
    assert items(block) == ["boots", "a map of the fells", "nothing that rattles"]


def test_a_line_that_answers_far_worse_is_left_out() -> None:
    _, block = found(LINES, boots=20.0, a_map_of_the_fells=19.0, nothing_that_rattles=1.0)
    assert items(block) == ["boots", "a map of the fells"]


def test_one_thing_is_no_list() -> None:
    hit = Hit(passage(1, "Ada came."), 0.5, 0.5)
    reader = FakeReader({"Ada": 9.0})
    models: Any = SimpleNamespace(reader=reader, encoder=SimpleNamespace(encode=encode))
    assert (
        listing("who?", encode(["who?"])[0], [hit], reader.read("", [hit.passage]), models, lambda _: "Ada came.")
        is None
    )
    assert listing("who?", encode(["who?"])[0], [], [], models, lambda _: "") is None


@given(st.floats(-1, 2), st.floats(-1, 2))
def test_a_better_list_is_surer(one: float, other: float) -> None:
    assert 0 < Listing((), one).sure < 1
    assert (Listing((), one).sure <= Listing((), other).sure) == (one <= other) or one == pytest.approx(other)
