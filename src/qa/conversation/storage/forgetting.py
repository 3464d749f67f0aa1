"""Takes the file of the chats, or that of the sessions, off the disk; and says first what is in it.

The rows are deleted before the file is: another process that has it open must not go on showing them, and SQLite's
secure_delete overwrites what they said.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from qa import application_ids
from qa.errors import FileForeign, FileInUse, FileNotRemovable

_WAIT_SECONDS = 2.0
_BESIDE = ("-journal", "-wal", "-shm")
"""What SQLite may leave beside a database when its process is killed."""


def rows(file: Path, statement: str) -> list[tuple[str | int, ...]]:
    """What `statement` gives over `file`, which is only read; [] where that cannot be."""
    with (
        suppress(sqlite3.Error, ValueError),
        closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=_WAIT_SECONDS)) as connection,
    ):
        return connection.execute(statement).fetchall()
    return []


def check_own(file: Path, own: int) -> None:
    """That qa made `file`, whose header must have the application id `own`. An empty one is the beginning of one of qa's.

    Raises FileForeign.
    """
    if file.is_symlink():
        raise FileForeign(file, "it is a link, which qa did not make")
    if application_ids.application_id(file) == own or (file.is_file() and file.stat().st_size == 0):
        return
    raise FileForeign(file, "it does not look like a file that qa wrote")


def files(file: Path) -> list[Path]:
    """`file` and what SQLite left beside it; what is a link is not among them."""
    found = (file, *(file.with_name(file.name + ending) for ending in _BESIDE))
    return [one for one in found if one.is_file() and not one.is_symlink()]


def forget(file: Path, own: int) -> int:
    """Remove `file` and how it was written; how many bytes were freed.

    Raises FileForeign, FileInUse where another process writes it for longer than two seconds, FileNotRemovable.
    """
    check_own(file, own)
    freed = sum(one.stat().st_size for one in files(file))
    try:
        _empty(file)
        for one in files(file):
            one.unlink(missing_ok=True)
    except OSError as error:
        raise FileNotRemovable(file, (error.strerror or str(error)).lower()) from error
    return freed


def _empty(file: Path) -> None:
    """Delete all rows, whatever version of qa made the tables; a damaged file is left to be removed as it is."""
    try:
        with closing(sqlite3.connect(file, timeout=_WAIT_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN EXCLUSIVE")
            tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            for (name,) in connection.execute(tables).fetchall():
                quoted = name.replace('"', '""')
                connection.execute(f'DELETE FROM "{quoted}"')  # noqa: S608 - a name of the file's own, quoted
            connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise FileInUse(file) from error
    except sqlite3.DatabaseError:
        return
