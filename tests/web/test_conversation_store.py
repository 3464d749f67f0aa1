"""Conversations in SQLite and in PostgreSQL: each owner's own, bounded, in order, and safe from what lies there."""

from __future__ import annotations

import itertools
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from qa.answers import Answer, AnswerKind, Timings, Writing
from qa.conversation import ConversationState, Turn
from qa.conversation.history import MOST_TURNS
from qa.filters import Filter
from qa.hosting.document_service import Said
from qa.web import conversation_store
from qa.web.conversation_database import ConversationsUnusable
from qa.web.conversation_store import ConversationStore, ConversationUnknown
from qa.web.conversations_place import ConversationsPlace, conversations_place, open_database
from qa.web.sqlite_conversations import SqliteConversations

Opened = Callable[[], ConversationStore]


def answer(question: str) -> Answer:
    return Answer(question, question, False, None, 0.0, None, (), (), Timings(0, 0, 0, 0))


def add(store: ConversationStore, identifier: str, said: Answer, *, is_turn: bool = True, owner: str = "alice") -> int:
    """As a server does that nobody else comes in between of."""
    before = store.so_far(owner, identifier)
    turns = before.state.turns
    later = replace(before.state, turns=(*turns, Turn.of(said)) if is_turn else turns)
    number = store.add(owner, identifier, Said(said, is_turn), later, after=before)
    assert number is not None
    return number


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> ConversationsPlace:
    if request.param == "sqlite":
        return tmp_path / "conversations.sqlite"
    postgres = request.getfixturevalue("postgres")
    return conversations_place(postgres.url(postgres.emptied()))


@pytest.fixture
def opened(place: ConversationsPlace) -> Iterator[Opened]:
    """Opens one place, as every server does that shares it. An owner has three conversations at most."""
    ticks = itertools.count()
    stores = []

    def open_store() -> ConversationStore:
        stores.append(ConversationStore(open_database(place), most=3, clock=lambda: float(next(ticks))))
        return stores[-1]

    yield open_store
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Opened) -> ConversationStore:
    return opened()


def test_what_was_said_is_there_for_who_opens_it_later(store: ConversationStore, opened: Opened) -> None:
    begun = store.begin("alice", ["notes"])
    add(store, begun.id, answer("How much is the rent?"))
    add(store, begun.id, answer("Thank you!"), is_turn=False)
    store.close()
    again = opened()
    assert [one.question for one in again.exchanges("alice", begun.id)] == ["How much is the rent?", "Thank you!"]
    assert [turn.question for turn in again.so_far("alice", begun.id).state.turns] == ["How much is the rent?"]
    assert (again.get("alice", begun.id).title, again.get("alice", begun.id).exchanges) == ("How much is the rent?", 2)


def test_what_the_next_question_goes_on_from_is_there_for_another_server(
    store: ConversationStore, opened: Opened
) -> None:
    begun = store.begin("alice", ["notes"])
    said = answer("How much is the rent?")
    only = Filter(path=("flat/**",), ext="md", after=date(2024, 1, 31), before=datetime(2026, 1, 31, 17, 30))
    left = ConversationState((Turn.of(said),), only, more_shown=6)
    assert store.add("alice", begun.id, Said(said, is_turn=True), left, after=store.so_far("alice", begun.id))
    found = opened().so_far("alice", begun.id).state
    assert (found.turns, found.more_shown) == (left.turns, 6)
    assert found.only is not None
    assert (found.only.path, found.only.ext) == (only.path, only.ext)
    for mtime in (
        datetime(2024, 1, 30, 23),
        datetime(2024, 1, 31),
        datetime(2026, 1, 31, 17, 29),
        datetime(2026, 2, 1),
    ):
        nanoseconds = int(mtime.timestamp() * 1e9)
        assert found.only.accepts()("flat/a.md", nanoseconds) == only.accepts()("flat/a.md", nanoseconds)


def test_an_exchange_that_went_on_from_an_earlier_state_is_not_kept(store: ConversationStore, opened: Opened) -> None:
    other = opened()
    begun = store.begin("alice", ["notes"])
    before = other.so_far("alice", begun.id)
    add(store, begun.id, answer("first"))
    late = Said(answer("second"), is_turn=True)
    assert other.add("alice", begun.id, late, before.state, after=before) is None
    assert [one.question for one in other.exchanges("alice", begun.id)] == ["first"]
    assert other.get("alice", begun.id).title == "first"
    add(other, begun.id, answer("second"))
    assert [turn.question for turn in store.so_far("alice", begun.id).state.turns] == ["first", "second"]


def test_of_several_servers_each_exchange_goes_on_from_the_one_before_and_none_is_lost(opened: Opened) -> None:
    stores = [opened() for _ in range(3)]
    begun = stores[0].begin("alice", ["notes"])
    starting = threading.Barrier(6)

    def ask(number: int) -> None:
        starting.wait(30)
        for part in range(4):
            while _after_the_last(stores[number % 3], begun.id, f"{number}.{part}") is None:
                pass

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(ask, range(6)))
    kept = stores[0].exchanges("alice", begun.id)
    questions = [one.question for one in kept]
    assert sorted(questions) == sorted(f"{number}.{part}" for number in range(6) for part in range(4))
    assert [one.answer.standalone_question for one in kept] == ["", *questions[:-1]]


def _after_the_last(store: ConversationStore, identifier: str, question: str) -> int | None:
    """Ask it; what it is understood as is the question that it found before it."""
    before = store.so_far("alice", identifier)
    last = before.state.turns[-1].question if before.state.turns else ""
    said = replace(answer(question), standalone_question=last)
    later = ConversationState((*before.state.turns, Turn.of(said)))
    return store.add("alice", identifier, Said(said, is_turn=True), later, after=before)


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
    number = add(store, begun.id, said)
    add(store, other.id, said)
    store.change("alice", begun.id, number, written_of(said))
    (kept,) = store.exchanges("alice", begun.id)
    assert kept.answer == written_of(said)
    assert [turn.answer for turn in store.so_far("alice", begun.id).state.turns] == [said]
    # The number of an exchange of another conversation changes nothing.
    store.change("alice", other.id, number, written_of(said))
    assert [one.answer.kind for one in store.exchanges("alice", other.id)] == [AnswerKind.SPAN]
    store.delete("alice", begun.id)
    with pytest.raises(ConversationUnknown):
        store.change("alice", begun.id, number, said)


def test_another_owner_s_conversation_is_none(store: ConversationStore) -> None:
    mine = store.begin("alice", ["notes"])
    number = add(store, mine.id, answer("Mine?"))
    before, said = store.so_far("alice", mine.id), Said(answer("?"), is_turn=True)
    for call in (
        lambda: store.get("bob", mine.id),
        lambda: store.exchanges("bob", mine.id),
        lambda: store.so_far("bob", mine.id),
        lambda: store.add("bob", mine.id, said, before.state, after=before),
        lambda: store.change("bob", mine.id, number, answer("?")),
        lambda: store.delete("bob", mine.id),
        lambda: store.get("alice", "%"),
        lambda: store.get("alice", "' OR 1=1 --"),
        lambda: store.get("alice", "\0"),
    ):
        with pytest.raises(ConversationUnknown):
            call()
    assert store.all("bob", 0, 10) == ([], 0)
    assert [one.question for one in store.exchanges("alice", mine.id)] == ["Mine?"]


def test_hostile_text_is_only_text(store: ConversationStore) -> None:
    hostile = "'; DROP TABLE exchanges; -- ? %s %(a)s \\ \"\x1b[31m 🦆"
    begun = store.begin(hostile, [hostile], hostile)
    add(store, begun.id, answer(hostile), owner=hostile)
    assert store.get(hostile, begun.id).collections == (hostile,)
    assert store.get(hostile, begun.id).title == begun.title
    assert [(one.question, one.answer.question) for one in store.exchanges(hostile, begun.id)] == [(hostile, hostile)]
    zero = store.begin("alice", ["notes"], "a\0b")
    add(store, zero.id, answer("What is a\0b?"))
    assert [one.answer.question for one in store.exchanges("alice", zero.id)] == ["What is a\0b?"]
    assert "\0" not in store.get("alice", zero.id).title


def test_an_owner_s_oldest_goes_to_make_room_and_nobody_else_s(store: ConversationStore) -> None:
    others = store.begin("bob", ["notes"])
    mine = [store.begin("alice", ["notes"]) for _ in range(3)]
    add(store, mine[0].id, answer("a"))
    newest = store.begin("alice", ["notes"])
    found, total = store.all("alice", 0, 10)
    assert ([one.id for one in found], total) == ([newest.id, mine[0].id, mine[2].id], 3)
    assert [one.id for one in store.all("alice", 1, 1)[0]] == [mine[0].id]
    assert store.get("bob", others.id)


def test_a_conversation_keeps_its_newest_exchanges(store: ConversationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_store, "_MOST_EXCHANGES", 12)
    begun, other = store.begin("alice", ["notes"]), store.begin("alice", ["notes"])
    add(store, other.id, answer("another one's"))
    for number in range(15):
        add(store, begun.id, answer(f"question {number}"))
    kept = [one.question for one in store.exchanges("alice", begun.id)]
    assert kept == [f"question {number}" for number in range(3, 15)]
    assert [turn.question for turn in store.so_far("alice", begun.id).state.turns] == kept[-MOST_TURNS:]
    assert store.get("alice", other.id).exchanges == 1


def test_what_qa_did_not_write_is_an_error_for_people(store: ConversationStore, place: ConversationsPlace) -> None:
    begun = store.begin("alice", ["notes"])
    add(store, begun.id, answer("first"))
    with open_database(place).transaction() as transaction:
        transaction.execute("UPDATE exchanges SET answer = ?", ("[]",))
    with pytest.raises(ConversationsUnusable, match="not as qa writes it"):
        store.exchanges("alice", begun.id)
    assert store.get("alice", begun.id).exchanges == 1


def test_deleted_text_does_not_stay_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "conversations.sqlite"
    store = ConversationStore(SqliteConversations.open(file))
    begun = store.begin("alice", ["notes"])
    add(store, begun.id, answer("zanzibar-secret"))
    store.delete("alice", begun.id)
    store.close()
    assert b"zanzibar-secret" not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_of_the_version_before_is_brought_up_to_date(tmp_path: Path) -> None:
    file = tmp_path / "conversations.sqlite"
    ConversationStore(SqliteConversations.open(file)).begin("alice", ["notes"], "Kept")
    with sqlite3.connect(file) as earlier:
        earlier.execute("ALTER TABLE conversations DROP COLUMN said")
        earlier.execute("ALTER TABLE conversations DROP COLUMN going_on")
        earlier.execute("PRAGMA user_version = 1")
    for _ in range(2):
        store = ConversationStore(SqliteConversations.open(file))
        ((kept,), _) = store.all("alice", 0, 10)
        add(store, kept.id, answer("a"))
        assert kept.title == "Kept"
    assert [turn.question for turn in store.so_far("alice", kept.id).state.turns] == ["a", "a"]


@pytest.mark.parametrize("content", [b"no database", b"\x00" * 4096])
def test_a_file_that_is_none_is_an_error_for_people(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "conversations.sqlite").write_bytes(content)
    with pytest.raises(ConversationsUnusable, match=r"conversations\.sqlite"):
        open_database(tmp_path / "conversations.sqlite")


def test_another_program_s_file_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "conversations.sqlite") as other:
        other.execute("CREATE TABLE theirs (a)")
    with pytest.raises(ConversationsUnusable):
        open_database(tmp_path / "conversations.sqlite")
