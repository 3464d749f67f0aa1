"""Rows that tell of a change: the answer is what holds now, and stands where the row says."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from qa.training.data.negatives import Passages
from qa.training.data.superseded import KIND, superseded
from qa.training.data.training_rows import TrainingRow

CONTEXT = "Osh has a bazaar. The fee for a stall is 80 som a day. Traders come from Uzbekistan."
START, END = CONTEXT.index("80 som"), CONTEXT.index(" a day")
FEE = TrainingRow("0", "test", "Osh", CONTEXT, "How much is the fee for a stall?", START, END)


def _made(row: TrainingRow) -> list[TrainingRow]:
    passages = Passages.of(
        [FEE, TrainingRow("1", "test", "", "Bukhara is near Samarkand. It lies in Uzbekistan.", "Where?", 0, 7)]
    )
    drawn = (superseded(row, passages, random.Random(seed)) for seed in range(200))
    return [one for one in drawn if one is not None]


def test_the_answer_stays_and_the_old_value_is_another_one_of_its_kind() -> None:
    assert FEE.answer == "80 som"
    made = _made(FEE)
    assert made
    for one in made:
        assert one.answer == "80 som"
        assert one.kind == KIND
        assert len(re.findall(r"\d som", one.context)) == 2
        assert one.context.startswith("Osh has a bazaar. ")
        assert one.context.endswith(" Traders come from Uzbekistan.")


def test_the_order_alone_tells_nothing() -> None:
    firsts = {re.findall(r"\d+ som", one.context)[0] == "80 som" for one in _made(FEE)}
    assert firsts == {True, False}


def test_a_name_gives_way_to_a_name() -> None:
    context = "The capital of the emirate is Bukhara. It is old."
    start = context.index("Bukhara")
    made = _made(TrainingRow("2", "test", "", context, "What is the capital of the emirate?", start, start + 7))
    assert any("emirate is Samarkand." in one.context for one in made)
    assert all(one.context.count("emirate is ") == 2 for one in made)
    assert all(one.answer == "Bukhara" for one in made)


def test_what_does_not_ask_for_today_is_left_alone() -> None:
    for question in (
        "How much was the fee?",
        "What is the original fee?",
        "How much is the fee of 1999?",
        "Who set the fee?",
    ):
        assert _made(TrainingRow("3", "test", "", CONTEXT, question, START, END)) == []
    dated = CONTEXT.replace("a day", "a day since 1999")
    assert _made(TrainingRow("4", "test", "", dated, FEE.question, START, END)) == []
    assert _made(TrainingRow("5", "test", "", CONTEXT, FEE.question, -1, -1)) == []


def test_changes_are_made_of_a_data_file_and_counted(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the extra qa[train] is not installed")
    from qa.pipeline.reader import Reader, shipped_reader_folder
    from qa.training.reader.evaluate_reader import answered_by_the_answer, told_as_changes

    given = {"id": "0", "title": "Osh", "context": CONTEXT, "question": FEE.question}
    answers = [{"text": FEE.answer, "start": START}]
    (tmp_path / "rows.jsonl").write_text(json.dumps(given | {"answers": answers}) + "\n", "utf-8")
    assert [one.kind for one in told_as_changes(tmp_path / "rows.jsonl")] == [KIND]
    with_wrong_answer = replace(FEE, start=0, end=3)
    assert answered_by_the_answer(Reader(shipped_reader_folder()), [FEE, with_wrong_answer]) == 1
