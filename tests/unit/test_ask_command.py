"""`qa ask` of answers made by hand: what it prints of a firm one, a tentative one and a refusal, and what --strict refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from qa.answers import Answer, Candidate, Certainty
from qa.cli.main import run
from qa.cli.show import headline
from qa.conversation import Conversation, ConversationState, Turn
from qa.errors import QaError
from qa.filters import Filter
from tests.unit.test_chats import ANSWER, REFUSAL, TENTATIVE

FIRM_FROM = 0.6
SURE = replace(ANSWER, question="How long?", standalone_question="How long?", confidence=0.7)
UNSURE = replace(TENTATIVE, question="How long?", standalone_question="How long?")


class Made:
    """An assistant that has one answer, and gives it unless it is less probable than what is asked for."""

    firm_confidence = FIRM_FROM
    left_out: Mapping[str, QaError] = MappingProxyType({})
    away = ()

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def ask(self, question: str, *, only: Filter | None = None, min_confidence: float | None = None) -> Answer:
        answer = replace(self.answer, question=question, standalone_question=question)
        if answer.text is None or answer.citation is None or answer.confidence >= (min_confidence or 0.0):
            return answer
        closest = Candidate(answer.text, answer.confidence, answer.citation)
        return replace(REFUSAL, question=question, standalone_question=question, alternatives=(closest,))

    def conversation(self, turns: tuple[Turn, ...] = ()) -> Conversation:
        return Conversation(self, None, ConversationState(tuple(turns)))  # type: ignore[arg-type]

    def catch_up(self) -> tuple[str, ...]:
        return ()

    def __enter__(self) -> Made:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Asking:
    """Runs `qa ask` in this process over one made answer."""

    def __init__(self, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._patch = patch
        self._capsys = capsys

    def __call__(self, answer: Answer, *arguments: str) -> tuple[int, list[str]]:
        self._patch.setattr("qa.cli.targets.open_corpus", lambda settings: Made(answer))
        code = run(["ask", *arguments])
        return code, self._capsys.readouterr().out.splitlines()


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Asking:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("QA_CORPUS", str(tmp_path))
    monkeypatch.delenv("QA_MIN_CONFIDENCE", raising=False)
    return Asking(monkeypatch, capsys)


def test_a_firm_answer_stands_alone_on_the_first_line(ask: Asking) -> None:
    code, lines = ask(SURE, "How long?")
    assert code == 0
    assert lines == ["49 years", "", "  It lasts 49 years.", "  a.txt:1 · page 3 · Lease · 70 % sure"]


def test_a_tentative_answer_begins_with_perhaps_and_counts_as_answered(ask: Asking) -> None:
    code, lines = ask(UNSURE, "How long?")
    assert code == 0
    assert lines == ["Perhaps: 49 years", "", "  It lasts 49 years.", "  a.txt:1 · page 3 · Lease · 41 % sure"]


def test_a_sentence_that_is_the_tentative_answer_is_said_once(ask: Asking) -> None:
    _, lines = ask(replace(UNSURE, text="It lasts 49 years."), "How long?")
    assert lines == ["Perhaps: It lasts 49 years.", "", "  a.txt:1 · page 3 · Lease · 41 % sure"]


def test_a_refusal_says_neither_the_answer_nor_perhaps(ask: Asking) -> None:
    code, lines = ask(REFUSAL, "Who?")
    assert code == 1
    assert lines[:2] == ["I found no answer to this.", "80 % sure that there is none."]


def test_the_answer_is_bold_and_perhaps_is_not() -> None:
    assert headline(UNSURE) == "Perhaps: \x1b[1m49 years\x1b[0m"


def test_what_a_document_says_cannot_act_on_the_terminal() -> None:
    assert headline(replace(UNSURE, text="49\n\x1b[2Jyears")) == "Perhaps: \x1b[1m49 ␛[2Jyears\x1b[0m"


# --strict


@pytest.mark.parametrize(
    ("options", "least"),
    [
        (("--strict",), FIRM_FROM),
        (("--strict", "--min-confidence", "0.1"), FIRM_FROM),
        (("--strict", "--min-confidence", "0.8"), 0.8),
        (("--min-confidence", "0.1"), 0.1),
        ((), 0.0),
    ],
)
@pytest.mark.parametrize("confidence", [0.05, 0.41, 0.59, 0.6, 0.7, 0.8])
def test_of_both_options_the_larger_one_holds(
    ask: Asking, options: tuple[str, ...], least: float, confidence: float
) -> None:
    certainty = Certainty.FIRM if confidence >= FIRM_FROM else Certainty.TENTATIVE
    code, lines = ask(replace(SURE, confidence=confidence, certainty=certainty), *options, "How long?")
    assert code == (0 if confidence >= least else 1)
    assert ("49 years" in lines[0]) == (confidence >= least)


def test_strict_never_asks_for_less_than_the_setting(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(SURE, "--strict", "How long?")[0] == 0
    monkeypatch.setenv("QA_MIN_CONFIDENCE", "0.8")
    assert ask(SURE, "--strict", "How long?")[0] == 1


def test_what_strict_refuses_is_shown_as_the_closest(ask: Asking) -> None:
    _, lines = ask(UNSURE, "--strict", "How long?")
    assert lines[0] == "I found no answer to this."
    assert "- 49 years" in lines


def test_strict_holds_for_every_row_of_a_batch(ask: Asking, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"question": "How long?"}, {"question": "How long?", "session": 1}]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for options, answered in (((), [True, True]), (("--strict",), [False, False])):
        code, lines = ask(UNSURE, "--batch", str(tmp_path / "rows.jsonl"), "--json", *options)
        assert code == 0
        assert [json.loads(line)["answered"] for line in lines] == answered


def test_a_row_that_is_no_question_does_not_keep_the_others_from_being_asked(ask: Asking, tmp_path: Path) -> None:
    file = tmp_path / "rows.txt"
    bad = [b'{"question": 5}', b'{"question": "x", "id": NaN}', b'{"a":' * 5000, b'{"no": 1}', b"{broken", b"\xff"]
    file.write_bytes(b"\n".join([b"How long?", *bad, b"", b"How long?"]))
    code, lines = ask(SURE, "--batch", str(file), "--json")
    found = [json.loads(line) for line in lines]
    assert (code, found[0]["answer"], found[-1]["answer"]) == (2, "49 years", "49 years")
    assert [one["line"] for one in found[1:-1]] == [2, 3, 4, 5, 6, 7]
    assert {one["error"]["code"] for one in found[1:-1]} == {"usage_error"}


def test_a_file_of_questions_that_cannot_be_read_is_one_error(ask: Asking, tmp_path: Path) -> None:
    code, lines = ask(SURE, "--batch", str(tmp_path), "--json")
    assert code == 2
    assert "cannot be read" in json.loads(lines[0])["error"]["message"]


# In a session


def test_strict_holds_in_a_session(ask: Asking) -> None:
    assert ask(UNSURE, "--session", "kant", "--strict", "How long?")[0] == 1
    assert ask(UNSURE, "--session", "osh", "How long?")[0] == 0


@pytest.mark.parametrize(("answer", "said", "sure"), [(UNSURE, "Perhaps: 49 years", "41"), (SURE, "49 years", "70")])
def test_asked_whether_it_is_sure_it_says_perhaps_again_of_a_tentative_answer(
    ask: Asking, answer: Answer, said: str, sure: str
) -> None:
    ask(answer, "--session", "kant", "How long?")
    code, lines = ask(answer, "--session", "kant", "Are you sure?")
    assert (code, lines[:2]) == (0, [said, f"{sure} % sure."])


def test_the_evidence_of_a_tentative_answer_says_perhaps(ask: Asking) -> None:
    ask(UNSURE, "--session", "kant", "How long?")
    _, lines = ask(UNSURE, "--session", "kant", "Where does it say that?")
    assert lines[:3] == ["Perhaps: 49 years", "", "  It lasts 49 years."]
