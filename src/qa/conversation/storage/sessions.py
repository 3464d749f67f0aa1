"""Conversations that outlive a process: the turns of `qa ask --session`, in one SQLite file of the user's data directory.

A session is named by any text, and belongs to one corpus. Names are values in the database, never part of a path or of a
statement. Two processes may add to one session at once: a turn is one transaction, and turns are in the order of commits.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from qa import application_ids
from qa.conversation.turns import Turn
from qa.corpus_place import CorpusPlace
from qa.errors import SessionsUnusable, UsageError
from qa.locations import user_data
from qa.private import make_private_file, make_private_folder

FILE_NAME = "sessions.sqlite"
LONGEST_NAME = 200
_VERSION = 1
_WAIT_SECONDS = 10.0
_MOST_TURNS = 100
"""Older turns stay in the file; nobody refers to them any more."""

_SCHEMA = (
    "CREATE TABLE turns (id INTEGER PRIMARY KEY, corpus TEXT NOT NULL, session TEXT NOT NULL, turn TEXT NOT NULL)",
    "CREATE INDEX turns_of_session ON turns (corpus, session)",
)
"""`turn` is JSON, see qa.conversation.turns."""


class Session:
    """The turns of one conversation, on disk. Every call opens the file anew, so any thread may use it."""

    def __init__(self, name: str, corpus: CorpusPlace, file: Path | None = None) -> None:
        """`file` is made when the first turn is added. Raises UsageError for a name that is empty or too long."""
        if not name.strip():
            raise UsageError("The session's name is empty.", "For example: --session kant")
        if len(name) > LONGEST_NAME:
            raise UsageError(
                f"The session's name has {len(name):,} characters.", f"Give one of at most {LONGEST_NAME}."
            )
        self._file = user_data() / FILE_NAME if file is None else file
        self._key = (_storable(str(corpus)), _storable(name.strip()))

    def turns(self) -> tuple[Turn, ...]:
        """Oldest first. Raises SessionsUnusable."""
        if not self._file.exists():
            return ()
        with self._connected() as connection:
            rows = connection.execute(
                "SELECT turn FROM turns WHERE corpus = ? AND session = ? ORDER BY id DESC LIMIT ?",
                (*self._key, _MOST_TURNS),
            ).fetchall()
        try:
            return tuple(Turn.from_dict(json.loads(row[0])) for row in reversed(rows))
        except ValueError as error:
            raise SessionsUnusable(self._file, str(error)) from error

    def add(self, turn: Turn) -> None:
        """Append a turn. Raises SessionsUnusable."""
        with self._connected() as connection, connection:
            connection.execute(
                "INSERT INTO turns (corpus, session, turn) VALUES (?, ?, ?)", (*self._key, json.dumps(turn.as_dict()))
            )

    def forget(self) -> None:
        """Remove the turns. Raises SessionsUnusable."""
        if not self._file.exists():
            return
        with self._connected() as connection, connection:
            connection.execute("DELETE FROM turns WHERE corpus = ? AND session = ?", self._key)

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            make_private_folder(self._file.parent)
            make_private_file(self._file)
            with closing(sqlite3.connect(self._file, timeout=_WAIT_SECONDS)) as connection:
                _prepare(connection, self._file)
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise SessionsUnusable(self._file, str(error)) from error


def session_names(corpus: CorpusPlace, file: Path | None = None) -> tuple[str, ...]:
    """The names of the sessions about `corpus`, the one that was used last first; the file is only read.

    None where there is no such file, or none that can be read: this is for suggestions.
    """
    file = user_data() / FILE_NAME if file is None else file
    newest_first = "SELECT session FROM turns WHERE corpus = ? GROUP BY session ORDER BY max(id) DESC"
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute(newest_first, (_storable(str(corpus)),)).fetchall()
    except (sqlite3.Error, ValueError):
        return ()
    return tuple(row[0] for row in rows)


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    """Make the tables in a new file; refuse another program's, or a later version's."""
    if _marks(connection) == (application_ids.SESSIONS, _VERSION):
        return
    # Two processes may find the file new at once: the second one waits here and finds it made.
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        if _marks(connection) == (application_ids.SESSIONS, _VERSION):
            return
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
            raise SessionsUnusable(file, "it was not written by this version of qa")
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {application_ids.SESSIONS}")
        connection.execute(f"PRAGMA user_version = {_VERSION}")


def _marks(connection: sqlite3.Connection) -> tuple[int, int]:
    names = ("application_id", "user_version")
    application, version = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in names)
    return application, version


def _storable(text: str) -> str:
    """Bytes that are no UTF-8 come as lone surrogates, which SQLite cannot hold."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
