"""What conversations are kept in: the contract of a database, and what goes wrong with one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from qa.errors import QaError

Value = str | int | float


class ConversationsUnusable(QaError):
    """`place` is a file, or the address of a database without its password. `detail` stands without it."""

    def __init__(self, place: Path | str, detail: str, hint: str) -> None:
        super().__init__(f"The conversations in {place} cannot be used ({detail}).", hint)


class ConversationsAway(ConversationsUnusable):
    """The database does not answer now, and may do so in a moment."""

    def __init__(self, place: Path | str, detail: str) -> None:
        super().__init__(
            place, detail, "See that the database runs and the address is right. Until then there are no conversations."
        )


class Rows(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""
        ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...


class Transaction(Protocol):
    """Statements that are kept together or not at all."""

    def execute(self, statement: str, values: Sequence[Value] = (), /) -> Rows:
        """Run one statement, which has `?` wherever one of `values` belongs."""
        ...


class ConversationDatabase(Protocol):
    """Two tables, `conversations` and `exchanges`, which go with their conversation; they are made when they are first used.

    SQLite and PostgreSQL are such databases. Statements are of the SQL that both speak. Safe to use from several threads and,
    over one place, from several processes. What a transaction has changed, no other one changes until it has ended, and the
    other one then sees it as it has become.
    """

    @property
    def place(self) -> str:
        """Where it is, for people: without a password."""
        ...

    def transaction(self) -> AbstractContextManager[Transaction]:
        """What was changed is kept when this ends, and nothing of it when it raises.

        Raises ConversationsAway, and ConversationsUnusable.
        """
        ...

    def close(self) -> None: ...
