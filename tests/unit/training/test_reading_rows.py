"""Mined questions become rows over passages as the reader is shown them, and answers stand where they say."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra qa[train] is not installed")

from qa.errors import QaError
from qa.training.data.mined import MinedPassage, MinedQuestion, read_mined, write_mined
from qa.training.data.reading_rows import RowsPerQuestion, answer_place, reading_rows

BEFORE = "Warplanes are kept at the Kant airbase."


def passage(
    text: str, *, path: str = "a.md", holds: bool = False, gold: bool = False, before: str = ""
) -> MinedPassage:
    return MinedPassage(path, "Lease", text, before, 0.5, 0.5, holds, gold)


ASKED = MinedQuestion(
    "office",
    "office-1",
    "How long is the Kant lease?",
    ("49 years", "another 49 years"),
    "answerable",
    (
        passage("Rents rose in 2003.", path="b.md"),
        passage("In 2009 the base was leased for another 49  years, not 15.", holds=True, gold=True, before=BEFORE),
        passage("Elsewhere, too, 49 years are usual.", path="c.md", holds=True),
        passage("The lease of Osh was never signed.", path="d.md"),
    ),
)
MISSED = MinedQuestion("office", "office-2", "How long is the Osh lease?", (), "near-miss", ASKED.passages)


def test_answers_stand_where_rows_say() -> None:
    rows = reading_rows([ASKED], RowsPerQuestion(unnamed=0.0), seed=1)
    answered = [row for row in rows if row.answerable]
    assert [row.answer for row in answered] == ["49  years"]
    assert "the Kant base was" in answered[0].context
    assert answered[0].context.startswith("a\nLease\n")


def test_no_passage_that_holds_the_answer_is_a_wrong_one() -> None:
    for seed in range(20):
        wrong = [row for row in reading_rows([ASKED], RowsPerQuestion(), seed) if not row.answerable]
        assert len(wrong) == 1
        assert not any("49" in row.context for row in wrong)


def test_a_question_without_an_answer_gives_passages_that_tempt() -> None:
    rows = reading_rows([MISSED], RowsPerQuestion(tempting=2), seed=1)
    assert len(rows) == 2
    assert not any(row.answerable for row in rows)


def test_some_rows_go_without_the_documents_name() -> None:
    rows = reading_rows([ASKED] * 40, RowsPerQuestion(unnamed=0.5), seed=1)
    named = [row.context.startswith(("a\n", "b\n", "d\n")) for row in rows]
    assert 0.3 < sum(named) / len(named) < 0.7
    assert all(row.answer in ("", "49  years") for row in rows)


def test_the_same_seed_gives_the_same_rows() -> None:
    assert reading_rows([ASKED, MISSED], RowsPerQuestion(), seed=7) == reading_rows(
        [ASKED, MISSED], RowsPerQuestion(), seed=7
    )


def test_of_several_places_the_one_is_taken_whose_sentence_is_asked_for() -> None:
    text = "Room 7 has 12 seats. The garden has 12 trees."
    start, end = answer_place("How many trees are in the garden?", ["12"], text) or (0, 0)
    assert text[start:end] == "12"
    assert start > text.index("garden")


@pytest.mark.parametrize(("answers", "text"), [(["4"], "It was 2024."), (["gone"], "It is here."), ([], "It is here.")])
def test_parts_of_words_are_no_answer(answers: list[str], text: str) -> None:
    assert answer_place("What?", answers, text) is None


def test_mined_questions_survive_their_file(tmp_path: Path) -> None:
    write_mined(tmp_path / "x.jsonl", [ASKED, MISSED])
    assert list(read_mined(tmp_path / "x.jsonl")) == [ASKED, MISSED]
    with pytest.raises(QaError, match="no mined questions"):
        list(read_mined(tmp_path / "y.jsonl"))
