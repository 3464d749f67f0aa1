"""What an index remembers beside its documents: which files were refused, and which the user chose.

Two small tables, made when there is first something to remember; an index without them remembers nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import apsw

from qa.documents import READING_VERSION, Choice
from qa.errors import UsageError

_TABLES = (
    "CREATE TABLE IF NOT EXISTS refused (path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,"
    " reason TEXT NOT NULL, version INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS choice (kind TEXT NOT NULL, pattern TEXT NOT NULL)",
)
_INCLUDE, _EXCLUDE = "include", "exclude"


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that could not be read, as it was then. `version` is of the way of reading; 0 for what may pass (a permission)."""

    size: int
    mtime_ns: int
    reason: str
    version: int = READING_VERSION

    @property
    def lasts(self) -> bool:
        """Whether trying again would give the same."""
        return self.version == READING_VERSION


@dataclass(frozen=True, slots=True)
class Memory:
    """By path, what was refused, and what was chosen."""

    refused: Mapping[str, Refused] = field(default_factory=dict)
    choice: Choice = field(default_factory=Choice)

    @classmethod
    def load(cls, connection: apsw.Connection) -> Memory:
        """What cannot be understood is forgotten: it only spares work."""
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"refused", "choice"} <= names:
            return cls()
        rows = connection.execute("SELECT path, size, mtime_ns, reason, version FROM refused")
        refused = {
            row[0]: Refused(*row[1:]) for row in rows if [type(value) for value in row] == [str, int, int, str, int]
        }
        patterns = [tuple(row) for row in connection.execute("SELECT kind, pattern FROM choice ORDER BY rowid")]
        try:
            return cls(refused, Choice(_of(patterns, _INCLUDE), _of(patterns, _EXCLUDE)))
        except UsageError:
            return cls(refused)

    def save(self, connection: apsw.Connection) -> None:
        """Inside the transaction of the caller."""
        for statement in _TABLES:
            connection.execute(statement)
        connection.execute("DELETE FROM refused")
        connection.execute("DELETE FROM choice")
        connection.executemany(
            "INSERT INTO refused(path, size, mtime_ns, reason, version) VALUES (?, ?, ?, ?, ?)",
            [(path, one.size, one.mtime_ns, one.reason, one.version) for path, one in self.refused.items()],
        )
        chosen = [(_INCLUDE, pattern) for pattern in self.choice.include]
        chosen += [(_EXCLUDE, pattern) for pattern in self.choice.exclude]
        connection.executemany("INSERT INTO choice(kind, pattern) VALUES (?, ?)", chosen)


def _of(patterns: list[tuple[object, ...]], wanted: str) -> tuple[str, ...]:
    return tuple(pattern for kind, pattern in patterns if kind == wanted and isinstance(pattern, str))
