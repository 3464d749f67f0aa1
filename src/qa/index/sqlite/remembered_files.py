"""What an index remembers beside its documents: which files were refused or read in part, and which the user chose.

Small tables, made when there is first something to remember; an index without them remembers nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import apsw

from qa.documents import Choice
from qa.errors import UsageError
from qa.index.records import Memory, Refused

FIRST_READING = 1
"""What an index was read with that says nothing of it."""
_TABLES = (
    "CREATE TABLE IF NOT EXISTS refused (path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,"
    " reason TEXT NOT NULL, version INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS choice (kind TEXT NOT NULL, pattern TEXT NOT NULL)",
)
_INCLUDE, _EXCLUDE = "include", "exclude"
_READING = "reading"
"""The kind under which the version of reading is kept beside the choice."""
_REMARKS = "CREATE TABLE IF NOT EXISTS remarks (path TEXT NOT NULL, remark TEXT NOT NULL)"


def load_memory(connection: apsw.Connection) -> Memory:
    """Reads what is remembered; what cannot be understood is forgotten, for it only spares work."""
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"refused", "choice"} <= names:
        return Memory(reading=FIRST_READING)
    rows = connection.execute("SELECT path, size, mtime_ns, reason, version FROM refused")
    refused = {row[0]: Refused(*row[1:]) for row in rows if [type(value) for value in row] == [str, int, int, str, int]}
    patterns = [tuple(row) for row in connection.execute("SELECT kind, pattern FROM choice ORDER BY rowid")]
    try:
        choice = Choice(_of(patterns, _INCLUDE), _of(patterns, _EXCLUDE))
    except UsageError:
        choice = Choice()
    return Memory(refused, choice, _version(_of(patterns, _READING)))


def save_memory(memory: Memory, connection: apsw.Connection) -> None:
    """Writes what is to be remembered, in the caller's transaction."""
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute("DELETE FROM refused")
    connection.execute("DELETE FROM choice")
    connection.executemany(
        "INSERT INTO refused(path, size, mtime_ns, reason, version) VALUES (?, ?, ?, ?, ?)",
        [(path, one.size, one.mtime_ns, one.reason, one.version) for path, one in memory.refused.items()],
    )
    chosen = [(_INCLUDE, pattern) for pattern in memory.choice.include]
    chosen += [(_EXCLUDE, pattern) for pattern in memory.choice.exclude]
    chosen.append((_READING, str(memory.reading)))
    connection.executemany("INSERT INTO choice(kind, pattern) VALUES (?, ?)", chosen)


def note_remarks(connection: apsw.Connection, path: str, remarks: Iterable[str]) -> None:
    """Keep what is to be said of the document at `path` instead of what was said before, in the transaction of the caller."""
    connection.execute(_REMARKS)
    connection.execute("DELETE FROM remarks WHERE path = ?", (path,))
    connection.executemany("INSERT INTO remarks(path, remark) VALUES (?, ?)", [(path, remark) for remark in remarks])


def rename_remarks(connection: apsw.Connection, old: str, new: str) -> None:
    """What was said of the document at `old` is said of the one at `new`."""
    connection.execute(_REMARKS)
    connection.execute("DELETE FROM remarks WHERE path = ?", (new,))
    connection.execute("UPDATE remarks SET path = ? WHERE path = ?", (new, old))


def remarks(connection: apsw.Connection) -> list[tuple[str, str]]:
    """Paths of documents with what is to be said of them, by path. Documents that are gone are left out."""
    if not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'remarks'").get:
        return []
    rows = connection.execute(
        "SELECT path, remark FROM remarks WHERE path IN (SELECT path FROM documents) ORDER BY path"
    )
    return [(str(path), str(remark)) for path, remark in rows]


def _version(noted: tuple[str, ...]) -> int:
    return int(noted[0]) if noted and noted[0].isdecimal() else FIRST_READING


def _of(patterns: list[tuple[object, ...]], wanted: str) -> tuple[str, ...]:
    return tuple(pattern for kind, pattern in patterns if kind == wanted and isinstance(pattern, str))
