"""The conversations of callers, in one SQLite file of the user's data directory: they outlive the server.

Each belongs to an owner, and every statement names it: nobody sees or changes another one's, and an id that is guessed is none.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from qa import application_ids
from qa.answers import Answer
from qa.conversation.storage.chats import title_of
from qa.conversation.turns import Turn
from qa.errors import QaError
from qa.locations import web_conversations
from qa.private import make_private_file, make_private_folder

_VERSION = 1
_WAIT_SECONDS = 10.0
_MOST_EXCHANGES = 200
"""Of a conversation; the oldest go."""
_MOST_TURNS = 100
"""Older ones stay in the file; nobody refers to them any more."""

_SCHEMA = """
CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    title TEXT NOT NULL,
    collections TEXT NOT NULL,      -- JSON
    created REAL NOT NULL,          -- seconds since 1970, UTC
    changed REAL NOT NULL
);
CREATE INDEX conversations_of_owner ON conversations(owner, changed);
CREATE TABLE exchanges (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    asked REAL NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,           -- JSON
    is_turn INTEGER NOT NULL        -- whether later questions may be about it
);
CREATE INDEX exchanges_of_conversation ON exchanges(conversation)
"""
_SUMMARY = (
    "SELECT id, title, collections, created, changed,"
    " (SELECT count(*) FROM exchanges WHERE conversation = conversations.id) FROM conversations"
)


class ConversationsUnusable(QaError):
    def __init__(self, file: Path, detail: str) -> None:
        super().__init__(
            f"The conversations in {file} cannot be used ({detail}).", "Move the file away: they then begin anew."
        )


class ConversationUnknown(QaError):
    def __init__(self) -> None:
        super().__init__("There is no such conversation.", "POST /v1/conversations begins one.")


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation; `exchanges` is how many it has."""

    id: str
    title: str
    collections: tuple[str, ...]
    created: datetime
    changed: datetime
    exchanges: int


@dataclass(frozen=True, slots=True)
class StoredExchange:
    """A question and its answer. `is_turn`: whether later questions may be about it (not: "thank you")."""

    asked: datetime
    question: str
    answer: Answer
    is_turn: bool


class ConversationStore:
    """Safe to use from several threads: calls take turns, each a few milliseconds."""

    def __init__(self, file: Path, connection: sqlite3.Connection, most: int, clock: Callable[[], float]) -> None:
        """Use `ConversationStore.open`."""
        self._file = file
        self._connection = connection
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()

    @classmethod
    def open(cls, file: Path | None = None, *, most: int = 1_000, clock: Callable[[], float] = time.time) -> Self:
        """The conversations in `file`, else in the user's data directory. An owner has `most` at most: to make room, the one
        that was changed longest ago goes. Raises ConversationsUnusable."""
        file = web_conversations() if file is None else file
        with _errors_for_users(file):
            make_private_folder(file.parent)
            make_private_file(file)
            connection = sqlite3.connect(file, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                _prepare(connection, file)
            except BaseException:
                connection.close()
                raise
        return cls(file, connection, most, clock)

    def begin(self, owner: str, collections: Sequence[str], title: str = "") -> Summary:
        """A new one, without a question yet."""
        identifier, now = secrets.token_urlsafe(18), self._clock()
        title = title_of(title) if title.strip() else ""
        with self._transaction() as connection:
            connection.execute(
                "DELETE FROM conversations WHERE id IN (SELECT id FROM conversations WHERE owner = ?"
                " ORDER BY changed DESC, id LIMIT -1 OFFSET ?)",
                (owner, self._most - 1),
            )
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?)",
                (identifier, owner, title, json.dumps(list(collections)), now, now),
            )
        return Summary(identifier, title, tuple(collections), _moment(now), _moment(now), 0)

    def all(self, owner: str, offset: int, limit: int) -> tuple[list[Summary], int]:
        """Those of `owner`, the one that was changed last first; and how many there are in all."""
        with self._transaction() as connection:
            rows = connection.execute(
                f"{_SUMMARY} WHERE owner = ? ORDER BY changed DESC, id LIMIT ? OFFSET ?", (owner, limit, offset)
            ).fetchall()
            (total,) = connection.execute("SELECT count(*) FROM conversations WHERE owner = ?", (owner,)).fetchone()
        return [_summary(row) for row in rows], int(total)

    def get(self, owner: str, identifier: str) -> Summary:
        """Raises ConversationUnknown."""
        with self._transaction() as connection:
            row = connection.execute(f"{_SUMMARY} WHERE owner = ? AND id = ?", (owner, identifier)).fetchone()
        if row is None:
            raise ConversationUnknown
        return _summary(row)

    def exchanges(self, owner: str, identifier: str) -> list[StoredExchange]:
        """All of a conversation, oldest first. Raises ConversationUnknown."""
        self.get(owner, identifier)
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT asked, question, answer, is_turn FROM exchanges WHERE conversation = ? ORDER BY id",
                (identifier,),
            ).fetchall()
        with _errors_for_users(self._file):
            return [_exchange(row) for row in rows]

    def turns(self, owner: str, identifier: str) -> tuple[Turn, ...]:
        """The last ones that a question may be about, oldest first. Raises ConversationUnknown."""
        self.get(owner, identifier)
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT answer FROM exchanges WHERE conversation = ? AND is_turn ORDER BY id DESC LIMIT ?",
                (identifier, _MOST_TURNS),
            ).fetchall()
        with _errors_for_users(self._file):
            answers = [Answer.restored(json.loads(row[0])) for row in reversed(rows)]
        # What a language model made of an answer is not what the next question is about.
        return tuple(Turn.of(replace(answer.extractive or answer, writing=None)) for answer in answers)

    def add(self, owner: str, identifier: str, answer: Answer, *, is_turn: bool) -> int:
        """Append an exchange, and give its number; the first one names the conversation.

        Raises ConversationUnknown where it was deleted.
        """
        now = self._clock()
        with self._transaction() as connection:
            changed = connection.execute(
                "UPDATE conversations SET changed = ?, title = CASE title WHEN '' THEN ? ELSE title END"
                " WHERE owner = ? AND id = ?",
                (now, title_of(answer.question), owner, identifier),
            )
            if not changed.rowcount:
                raise ConversationUnknown
            added = connection.execute(
                "INSERT INTO exchanges(conversation, asked, question, answer, is_turn) VALUES (?, ?, ?, ?, ?)",
                (identifier, now, answer.question, json.dumps(asdict(answer)), is_turn),
            )
            connection.execute(
                "DELETE FROM exchanges WHERE id IN (SELECT id FROM exchanges WHERE conversation = ?"
                " ORDER BY id DESC LIMIT -1 OFFSET ?)",
                (identifier, _MOST_EXCHANGES),
            )
        return int(added.lastrowid or 0)

    def change(self, owner: str, identifier: str, exchange: int, answer: Answer) -> None:
        """Put `answer` in the place of that of the exchange of this number. Raises ConversationUnknown."""
        self.get(owner, identifier)
        with self._transaction() as connection:
            connection.execute(
                "UPDATE exchanges SET answer = ? WHERE id = ? AND conversation = ?",
                (json.dumps(asdict(answer)), exchange, identifier),
            )

    def delete(self, owner: str, identifier: str) -> None:
        """For good. Raises ConversationUnknown."""
        with self._transaction() as connection:
            deleted = connection.execute("DELETE FROM conversations WHERE owner = ? AND id = ?", (owner, identifier))
        if not deleted.rowcount:
            raise ConversationUnknown

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _errors_for_users(self._file):
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:
                yield self._connection


@contextmanager
def _errors_for_users(file: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConversationsUnusable(file, str(error)) from error


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    """Make the tables in a new file; refuse another program's, or a later version's."""
    connection.execute("PRAGMA foreign_keys = ON")
    # What a user deletes shall not lie readable in free pages.
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {application_ids.WEB_CONVERSATIONS}")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        marks = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
        if marks != [application_ids.WEB_CONVERSATIONS, _VERSION]:
            raise ConversationsUnusable(file, "it was not written by this version of qa")


def _summary(row: tuple[str, str, str, float, float, int]) -> Summary:
    identifier, title, collections, created, changed, exchanges = row
    return Summary(
        identifier, title, tuple(json.loads(collections)), _moment(created), _moment(changed), int(exchanges)
    )


def _exchange(row: tuple[float, str, str, int]) -> StoredExchange:
    asked, question, answer, is_turn = row
    return StoredExchange(_moment(asked), question, Answer.restored(json.loads(answer)), bool(is_turn))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
