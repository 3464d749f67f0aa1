"""The SQLite file: its schema, how it is opened, and what its errors mean to a user.

The file in place is never written: a change is made in a copy beside it that is renamed into its place
(qa.index.writing.writer). So one file is one state. Readers take no locks, never wait, need no write access, and there is no
journal to lose.

apsw and not the standard library's sqlite3: it brings its own current SQLite, so FTS5 is there whatever the system has, and
with it the extension that checks every page that is read (qa.index.sqlite.checksums).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import apsw

from qa import application_ids
from qa.errors import (
    IndexBusy,
    IndexDamaged,
    IndexForeign,
    IndexMissing,
    IndexNotWritable,
    IndexOfOtherProgram,
    IndexOutdated,
)
from qa.index.sqlite.checksums import RESERVED_BYTES, checking_vfs
from qa.private import make_private_file
from qa.text.stems import TOKENIZER

FILE_NAME = "index.sqlite"
SCHEMA_VERSION = 2
PAGE_BYTES = 4096
_CACHE = 64 << 10
"""KiB of pages that a writer holds."""
_CHANGED = "a page of its database is not as it was written"

_SCHEMA = """
CREATE TABLE manifest (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL,           -- of the file
    passages INTEGER NOT NULL,      -- how many were made of it
    marks TEXT NOT NULL,            -- JSON: [start, heading, page]
    digest BLOB NOT NULL,           -- over path, sha256, marks and text
    text BLOB NOT NULL              -- zlib over UTF-8
) STRICT;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES documents(id),
    start INTEGER NOT NULL,         -- characters of the document
    "end" INTEGER NOT NULL,
    line INTEGER NOT NULL,
    page INTEGER,
    heading TEXT,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX passages_of_document ON passages(document);
CREATE TABLE vectors (
    passage INTEGER PRIMARY KEY REFERENCES passages(id),
    key BLOB NOT NULL,              -- digest of what was encoded
    digest BLOB NOT NULL,           -- over key and vector
    vector BLOB NOT NULL            -- float16
) STRICT;
CREATE INDEX vectors_of_text ON vectors(key);
CREATE VIRTUAL TABLE words USING fts5(
    heading, text, content = 'passages', content_rowid = 'id', tokenize = '{tokenizer}'
);
"""


def create(path: Path) -> apsw.Connection:
    """A new, empty database at `path`, which must not exist."""
    make_private_file(path)
    connection = _connect(path, apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.reserve_bytes("main", RESERVED_BYTES)
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        _make_writing_quick(connection)
        connection.execute(f"PRAGMA application_id = {application_ids.INDEX}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute(_SCHEMA.replace("{tokenizer}", " ".join(TOKENIZER)))
    except BaseException:
        connection.close()
        path.unlink(missing_ok=True)
        raise
    return connection


def open_to_change(path: Path) -> apsw.Connection:
    """A copy of a database, to be written. Whoever fails throws the copy away: there is no journal to go back with."""
    connection = _connect(path, apsw.SQLITE_OPEN_READWRITE)
    _make_writing_quick(connection)
    return connection


def open_existing(folder: Path) -> apsw.Connection:
    """The database of the index at `folder`, for reading.

    Raises IndexMissing, IndexOfOtherProgram, IndexForeign (another version's; IndexOutdated an earlier one's), IndexDamaged.
    """
    path = folder / FILE_NAME
    while True:
        if not path.is_file():
            raise IndexMissing(folder)
        with errors_for_users(folder):
            before = identity(folder)
            connection = _connect(path, apsw.SQLITE_OPEN_READONLY)
            try:
                if identity(folder) == before:
                    _check(connection, folder, before.size)
                    return connection
            except BaseException:
                connection.close()
                raise
        # Replaced in between: what was asked about the one says nothing of the other.
        connection.close()


class Identity(NamedTuple):
    """Tells one state of the file from the next, and from one that was changed in its place by something else."""

    inode: int = 0
    mtime_ns: int = 0
    size: int = 0


def identity(folder: Path) -> Identity:
    """What tells the database in place now from others; all zeros where there is none."""
    try:
        found = (folder / FILE_NAME).stat()
    except OSError:
        return Identity()
    return Identity(found.st_ino, found.st_mtime_ns, found.st_size)


@contextmanager
def errors_for_users(folder: Path) -> Iterator[None]:
    """Turns what SQLite and the file system raise into the named errors of qa.errors."""
    try:
        yield
    except (apsw.BusyError, apsw.LockedError) as error:
        raise IndexBusy(folder) from error
    except apsw.IOError as error:
        if getattr(error, "extendedresult", None) in _DAMAGE:
            raise IndexDamaged(folder, _CHANGED) from error
        raise IndexNotWritable(folder, str(error)) from error
    except (apsw.ReadOnlyError, apsw.CantOpenError, apsw.FullError, apsw.PermissionsError) as error:
        raise IndexNotWritable(folder, str(error)) from error
    except (apsw.Error, UnicodeDecodeError, zlib.error) as error:
        raise IndexDamaged(folder, str(error)) from error
    except OSError as error:
        raise IndexNotWritable(folder, (error.strerror or str(error)).lower()) from error


_DAMAGE = {apsw.SQLITE_IOERR_DATA, apsw.SQLITE_IOERR_SHORT_READ, apsw.SQLITE_IOERR_READ, apsw.SQLITE_IOERR_CORRUPTFS}


def _connect(path: Path, flags: int) -> apsw.Connection:
    # Immutable: SQLite then neither locks nor looks for a journal, which is right for a file that is only ever replaced.
    immutable = "?immutable=1" if flags & apsw.SQLITE_OPEN_READONLY else ""
    uri = path.absolute().as_uri() + immutable
    return apsw.Connection(uri, flags=flags | apsw.SQLITE_OPEN_URI, vfs=checking_vfs())


def _make_writing_quick(connection: apsw.Connection) -> None:
    """Nobody else sees the file before it is complete and synced as a whole."""
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", f"cache_size = -{_CACHE}"):
        connection.execute(f"PRAGMA {pragma}")


def open_to_go_on(path: Path) -> apsw.Connection:
    """A copy that another process began to change, at its last whole state."""
    connection = _connect(path, apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        make_durable(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def make_durable(connection: apsw.Connection) -> None:
    """Make each transaction from now on durable: whole or not there, whatever happens to the process or the machine."""
    for pragma in ("journal_mode = DELETE", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _check(connection: apsw.Connection, folder: Path, size: int) -> None:
    application = connection.execute("PRAGMA application_id").get
    if application != application_ids.INDEX:
        if connection.execute("SELECT count(*) FROM sqlite_master").get == 0:
            raise IndexDamaged(folder, "its database is empty")
        raise IndexOfOtherProgram(folder)
    version = connection.execute("PRAGMA user_version").get
    if version != SCHEMA_VERSION:
        error = IndexOutdated if version < SCHEMA_VERSION else IndexForeign
        raise error(folder, f"schema {version}, this qa reads {SCHEMA_VERSION}")
    if connection.reserve_bytes("main") != RESERVED_BYTES:
        raise IndexDamaged(folder, "its pages carry no checksums")
    if connection.execute("PRAGMA page_count").get * PAGE_BYTES != size:
        # SQLite reads what lacks of a last page as zeros, and these are not compared.
        raise IndexDamaged(folder, "its database is cut short")
