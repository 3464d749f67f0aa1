"""Conversations in an SQLite file, for the servers of one machine."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from qa import application_ids
from qa.private import make_private_file, make_private_folder
from qa.web.conversation_database import ConversationsUnusable, Transaction

_VERSION = 2
_WAIT_SECONDS = 10.0
_SCHEMA = """
CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    title TEXT NOT NULL,
    collections TEXT NOT NULL,      -- JSON
    created REAL NOT NULL,          -- seconds since 1970, UTC
    changed REAL NOT NULL,
    said INTEGER NOT NULL DEFAULT 0,            -- exchanges so far, also those that are gone
    going_on TEXT NOT NULL DEFAULT '{}'         -- JSON: what the next question goes on from, besides the turns
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
_FROM_1_TO_2 = """
ALTER TABLE conversations ADD COLUMN said INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN going_on TEXT NOT NULL DEFAULT '{}'
"""


class SqliteConversations:
    """A file; calls take turns, each a few milliseconds."""

    def __init__(self, file: Path, connection: sqlite3.Connection) -> None:
        """Use `SqliteConversations.open`."""
        self._file = file
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def open(cls, file: Path) -> Self:
        """Make the file, which nobody else may read, where there is none. Raises ConversationsUnusable."""
        with _errors_for_users(file):
            make_private_folder(file.parent)
            make_private_file(file)
            connection = sqlite3.connect(file, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                _prepare(connection, file)
            except BaseException:
                connection.close()
                raise
        return cls(file, connection)

    @property
    def place(self) -> str:
        return str(self._file)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with self._lock, _errors_for_users(self._file):
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:
                yield self._connection

    def close(self) -> None:
        with self._lock:
            self._connection.close()


@contextmanager
def _errors_for_users(file: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, ValueError) as error:
        raise _unusable(file, str(error)) from error


def _unusable(file: Path, detail: str) -> ConversationsUnusable:
    return ConversationsUnusable(file, detail, "Move the file away: they then begin anew.")


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    """Make the tables in a new file, bring an earlier version's up to date; refuse another program's, or a later version's."""
    connection.execute("PRAGMA foreign_keys = ON")
    # What a user deletes shall not lie readable in free pages.
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
            _run(connection, _SCHEMA)
            connection.execute(f"PRAGMA application_id = {application_ids.WEB_CONVERSATIONS}")
        elif _marks(connection) == (application_ids.WEB_CONVERSATIONS, 1):
            _run(connection, _FROM_1_TO_2)
        elif _marks(connection) != (application_ids.WEB_CONVERSATIONS, _VERSION):
            raise _unusable(file, "it was not written by this version of qa")
        connection.execute(f"PRAGMA user_version = {_VERSION}")


def _run(connection: sqlite3.Connection, statements: str) -> None:
    # One by one: executescript would end the transaction.
    for statement in statements.split(";"):
        connection.execute(statement)


def _marks(connection: sqlite3.Connection) -> tuple[int, int]:
    application, version = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    return int(application), int(version)
