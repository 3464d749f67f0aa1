"""Where conversations are kept: a file, or a database that an address names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import url2pathname

from qa.errors import UsageError
from qa.locations import expanded, web_conversations
from qa.web.conversation_database import ConversationDatabase

_ADDRESSES = "a file, sqlite:///PATH or postgresql://USER@HOST:PORT/NAME"
_SQLITE = "sqlite://"
# Of libpq's connection URIs those that can be read in one way only: a password with @ or / in it could be taken for a host.
_POSTGRES = re.compile(
    r"postgres(?:ql)?://(?:[^\s/@?#]*@)?(?P<hosts>[\w.,:%\[\]-]*)(?P<database>/[^\s/@?#]*)?(?:\?[^\s@#]*)?"
)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|(?:sqlite|postgres)[a-z0-9+]*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """A database. `url` may hold a password: as text it is `shown`, which does not."""

    url: str = field(repr=False)
    shown: str

    def __str__(self) -> str:
        return self.shown


ConversationsPlace = Path | PostgresAddress


def conversations_place(given: str) -> ConversationsPlace:
    """The place that a user names. Raises UsageError."""
    if match := _POSTGRES.fullmatch(given):
        return PostgresAddress(given, f"postgresql://{match['hosts']}{match['database'] or ''}")
    if given.startswith(_SQLITE):
        return _file(given.removeprefix(_SQLITE))
    if _ADDRESS.match(given):
        raise not_an_address()
    return expanded(Path(given))


def not_an_address() -> UsageError:
    """What was given is not shown: it may hold a password."""
    return UsageError(
        "What is given for conversations (--conversations, QA_CONVERSATIONS) is no address of a database.",
        f"Name {_ADDRESSES}; in a user or a password @ is written %40, / %2F, : %3A, ? %3F, # %23 and % %25.",
    )


def open_database(place: ConversationsPlace | None) -> ConversationDatabase:
    """The database at `place`, else a file of the user's data directory.

    One that does not answer now is asked again when it is used. Raises ConversationsUnusable and, where qa[postgres] is
    needed and not installed, UsageError.
    """
    if isinstance(place, PostgresAddress):
        from qa.web.postgres_conversations import PostgresConversations

        return PostgresConversations.open(place)
    from qa.web.sqlite_conversations import SqliteConversations

    return SqliteConversations.open(place or web_conversations())


def _file(path: str) -> Path:
    """Raises UsageError where it does not begin at the root."""
    if not path.startswith("/") or path.strip("/") == "" or "?" in path or "#" in path:
        raise UsageError(
            f"sqlite://{path} names no file.", "After sqlite:// the whole path follows: sqlite:///srv/qa.sqlite"
        )
    return Path(url2pathname("/" + path.lstrip("/")))
