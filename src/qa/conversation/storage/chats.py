"""Chats kept on disk, written as they happen: a question when it is asked, its outcome when there is one.

One SQLite file in the user's data directory. Every change is one short transaction that waits for those of other processes, so
a process that is killed loses nothing that was asked, and two can write at once.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from qa import application_ids
from qa.answers import Answer
from qa.conversation.storage.outcomes import Found, TurnOutcome, as_json, is_small_talk, outcome_of
from qa.errors import ChatGone, ChatsDamaged, ChatsForeign, ChatsRemoved, ChatsUnwritable
from qa.locations import user_data
from qa.private import make_private_file, make_private_folder

FILE_NAME = "chats.sqlite"
SCHEMA_VERSION = 1
LONGEST_TITLE = 80
_WAIT_SECONDS = 10.0
_LAST_ID = 2**63 - 1
_UNDO_SECONDS = 24 * 3600.0
"""A deleted chat can be brought back for this long; then it is gone for good when the file is opened next."""

_SCHEMA = """
CREATE TABLE chats (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    corpus TEXT NOT NULL,
    title TEXT NOT NULL,
    created REAL NOT NULL,          -- seconds since 1970, UTC
    changed REAL NOT NULL,
    deleted REAL                    -- when, while it can still be brought back
);
CREATE TABLE turns (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat INTEGER NOT NULL REFERENCES chats(id) ON DELETE CASCADE,
    question TEXT NOT NULL,
    asked REAL NOT NULL,
    outcome TEXT                    -- JSON, or NULL while the question is open
);
CREATE INDEX turns_of_chat ON turns(chat);
"""


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat over the documents of one corpus; `turns` is how many it has."""

    id: int
    title: str
    created: datetime
    changed: datetime
    turns: int


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """A question and what became of it; `outcome` is None when qa ended before there was one."""

    id: int
    question: str
    asked: datetime
    outcome: TurnOutcome | None


@dataclass(frozen=True, slots=True)
class TitleChange:
    """A chat's title before and after it got its first question."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChatPage:
    """Turns of one chat in a row, oldest first, and how many of it come before them."""

    turns: tuple[ChatTurn, ...]
    earlier: int


class Chats:
    """The chats of all corpora. For one thread at a time; several processes may have the file open."""

    def __init__(self, file: Path, connection: sqlite3.Connection, clock: Callable[[], float]) -> None:
        """Use `Chats.open`."""
        self._file = file
        self._connection = connection
        self._clock = clock

    @classmethod
    def open(cls, file: Path | None = None, *, clock: Callable[[], float] = time.time) -> Self:
        """The chats in `file`, else in the user's data directory; it is made when it is not there.

        `clock` gives seconds since 1970. Raises ChatsDamaged, ChatsForeign, ChatsUnwritable.
        """
        file = user_data() / FILE_NAME if file is None else file
        with _errors_for_users(file):
            make_private_folder(file.parent)
            make_private_file(file)
            connection = sqlite3.connect(file, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                _prepare(connection, file)
                connection.execute("DELETE FROM chats WHERE deleted < ?", (clock() - _UNDO_SECONDS,))
            except BaseException:
                connection.close()
                raise
        return cls(file, connection, clock)

    def all(self, corpus: Path) -> tuple[Chat, ...]:
        """The chats about `corpus`, the one that was changed last first. Raises ChatsDamaged."""
        with _errors_for_users(self._file):
            rows = self._connection.execute(
                "SELECT id, title, created, changed, (SELECT count(*) FROM turns WHERE chat = chats.id) FROM chats"
                " WHERE corpus = ? AND deleted IS NULL ORDER BY changed DESC, id DESC",
                (_name_of(corpus),),
            ).fetchall()
            return tuple(Chat(row[0], row[1], _moment(row[2]), _moment(row[3]), row[4]) for row in rows)

    def matching(self, corpus: Path, title: str) -> Chat | None:
        """The newest chat about `corpus` with `title` in its title, in any case; with "", the newest of all."""
        wanted = title.casefold()
        return next((chat for chat in self.all(corpus) if wanted in chat.title.casefold()), None)

    def turns(self, chat: int) -> tuple[ChatTurn, ...]:
        """What was asked in a chat, oldest first. Raises ChatsDamaged."""
        return self.page(chat).turns

    def page(self, chat: int, *, before: int | None = None, most: int | None = None) -> ChatPage:
        """The newest `most` turns of a chat, of those before the turn with the id `before`. Raises ChatsDamaged."""
        before = _LAST_ID if before is None else before
        with _errors_for_users(self._file):
            rows = self._connection.execute(
                "SELECT id, question, asked, outcome FROM turns WHERE chat = ? AND id < ? ORDER BY id DESC LIMIT ?",
                (chat, before, -1 if most is None else most),
            ).fetchall()
            turns = tuple(ChatTurn(row[0], row[1], _moment(row[2]), _outcome(row[3])) for row in reversed(rows))
            (earlier,) = self._connection.execute(
                "SELECT count(*) FROM turns WHERE chat = ? AND id < ?", (chat, turns[0].id if turns else 0)
            ).fetchone()
            return ChatPage(turns, earlier)

    def begin(self, corpus: Path, question: str) -> int:
        """A new chat about `corpus`, named by its first question (which is not asked yet); returns its id."""
        now = self._clock()
        return self._write(
            "INSERT INTO chats(corpus, title, created, changed) VALUES (?, ?, ?, ?)",
            (_name_of(corpus), title_of(question), now, now),
        )

    def ask(self, chat: int, question: str) -> int:
        """Add a question without an outcome; returns the turn's id. Raises ChatGone."""
        now = self._clock()
        with _errors_for_users(self._file), self._transaction():
            self._touch("UPDATE chats SET changed = ?, deleted = NULL WHERE id = ?", (now, chat))
            cursor = self._connection.execute(
                "INSERT INTO turns(chat, question, asked) VALUES (?, ?, ?)", (chat, _storable(question), now)
            )
            return int(cursor.lastrowid or 0)

    def end(self, turn: int, outcome: TurnOutcome) -> TitleChange | None:
        """Write what became of a question.

        A chat that began with small talk is named by it until there is a question; the new name is returned.
        """
        self._write("UPDATE turns SET outcome = ? WHERE id = ?", (as_json(outcome), turn))
        if is_small_talk(outcome):
            return None
        with _errors_for_users(self._file), self._transaction():
            return self._named_by_a_question(turn)

    def rename(self, chat: int, title: str) -> None:
        """Raises ChatGone."""
        with _errors_for_users(self._file):
            self._touch("UPDATE chats SET title = ? WHERE id = ?", (title_of(title), chat))

    def delete(self, chat: int) -> None:
        """Take a chat off the list; `restore` brings it back for a day. Raises ChatGone."""
        with _errors_for_users(self._file):
            self._touch("UPDATE chats SET deleted = ? WHERE id = ?", (self._clock(), chat))

    def restore(self, chat: int) -> None:
        """Undo `delete`. Raises ChatGone."""
        with _errors_for_users(self._file):
            self._touch("UPDATE chats SET deleted = NULL WHERE id = ?", (chat,))

    def close(self) -> None:
        self._connection.close()

    def _named_by_a_question(self, turn: int) -> TitleChange | None:
        """Rename the chat of `turn` if its title is still the small talk that it began with."""
        rows = self._connection.execute(
            "SELECT chats.id, title, question, outcome FROM turns JOIN chats ON chats.id = chat"
            " WHERE chat = (SELECT chat FROM turns WHERE id = ?) ORDER BY turns.id",
            (turn,),
        )
        first = rows.fetchone()
        if first is None or first[1] != title_of(first[2]) or not is_small_talk(_outcome(first[3])):
            return None
        asked = ((question, _outcome(outcome)) for _, _, question, outcome in rows)
        named = (text for text, found in asked if isinstance(found, Answer | Found) and not is_small_talk(found))
        question = next(named, None)
        if question is None:
            return None
        renamed = TitleChange(first[1], title_of(question))
        self._connection.execute("UPDATE chats SET title = ? WHERE id = ?", (renamed.after, first[0]))
        return renamed

    def _write(self, statement: str, values: tuple[Any, ...]) -> int:
        with _errors_for_users(self._file):
            return int(self._connection.execute(statement, values).lastrowid or 0)

    def _touch(self, statement: str, values: tuple[Any, ...]) -> None:
        if self._connection.execute(statement, values).rowcount == 0:
            raise ChatGone

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        with self._connection:
            yield


def title_of(text: str) -> str:
    """`text` as a title: on one line, cut at a word."""
    line = _storable(" ".join(text.split()))
    if len(line) <= LONGEST_TITLE:
        return line or "Untitled"
    return line[: LONGEST_TITLE - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    # What a user deletes shall not lie readable in free pages.
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
            # One by one: executescript would end the transaction.
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {application_ids.CHATS}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if application != application_ids.CHATS:
            raise ChatsForeign(file, "another program's")
        if version != SCHEMA_VERSION:
            raise ChatsForeign(file, f"schema {version}, this qa reads {SCHEMA_VERSION}")


@contextmanager
def _errors_for_users(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        name = getattr(error, "sqlite_errorname", "")
        if name == "SQLITE_READONLY_DBMOVED":
            raise ChatsRemoved(file) from error
        if name.startswith(("SQLITE_ERROR", "SQLITE_CORRUPT", "SQLITE_NOTADB")):
            raise ChatsDamaged(file, str(error)) from error
        raise ChatsUnwritable(file, str(error)) from error
    except (sqlite3.DatabaseError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise ChatsDamaged(file, str(error)) from error
    except OSError as error:
        raise ChatsUnwritable(file, (error.strerror or str(error)).lower()) from error


def _name_of(corpus: Path) -> str:
    return _storable(os.path.realpath(corpus))


def _storable(text: str) -> str:
    """SQLite holds UTF-8 alone: a byte of a file name that is none, or half a surrogate pair, is kept as its escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _outcome(text: str | None) -> TurnOutcome | None:
    return None if text is None else outcome_of(text)
