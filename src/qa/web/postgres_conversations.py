"""Conversations in PostgreSQL, for servers on as many machines as one likes. Needs the extra qa[postgres]."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from qa.errors import UsageError
from qa.text.escaping import escape_line
from qa.web.conversation_database import ConversationsAway, ConversationsUnusable, Transaction, Value
from qa.web.conversations_place import PostgresAddress, not_an_address

if TYPE_CHECKING:
    import psycopg

_VERSION = 1
_ENCODINGS = ("UTF8", "SQL_ASCII")
_DEFAULTS = {
    "application_name": "qa",
    "connect_timeout": "3",
    # Milliseconds for the other end to take what is sent: a machine that is gone says nothing.
    "tcp_user_timeout": "5000",
}
_GIVEN_UP = 1.0
"""Seconds in which a server that could not be reached is not tried again: nobody shall wait for it in vain."""
_MOST_SHOWN = 300
# Sent at once. Another qa that dies within a transaction holds nobody up for longer than this.
_BEGIN = """
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL search_path = qa, pg_temp;
SET LOCAL statement_timeout = '8s';
SET LOCAL idle_in_transaction_session_timeout = '8s'
"""
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7161574311)"
_WHAT_IS_THERE = """
SELECT to_regnamespace('qa') IS NOT NULL, to_regclass('qa.conversations_version') IS NOT NULL,
       to_regclass('qa.conversations') IS NOT NULL OR to_regclass('qa.exchanges') IS NOT NULL
"""
_TABLES = """
CREATE TABLE qa.conversations (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    title TEXT NOT NULL,
    collections TEXT NOT NULL,                  -- JSON
    created DOUBLE PRECISION NOT NULL,          -- seconds since 1970, UTC
    changed DOUBLE PRECISION NOT NULL,
    said BIGINT NOT NULL DEFAULT 0,             -- exchanges so far, also those that are gone
    going_on TEXT NOT NULL DEFAULT '{}'         -- JSON: what the next question goes on from, besides the turns
);
CREATE INDEX conversations_of_owner ON qa.conversations(owner, changed);
CREATE TABLE qa.exchanges (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES qa.conversations(id) ON DELETE CASCADE,
    asked DOUBLE PRECISION NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,                       -- JSON
    is_turn INTEGER NOT NULL                    -- whether later questions may be about it
);
CREATE INDEX exchanges_of_conversation ON qa.exchanges(conversation, id);
CREATE TABLE qa.conversations_version (version INTEGER NOT NULL)
"""
# What libpq, the system and a server that does not take connections just now say.
_UNREACHABLE = (
    "connection refused",
    "could not translate",
    "resolve host",
    "timeout",
    "timed out",
    "unreachable",
    "no route",
    "reset by peer",
    "closed the connection",
    "no such file",
    "starting up",
    "shutting down",
    "not accepting connections",
    "too many",
    "connection slots",
)


class PostgresConversations:
    """A schema named `qa`. Connections are kept open, one for each thread that is busy at a time; those that were lost while
    they were idle are replaced."""

    def __init__(self, address: PostgresAddress, options: dict[str, Any]) -> None:
        """Use `PostgresConversations.open`. `options` are those of libpq."""
        self._address = address
        self._options = options
        self._idle: list[psycopg.Connection[Any]] = []
        self._lost: tuple[float, ConversationsUnusable] | None = None

    @classmethod
    def open(cls, address: PostgresAddress) -> Self:
        """Connects when it is used. Raises UsageError where psycopg is not installed, or the address is none."""
        try:
            import psycopg
            from psycopg.conninfo import conninfo_to_dict
        except ImportError as error:
            raise UsageError(
                "Conversations in PostgreSQL need the extra qa[postgres].",
                "Install it with: pip install 'qa[postgres]'",
            ) from error
        try:
            given = conninfo_to_dict(address.url)
        except psycopg.Error:
            # Its words may hold a part of the password.
            raise not_an_address() from None
        return cls(address, {**_DEFAULTS, **given, "client_encoding": "UTF8"})

    @property
    def place(self) -> str:
        return str(self._address)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        connection = self._begun()
        try:
            with self._errors_for_users(connection):
                yield _Statements(connection)
                connection.execute("COMMIT")
        except BaseException:
            self._roll_back(connection)
            raise
        self._idle.append(connection)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _begun(self) -> psycopg.Connection[Any]:
        """A connection in a new transaction."""
        import psycopg

        try:
            connection = self._idle.pop()
        except IndexError:
            return self._connected()
        try:
            connection.execute(_BEGIN)
        except psycopg.Error:
            # It was lost while nobody used it, and so were the others: nothing was sent yet that could be lost with it.
            connection.close()
            self.close()
            return self._connected()
        return connection

    def _connected(self) -> psycopg.Connection[Any]:
        """A new connection, in a transaction, over tables that are there."""
        import psycopg

        lost = self._lost
        if lost is not None and time.monotonic() - lost[0] < _GIVEN_UP:
            raise lost[1]
        try:
            # What is prepared in a connection is not there in the next one that a pooler gives.
            connection = psycopg.connect(**self._options, autocommit=True, prepare_threshold=None)
        except psycopg.Error as error:
            unusable = self._not_connected(error)
            self._lost = (time.monotonic(), unusable)
            raise unusable from error
        try:
            with self._errors_for_users(connection):
                connection.execute(_BEGIN)
                self._prepare(connection)
                connection.execute("COMMIT")
                connection.execute(_BEGIN)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: psycopg.Connection[Any]) -> None:
        """Make the tables where there are none; refuse another program's, or a later version's."""
        if connection.info.parameter_status("server_encoding") not in _ENCODINGS:
            raise self._unusable(
                "it is not in UTF-8", "Make another one: createdb --encoding UTF8 --template template0 NAME"
            )
        connection.execute(_ONE_AT_A_TIME)
        has_schema, has_version, has_tables = connection.execute(_WHAT_IS_THERE).fetchone() or (False, False, False)
        if has_version:
            if connection.execute("SELECT version FROM qa.conversations_version").fetchall() != [(_VERSION,)]:
                raise self._unusable("they are another version's of qa", "Use that version, or name another database.")
        elif has_tables:
            raise self._unusable("its schema qa is another program's", "Name another database.")
        else:
            if not has_schema:
                connection.execute("CREATE SCHEMA qa")
            connection.execute(_TABLES)
            connection.execute("INSERT INTO qa.conversations_version VALUES (%s)", (_VERSION,))

    def _roll_back(self, connection: psycopg.Connection[Any]) -> None:
        """One that cannot be is closed: the server then takes back by itself what was not kept."""
        import psycopg

        try:
            connection.execute("ROLLBACK")
        except psycopg.Error:
            connection.close()
        else:
            self._idle.append(connection)

    @contextmanager
    def _errors_for_users(self, connection: psycopg.Connection[Any]) -> Iterator[None]:
        """A connection in which something went wrong is not used again: the next one finds another server, or makes what
        lacks."""
        import psycopg

        try:
            yield
        except psycopg.errors.InsufficientPrivilege as error:
            user = escape_line(connection.info.user)
            connection.close()
            raise self._unusable(
                _told(error), f'Let one who may make schemas there run: CREATE SCHEMA qa AUTHORIZATION "{user}"'
            ) from error
        except psycopg.OperationalError as error:
            connection.close()
            raise ConversationsAway(self.place, _told(error)) from error
        except (psycopg.Error, ValueError) as error:
            connection.close()
            raise self._unusable(_told(error), "See what the log of the database says.") from error

    def _not_connected(self, error: psycopg.Error) -> ConversationsUnusable:
        if any(words in str(error).lower() for words in _UNREACHABLE):
            return ConversationsAway(self.place, _told(error))
        return self._unusable(
            _told(error),
            "See that the user, the password (also PGPASSWORD, ~/.pgpass), the database and sslmode are right.",
        )

    def _unusable(self, detail: str, hint: str) -> ConversationsUnusable:
        return ConversationsUnusable(self.place, detail, hint)


class _Statements:
    """A transaction as qa.web.conversation_database has it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[Value] = (), /) -> psycopg.Cursor[Any]:
        return self._connection.execute(statement.replace("?", "%s"), values)


def _told(error: Exception) -> str:
    """What the server or libpq says, in one line. Neither repeats a password."""
    diagnosis = getattr(error, "diag", None)
    said = getattr(diagnosis, "message_primary", None) or str(error)
    first = said.partition("\nMultiple connection attempts")[0].rpartition(" failed: ")[2].strip().partition("\n")[0]
    return escape_line(first.removeprefix("FATAL:"))[:_MOST_SHOWN]
