from __future__ import annotations

import random
from dataclasses import replace

import pytest

from qa.training.data.negatives import MAKERS, Passages
from qa.training.data.retrieved import Cut, as_retrieved
from qa.training.data.surface import holds, sentences
from qa.training.data.training_rows import TrainingRow

from .conftest import BUKHARA, KHIVA, SAMARKAND


@pytest.mark.parametrize("kind", ["same document", "retrieved", "answer cut out"])
def test_another_passage_never_holds_the_answer(kind: str, rows: list[TrainingRow]) -> None:
    passages = Passages.of(rows)
    made = [MAKERS[kind](row, passages, random.Random(seed)) for row in rows for seed in range(20)]
    negatives = [(row, one) for row, one in zip([r for r in rows for _ in range(20)], made, strict=True) if one]
    assert negatives
    for row, negative in negatives:
        assert not negative.answerable
        assert negative.question == row.question
        assert not holds(negative.context, row.golds)


@pytest.mark.parametrize("kind", ["name swapped", "number swapped", "opposite", "negated"])
def test_a_changed_question_is_asked_of_the_same_passage(kind: str, rows: list[TrainingRow]) -> None:
    passages = Passages.of(rows)
    made = [(row, MAKERS[kind](row, passages, random.Random(seed))) for row in rows for seed in range(20)]
    negatives = [(row, one) for row, one in made if one]
    assert negatives
    for row, negative in negatives:
        assert not negative.answerable
        assert negative.context == row.context
        assert negative.question != row.question
        assert row.answer not in negative.question


def test_an_opposite_that_the_passage_holds_is_not_taken(rows: list[TrainingRow]) -> None:
    passages = Passages.of(rows)
    both = replace(rows[2], context=f"{BUKHARA} The smallest is wooden.")
    assert MAKERS["opposite"](rows[2], passages, random.Random(1)) is not None
    assert MAKERS["opposite"](both, passages, random.Random(1)) is None


def test_cuts_keep_the_answer_whole(rows: list[TrainingRow]) -> None:
    cut = Cut(window=0.7, neighbour=0.7, heading=0.7, longest=170)
    for seed in range(100):
        for row in rows:
            seen = as_retrieved(row, [SAMARKAND, BUKHARA, KHIVA], cut, random.Random(seed))
            assert seen.answer == row.answer


def test_sentences_end_where_people_end_them() -> None:
    text = "Dr. Kim met V. I. Lenin. He was 46. “Good.” Then\nA heading"
    assert [text[start:end] for start, end in sentences(text)] == [
        "Dr. Kim met V. I. Lenin.",
        "He was 46.",
        "“Good.”",
        "Then",
        "A heading",
    ]
