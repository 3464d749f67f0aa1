"""Dialogues of a question set: what a follow-up finds, beside what the same question in full finds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from qa.evaluation.asked.follow_ups import HEADER, FollowUp, line, main, measure
from qa.evaluation.question_errors import FileUnusable

TURN = FollowUp(
    "and the boat?", "What does the boat cost?", "What does the boat cost?", "£9", "£9", True, True, True, 100.0
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    docs = tmp_path / "club" / "docs"
    docs.mkdir(parents=True)
    (docs / "prices.md").write_text("# Prices\n\nThe boat costs £9 an hour. The canoe costs £4 an hour.\n", "utf-8")
    (docs / "people.md").write_text("# People\n\nIda Kemp has the key of the boathouse.\n", "utf-8")
    turns = [
        {"question": "What does the boat cost?", "full": "What does the boat cost?", "answers": ["£9"]},
        {"question": "and the canoe?", "full": "What does the canoe cost?", "answers": ["£4", "£4 an hour"]},
        {
            "question": "Who has the key of the boathouse?",
            "full": "Who has the key of the boathouse?",
            "answers": ["Ida Kemp"],
        },
    ]
    (tmp_path / "club" / "dialogues.jsonl").write_text(json.dumps({"id": "d1", "turns": turns}) + "\n", "utf-8")
    return tmp_path / "club"


def test_turns_after_the_first_are_asked_as_typed_and_in_full(folder: Path, tmp_path: Path) -> None:
    fragment, complete = measure(folder, tmp_path / "indexes")
    assert fragment.right_in_full
    assert fragment.right
    assert "canoe" in fragment.understood
    assert not fragment.is_complete
    assert complete.is_complete
    assert complete.is_asked_as_typed
    assert complete.right


def test_the_command_prints_a_line_for_each_set_and_one_for_all(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(folder), "--indexes", str(tmp_path / "indexes")]) == 0
    header, club, everything = capsys.readouterr().out.splitlines()
    assert header == HEADER
    assert club.split()[1:5] == ["1", "100.0%", "100.0%", "100.0%"]
    assert everything.startswith("all")


def test_only_follow_ups_with_an_answer_count_for_the_ratio() -> None:
    wrong = replace(TURN, right=False)
    absent = replace(TURN, answerable=False, right=False)
    complete = replace(TURN, typed=TURN.full, understood="What does the boat cost (the club)?")
    shown = line("x", [TURN, TURN, wrong, absent, complete]).split()
    assert shown == ["x", "3", "100.0%", "66.7%", "66.7%", "66.7%", "0.0%", "1", "0.0%", "100"]


@pytest.mark.parametrize("text", ["{", "[]", '{"id": "d1"}', "\xff"])
def test_a_broken_file_of_dialogues_is_named(folder: Path, tmp_path: Path, text: str) -> None:
    (folder / "dialogues.jsonl").write_bytes(text.encode("latin-1"))
    with pytest.raises(FileUnusable, match=r"dialogues\.jsonl: it cannot be read as dialogues"):
        list(measure(folder, tmp_path / "indexes"))


def test_a_set_without_dialogues_is_named(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "dialogues.jsonl").unlink()
    assert main([str(folder), "--indexes", str(tmp_path / "indexes")]) == 2
    assert "dialogues.jsonl" in capsys.readouterr().err
