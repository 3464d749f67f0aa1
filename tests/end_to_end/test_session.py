"""`qa ask --session` and the sessions of a batch, as a user runs them, over the article that ships."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import SURE, RunQa

ASKED, ANSWER = SURE
FOLLOW_UP = "Which planes do they fly there?"


def test_a_follow_up_is_understood_in_the_next_process(qa: RunQa) -> None:
    assert ANSWER in qa("ask", "--session", "kant", ASKED).out.splitlines()[1]
    run = qa("ask", "--session", "kant", FOLLOW_UP)
    understood, answer = run.out.splitlines()[1:3]
    assert understood.startswith("Understood as: Which planes do ")
    assert "Kant airbase" in understood
    assert "Su-25" in answer or "Mi-8" in answer
    assert (run.code, run.err) == (0, "")


def test_json_tells_how_it_was_understood(qa_here: RunQa) -> None:
    first = qa_here("ask", "--json", "--session", "kant", ASKED).json
    assert first["standalone_question"] == first["question"] == ASKED
    second = qa_here("ask", "--json", "--session", "kant", FOLLOW_UP).json
    assert second["question"] == FOLLOW_UP
    assert "Kant" in second["standalone_question"]
    assert set(second) == set(first)


def test_without_a_session_nothing_is_remembered(qa_here: RunQa) -> None:
    qa_here("ask", "--session", "kant", ASKED)
    assert qa_here("ask", "--json", FOLLOW_UP).json["standalone_question"] == FOLLOW_UP
    assert qa_here("ask", "--json", "--session", "another", FOLLOW_UP).json["standalone_question"] == FOLLOW_UP
    assert qa_here("ask", "--json", "--session", "kant", "--new", FOLLOW_UP).json["standalone_question"] == FOLLOW_UP


def test_questions_about_the_last_answer(qa_here: RunQa) -> None:
    qa_here("ask", "--session", "kant", ASKED)
    sure = qa_here("ask", "--session", "kant", "Are you sure?")
    assert sure.code == 0
    assert ANSWER in sure.out.splitlines()[1]
    assert " % sure." in sure.out
    evidence = qa_here("ask", "--session", "kant", "Where does it say that?").out
    assert "russia-and-central-asia.txt:10" in evidence
    assert "Other answers:" in qa_here("ask", "--session", "kant", "Which ones?").out
    more = qa_here("ask", "--session", "kant", "Show me more").out
    assert more.splitlines()[1] == "Further passages:"
    assert more.count("russia-and-central-asia.txt:") == 3
    act = qa_here("ask", "--json", "--session", "kant", "Show me more").json
    assert (act["act"], act["answer"], len(act["passages"])) == ("more", ANSWER, 3)


def test_in_a_new_session_they_are_questions_like_others(qa_here: RunQa) -> None:
    assert "act" not in qa_here("ask", "--json", "--session", "kant", "Are you sure?").json


@pytest.mark.parametrize(
    "arguments", [("--session", ""), ("--session", "x" * 300), ("--new",), ("--session", "s", "--batch", "f", "--json")]
)
def test_wrong_use(qa_here: RunQa, arguments: tuple[str, ...]) -> None:
    question = () if "--batch" in arguments else (ASKED,)
    run = qa_here("ask", *arguments, *question)
    assert run.code == 2
    assert run.err.count("\n") == 1


def test_rows_of_one_session_are_turns_of_one_conversation(qa_here: RunQa, tmp_path: Path) -> None:
    rows = [
        {"question": ASKED, "session": 1},
        {"question": FOLLOW_UP},
        {"question": FOLLOW_UP, "session": "1"},
        {"question": FOLLOW_UP, "session": 1, "id": "x"},
    ]
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = qa_here("ask", "--batch", "questions.jsonl", "--json")
    answers = [json.loads(line) for line in run.out.splitlines()]
    assert run.code == 0
    assert [answer["standalone_question"] == answer["question"] for answer in answers] == [True, True, True, False]
    assert (answers[3]["session"], answers[3]["id"]) == (1, "x")
    assert not list(tmp_path.rglob("sessions.sqlite"))
