"""The SQLite file: its schema, how it is opened, and what its errors mean to a user.

The rollback journal (not WAL) keeps an index one file that can be committed, copied and read from a read-only folder. All
changes are made in one short transaction after everything was encoded.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qa.errors import IndexBusy, IndexDamaged, IndexForeign, IndexMissing, IndexNotWritable, IndexOfOtherProgram

FILE_NAME = "index.sqlite"
SCHEMA_VERSION = 1
_APPLICATION_ID = 0x71614958
_WAIT_SECONDS = 10.0

_SCHEMA = """
CREATE TABLE manifest (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    text BLOB NOT NULL              -- zlib over UTF-8
);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES documents(id),
    start INTEGER NOT NULL,         -- characters of the document
    "end" INTEGER NOT NULL,
    line INTEGER NOT NULL,
    page INTEGER,
    heading TEXT,
    text TEXT NOT NULL
);
CREATE INDEX passages_of_document ON passages(document);
CREATE TABLE vectors (passage INTEGER PRIMARY KEY REFERENCES passages(id), vector BLOB NOT NULL);  -- float16
CREATE VIRTUAL TABLE words USING fts5(
    heading, text, content = 'passages', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);
"""


def create(path: Path) -> sqlite3.Connection:
    """A new, empty database at `path`, which must not exist."""
    connection = _connect(path, "rwc")
    try:
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.executescript(_SCHEMA)
    except BaseException:
        connection.close()
        path.unlink(missing_ok=True)
        raise
    return connection


def open_existing(folder: Path) -> sqlite3.Connection:
    """The database of the index at `folder`, for reading or writing.

    Raises IndexMissing, IndexOfOtherProgram, IndexForeign (another version's), IndexDamaged.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise IndexMissing(folder)
    with errors_for_users(folder):
        # A reader must be able to roll back the journal of a writer that was killed, so it asks for write access too.
        connection = _connect(path, "rw" if _writable(path) else "ro")
        try:
            _check(connection, folder)
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def errors_for_users(folder: Path) -> Iterator[None]:
    """Turns what SQLite and the file system raise into the named errors of qa.errors."""
    try:
        yield
    except sqlite3.OperationalError as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise IndexBusy(folder) from error
        if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_PERM")):
            raise IndexNotWritable(folder, str(error)) from error
        raise IndexDamaged(folder, str(error)) from error
    except (sqlite3.DatabaseError, UnicodeDecodeError, zlib.error) as error:
        raise IndexDamaged(folder, str(error)) from error
    except OSError as error:
        raise IndexNotWritable(folder, error.strerror or str(error)) from error


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=_WAIT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _check(connection: sqlite3.Connection, folder: Path) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != _APPLICATION_ID:
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
            raise IndexDamaged(folder, "its database is empty")
        raise IndexOfOtherProgram(folder)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != SCHEMA_VERSION:
        raise IndexForeign(folder, f"schema {version}, this qa reads {SCHEMA_VERSION}")


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
