"""Chats on disk: what was written is read, whatever happens to the process, the file or the clock."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.answers import (
    Answer,
    AnswerKind,
    Candidate,
    Certainty,
    Citation,
    LeftOut,
    Part,
    RefusalReason,
    RetrievedPassage,
    Timings,
    Writing,
)
from qa.conversation.storage.chats import ChatPage, Chats, TitleChange, title_of
from qa.conversation.storage.outcomes import Cancelled, Failure, Found, TurnOutcome
from qa.errors import ChatGone, ChatsDamaged, ChatsForeign, ChatsRemoved, ChatsUnwritable

CORPUS = Path("/home/ann/notes")
PASSAGE = RetrievedPassage("a.txt", 0, 20, 1, 0.5, "It lasts 49 years.", 3, "Lease")
CITATION = Citation("a.txt", 9, 17, 1, 3, "Lease", "It lasts 49 years.", "It lasts 49 years.")
ANSWER = Answer(
    "How long?", "How long is it?", True, "49 years", 0.9, CITATION, (Candidate("49", 0.2, CITATION),), (PASSAGE,),
    Timings(1, 2, 3, 8, rerank=2), Certainty.FIRM, parts=(Part("49 years", CITATION),),
)  # fmt: skip
TENTATIVE = replace(ANSWER, confidence=0.41, certainty=Certainty.TENTATIVE)
WRITTEN = replace(
    ANSWER, kind=AnswerKind.WRITTEN, parts=(Part("49 years", CITATION, (CITATION,), 0.9),), other_values=ANSWER.alternatives,
    writing=Writing("mini", 3, (LeftOut("Rome fell.", "name"),), ("A note.",), 1.0, 2.0), extractive=ANSWER,
)  # fmt: skip
REFUSAL = Answer(
    "Who?", "Who?", False, None, 0.2, None, (Candidate("49", 0.2, CITATION),), (PASSAGE,), Timings(1, 2, 3, 6),
    absent_probability=0.8, reason=RefusalReason.NOT_FOUND,
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "chats.sqlite"


def asked(chats: Chats, question: str, corpus: Path = CORPUS) -> tuple[int, int]:
    chat = chats.begin(corpus, question)
    return chat, chats.ask(chat, question)


@pytest.mark.parametrize(
    "outcome", [ANSWER, TENTATIVE, WRITTEN, REFUSAL, Found((PASSAGE,)), Failure("No.", "Do this."), Cancelled()]
)
def test_what_was_written_is_read_by_another(file: Path, outcome: object) -> None:
    chats = Chats.open(file)
    chat, turn = asked(chats, "How long?")
    chats.end(turn, outcome)  # type: ignore[arg-type]
    (read,) = Chats.open(file).turns(chat)
    assert (read.question, read.outcome) == ("How long?", outcome)
    assert abs(read.asked.timestamp() - time.time()) < 60


def test_an_answer_of_a_version_without_certainty_is_firm(file: Path) -> None:
    chats = Chats.open(file)
    chat, turn = asked(chats, "How long?")
    chats.end(turn, ANSWER)
    with sqlite3.connect(file) as connection:
        connection.execute(
            "UPDATE turns SET outcome = json_remove(outcome, '$.answer.certainty', '$.answer.timings.rerank',"
            " '$.answer.kind', '$.answer.parts', '$.answer.absent_probability', '$.answer.reason')"
        )
    (read,) = chats.turns(chat)
    assert read.outcome == replace(ANSWER, timings=replace(ANSWER.timings, rerank=0.0))


def test_a_question_without_an_outcome_is_there(file: Path) -> None:
    chats = Chats.open(file)
    chat, _ = asked(chats, "How long?")
    (read,) = Chats.open(file).turns(chat)
    assert read.outcome is None


def test_chats_are_those_of_the_corpus_newest_first(file: Path) -> None:
    now = iter(range(100, 200))
    chats = Chats.open(file, clock=lambda: next(now))
    first, _ = asked(chats, "one")
    second, _ = asked(chats, "two")
    asked(chats, "elsewhere", Path("/other"))
    assert [chat.title for chat in chats.all(CORPUS)] == ["two", "one"]
    chats.ask(first, "again")
    assert [(chat.id, chat.turns) for chat in chats.all(CORPUS)] == [(first, 2), (second, 1)]
    assert chats.matching(CORPUS, "") == chats.all(CORPUS)[0]
    assert getattr(chats.matching(CORPUS, "TW"), "id", None) == second
    assert chats.matching(CORPUS, "three") is None


def test_pages_of_a_chat_from_its_end_to_its_beginning(file: Path) -> None:
    chats = Chats.open(file)
    chat, _ = asked(chats, "1")
    other, _ = asked(chats, "elsewhere")
    for number in range(2, 8):
        chats.ask(chat, str(number))
        chats.ask(other, "elsewhere")
    last = chats.page(chat, most=3)
    assert ([turn.question for turn in last.turns], last.earlier) == (["5", "6", "7"], 4)
    middle = chats.page(chat, before=last.turns[0].id, most=3)
    assert ([turn.question for turn in middle.turns], middle.earlier) == (["2", "3", "4"], 1)
    first = chats.page(chat, before=middle.turns[0].id, most=3)
    assert ([turn.question for turn in first.turns], first.earlier) == (["1"], 0)
    assert chats.page(chat, before=first.turns[0].id) == ChatPage((), 0)
    assert chats.page(chat).turns == chats.turns(chat) == (*first.turns, *middle.turns, *last.turns)


def test_rename_delete_and_restore(file: Path) -> None:
    chats = Chats.open(file)
    chat, _ = asked(chats, "one")
    chats.rename(chat, "  The\nlease ")
    assert [each.title for each in chats.all(CORPUS)] == ["The lease"]
    chats.delete(chat)
    assert chats.all(CORPUS) == ()
    chats.restore(chat)
    assert len(chats.turns(chat)) == 1
    for change in (
        chats.delete,
        chats.restore,
        lambda each: chats.ask(each, "x"),
        lambda each: chats.rename(each, "x"),
    ):
        with pytest.raises(ChatGone):
            change(chat + 1)


def test_deleted_is_gone_for_good_after_a_day_and_not_in_the_file(file: Path) -> None:
    chats = Chats.open(file, clock=lambda: 1_000_000.0)
    chat, _ = asked(chats, "a secret question")
    chats.delete(chat)
    chats.close()
    Chats.open(file, clock=lambda: 1_000_000.0 + 3600).restore(chat)
    chats = Chats.open(file, clock=lambda: 1_000_000.0)
    chats.delete(chat)
    chats.close()
    chats = Chats.open(file, clock=lambda: 1_000_000.0 + 25 * 3600)
    assert chats.turns(chat) == ()
    with pytest.raises(ChatGone):
        chats.restore(chat)
    assert b"a secret question" not in file.read_bytes()


@pytest.mark.skipif(os.name != "posix", reason="permission bits are POSIX")
def test_nobody_else_can_read_it(file: Path) -> None:
    Chats.open(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_two_at_once_lose_nothing(file: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from qa.conversation.storage.chats import Chats\n"
        "chats = Chats.open(Path(sys.argv[1])); chat = chats.begin(Path('/c'), 'x')\n"
        "for number in range(40): chats.ask(chat, f'{sys.argv[2]} {number}')"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(file), name]) for name in ("a", "b", "c")]
    assert [process.wait(120) for process in running] == [0, 0, 0]
    chats = Chats.open(file)
    for chat in chats.all(Path("/c")):
        questions = [turn.question for turn in chats.turns(chat.id)]
        assert questions == [f"{questions[0][0]} {number}" for number in range(40)]


def test_killed_while_writing_loses_no_question_that_was_written(file: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from qa.conversation.storage.chats import Chats\n"
        "chats = Chats.open(Path(sys.argv[1])); chat = chats.begin(Path('/c'), 'x')\n"
        "for number in range(10**9): chats.ask(chat, str(number)); print(number, flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(file)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(20):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        said = 20 + len(process.stdout.readlines())
    chats = Chats.open(file)
    (chat,) = chats.all(Path("/c"))
    assert chat.turns in (said, said + 1)
    assert chats.ask(chat.id, "and on") > 0


# Titles

TALK = replace(REFUSAL, kind=AnswerKind.TALK, said="Hello.", absent_probability=None, reason=None)


def titled(file: Path, *turns: tuple[str, TurnOutcome | None], name: str | None = None) -> str:
    """The title of a chat with these turns, that was given a `name` after the first."""
    chats = Chats.open(file)
    chat = chats.begin(CORPUS, turns[0][0])
    for question, outcome in turns:
        turn = chats.ask(chat, question)
        if outcome is not None:
            chats.end(turn, outcome)
        if name is not None:
            chats.rename(chat, name)
            name = None
    (found,) = chats.all(CORPUS)
    return found.title


@pytest.mark.parametrize("outcome", [ANSWER, TENTATIVE, REFUSAL, Found((PASSAGE,)), replace(TALK, searched=3)])
def test_a_chat_that_begins_with_small_talk_is_named_by_its_first_question(file: Path, outcome: TurnOutcome) -> None:
    assert (
        titled(file, ("hello", TALK), ("How are you?", TALK), ("How  long?", outcome), ("Who?", ANSWER)) == "How long?"
    )


def test_until_there_is_a_question_small_talk_is_the_name(file: Path) -> None:
    assert titled(file, ("hello", TALK), ("thanks", TALK), ("Who?", Cancelled()), ("And?", None)) == "hello"


def test_a_name_that_was_given_stays(file: Path) -> None:
    assert titled(file, ("hello", TALK), ("How long?", ANSWER), name="The lease") == "The lease"


@pytest.mark.parametrize("outcome", [ANSWER, REFUSAL, Failure("No.", "Do this."), Cancelled(), None])
def test_a_chat_that_begins_with_a_question_keeps_its_name(file: Path, outcome: TurnOutcome | None) -> None:
    assert titled(file, ("How long?", outcome), ("hello", TALK), ("Who?", ANSWER)) == "How long?"


def test_what_replaced_the_name_is_told(file: Path) -> None:
    chats = Chats.open(file)
    chat, turn = asked(chats, "hello")
    assert chats.end(turn, TALK) is None
    turn = chats.ask(chat, "How long?")
    assert chats.end(turn, ANSWER) == TitleChange("hello", "How long?")
    assert chats.end(turn, ANSWER) is None


# What is wrong with the file


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"\0" * 5000])
def test_a_file_that_is_no_database(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(ChatsDamaged, match=r"Move it away"):
        Chats.open(file)
    assert file.read_bytes() == content


def test_another_programs_and_a_newer_schema(file: Path) -> None:
    file.parent.mkdir()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(ChatsForeign, match="another program"):
        Chats.open(file)
    file.unlink()
    Chats.open(file).close()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(ChatsForeign, match="schema 99"):
        Chats.open(file)


@pytest.mark.parametrize(
    "outcome", ["no json", "[]", "{}", '{"answer": {}}', '{"other": {}}', '{"found": {"passages": [{"x": 1}]}}', "3"]
)
def test_a_damaged_outcome_is_a_named_error(file: Path, outcome: str) -> None:
    chats = Chats.open(file)
    chat, _ = asked(chats, "one")
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE turns SET outcome = ?", (outcome,))
    with pytest.raises(ChatsDamaged):
        chats.turns(chat)


def test_every_truncation_is_a_named_error_or_reads(file: Path) -> None:
    chats = Chats.open(file)
    for number in range(30):
        _, turn = asked(chats, f"question {number}")
        chats.end(turn, ANSWER)
    chats.close()
    whole = file.read_bytes()
    for length in range(1, len(whole), 3001):
        file.write_bytes(whole[:length])
        try:
            damaged = Chats.open(file)
            for each in damaged.all(CORPUS):
                damaged.turns(each.id)
        except (ChatsDamaged, ChatsForeign):
            continue


def test_a_folder_in_its_place(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(ChatsUnwritable):
        Chats.open(file)


# Titles and texts


@given(st.text(st.characters(exclude_categories=())))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_asked(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    chats = Chats.open(tmp_path_factory.mktemp("chats") / "chats.sqlite")
    chat, turn = asked(chats, text)
    chats.end(turn, Failure(text, text))
    (read,) = chats.turns(chat)
    assert read.outcome == Failure(text, text)
    assert read.question == text.encode("utf-8", "backslashreplace").decode()
    assert 0 < len(chats.all(CORPUS)[0].title) <= 80
    chats.close()


def test_title_is_cut_at_a_word() -> None:
    title = title_of("word " * 40)
    assert title.endswith("word…")
    assert len(title) <= 80


def test_outcomes_are_json_that_others_can_read(file: Path) -> None:
    chats = Chats.open(file)
    _, turn = asked(chats, "one")
    chats.end(turn, ANSWER)
    with sqlite3.connect(file) as connection:
        ((outcome,),) = connection.execute("SELECT outcome FROM turns").fetchall()
    assert json.loads(outcome)["answer"]["citation"]["path"] == "a.txt"


def test_a_file_that_was_removed_while_it_was_open_is_said_so(file: Path) -> None:
    chats = Chats.open(file)
    chat, _ = asked(chats, "How long?")
    file.unlink()
    with pytest.raises(ChatsRemoved):
        chats.ask(chat, "And then?")
