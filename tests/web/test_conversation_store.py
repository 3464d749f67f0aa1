"""Conversations on disk: each owner's own, bounded, and safe from what lies in the file."""

from __future__ import annotations

import itertools
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from qa.answers import Answer, AnswerKind, Timings, Writing
from qa.web.conversation_store import ConversationStore, ConversationsUnusable, ConversationUnknown


def answer(question: str) -> Answer:
    return Answer(question, question, False, None, 0.0, None, (), (), Timings(0, 0, 0, 0))


@pytest.fixture
def store(tmp_path: Path) -> ConversationStore:
    ticks = itertools.count()
    return ConversationStore.open(tmp_path / "conversations.sqlite", most=3, clock=lambda: float(next(ticks)))


def test_what_was_said_is_there_when_the_file_is_opened_again(store: ConversationStore, tmp_path: Path) -> None:
    begun = store.begin("alice", ["notes"])
    store.add("alice", begun.id, answer("How much is the rent?"), is_turn=True)
    store.add("alice", begun.id, answer("Thank you!"), is_turn=False)
    store.close()
    again = ConversationStore.open(tmp_path / "conversations.sqlite")
    assert [one.question for one in again.exchanges("alice", begun.id)] == ["How much is the rent?", "Thank you!"]
    assert [turn.question for turn in again.turns("alice", begun.id)] == ["How much is the rent?"]
    assert again.get("alice", begun.id).title == "How much is the rent?"
    assert stat.S_IMODE((tmp_path / "conversations.sqlite").stat().st_mode) == 0o600


def written_of(extractive: Answer) -> Answer:
    writing = Writing(
        "small-one", notes=("1 sentence of the model was left out (a name that the passages do not have).",)
    )
    return replace(extractive, kind=AnswerKind.WRITTEN, writing=writing, extractive=extractive)


def test_an_answer_that_was_written_is_kept_and_later_questions_are_about_the_documents_words(
    store: ConversationStore,
) -> None:
    begun, other = store.begin("alice", ["notes"]), store.begin("alice", ["notes"])
    said = answer("How much is the rent?")
    number = store.add("alice", begun.id, said, is_turn=True)
    store.add("alice", other.id, said, is_turn=True)
    store.change("alice", begun.id, number, written_of(said))
    (kept,) = store.exchanges("alice", begun.id)
    assert kept.answer == written_of(said)
    assert [turn.answer for turn in store.turns("alice", begun.id)] == [said]
    # The number of an exchange of another conversation changes nothing.
    store.change("alice", other.id, number, written_of(said))
    assert [one.answer.kind for one in store.exchanges("alice", other.id)] == [AnswerKind.SPAN]
    store.delete("alice", begun.id)
    with pytest.raises(ConversationUnknown):
        store.change("alice", begun.id, number, said)


def test_another_owner_s_conversation_is_none(store: ConversationStore) -> None:
    mine = store.begin("alice", ["notes"])
    for call in (
        lambda: store.get("bob", mine.id),
        lambda: store.exchanges("bob", mine.id),
        lambda: store.turns("bob", mine.id),
        lambda: store.add("bob", mine.id, answer("?"), is_turn=True),
        lambda: store.change("bob", mine.id, 1, answer("?")),
        lambda: store.delete("bob", mine.id),
        lambda: store.get("alice", "%"),
        lambda: store.get("alice", "' OR 1=1 --"),
    ):
        with pytest.raises(ConversationUnknown):
            call()
    assert store.all("bob", 0, 10) == ([], 0)


def test_an_owner_s_oldest_goes_to_make_room_and_nobody_else_s(store: ConversationStore) -> None:
    others = store.begin("bob", ["notes"])
    mine = [store.begin("alice", ["notes"]) for _ in range(3)]
    store.add("alice", mine[0].id, answer("a"), is_turn=True)
    newest = store.begin("alice", ["notes"])
    assert [one.id for one in store.all("alice", 0, 10)[0]] == [newest.id, mine[0].id, mine[2].id]
    assert store.get("bob", others.id)


def test_a_conversation_keeps_its_newest_exchanges(store: ConversationStore) -> None:
    begun = store.begin("alice", ["notes"])
    for number in range(205):
        store.add("alice", begun.id, answer(f"question {number}"), is_turn=True)
    kept = [one.question for one in store.exchanges("alice", begun.id)]
    assert (len(kept), kept[0], kept[-1]) == (200, "question 5", "question 204")
    assert len(store.turns("alice", begun.id)) == 100


def test_several_threads_may_write(store: ConversationStore) -> None:
    begun = store.begin("alice", ["notes"])
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: store.add("alice", begun.id, answer(str(number)), is_turn=True), range(40)))
    assert {one.question for one in store.exchanges("alice", begun.id)} == {str(number) for number in range(40)}


def test_deleted_text_does_not_stay_in_the_file(store: ConversationStore, tmp_path: Path) -> None:
    begun = store.begin("alice", ["notes"])
    store.add("alice", begun.id, answer("zanzibar-secret"), is_turn=True)
    store.delete("alice", begun.id)
    store.close()
    assert b"zanzibar-secret" not in (tmp_path / "conversations.sqlite").read_bytes()


@pytest.mark.parametrize("content", [b"no database", b"\x00" * 4096])
def test_a_file_that_is_none_is_an_error_for_people(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "conversations.sqlite").write_bytes(content)
    with pytest.raises(ConversationsUnusable, match=r"conversations\.sqlite"):
        ConversationStore.open(tmp_path / "conversations.sqlite")


def test_another_program_s_file_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "conversations.sqlite") as other:
        other.execute("CREATE TABLE theirs (a)")
    with pytest.raises(ConversationsUnusable):
        ConversationStore.open(tmp_path / "conversations.sqlite")
