"""What is said of a PostgreSQL that cannot be used, and what becomes of one that was away."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qa.errors import QaError, UsageError
from qa.web.conversation_database import ConversationsAway, ConversationsUnusable
from qa.web.conversation_store import ConversationStore, ConversationUnknown
from qa.web.conversations_place import PostgresAddress, conversations_place, open_database
from tests.conftest import free_port
from tests.web.postgres_server import PASSWORD, PostgresServer


def store_at(url: str) -> ConversationStore:
    return ConversationStore(open_database(conversations_place(url)))


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    return postgres.emptied()


@pytest.fixture
def store(postgres: PostgresServer, database: str) -> Iterator[ConversationStore]:
    store = store_at(postgres.url(database))
    yield store
    store.close()


def refused(url: str) -> str:
    """What is said of it, which is one line and holds no password."""
    with pytest.raises(ConversationsUnusable) as caught:
        store_at(url).check()
    assert not isinstance(caught.value, ConversationsAway)
    said = str(caught.value)
    assert "\n" not in said
    for secret in (PASSWORD, "s3cret", "wr0ng"):
        assert secret not in said
    return said


def test_what_is_wrong_is_said_in_one_line(postgres: PostgresServer, database: str) -> None:
    shown = f"postgresql://127.0.0.1:{postgres.port}/{database}"
    assert f'{shown} cannot be used (password authentication failed for user "qa")' in refused(
        postgres.url(database, password="wr0ng")
    )
    assert 'database "nowhere" does not exist' in refused(postgres.url("nowhere"))
    assert "SSL" in refused(postgres.url(database) + "?sslmode=require")
    latin = postgres.database("OWNER qa ENCODING 'LATIN1' TEMPLATE template0")
    assert "not in UTF-8" in refused(postgres.url(latin))


def test_who_may_make_no_tables_is_told_who_may(postgres: PostgresServer) -> None:
    database = postgres.database("")
    said = refused(postgres.url(database))
    assert "permission denied" in said
    command = said.partition("run: ")[2]
    assert command == 'CREATE SCHEMA qa AUTHORIZATION "qa"'
    postgres.run(command, database)
    store_at(postgres.url(database)).check()


def test_another_program_s_tables_and_a_later_version_s_are_left_alone(postgres: PostgresServer, database: str) -> None:
    postgres.run("CREATE SCHEMA qa AUTHORIZATION qa; CREATE TABLE qa.conversations (theirs text)", database)
    assert "another program's" in refused(postgres.url(database))
    later = postgres.database()
    store_at(postgres.url(later)).begin("alice", ["notes"])
    postgres.run("UPDATE qa.conversations_version SET version = 2", later)
    assert "another version's of qa" in refused(postgres.url(later))
    assert postgres.run("SELECT count(*) FROM qa.conversations", later) == [(1,)]


def test_several_servers_may_start_at_the_same_time(postgres: PostgresServer, database: str) -> None:
    starting = threading.Barrier(6)

    def begin(number: int) -> None:
        store = store_at(postgres.url(database))
        starting.wait(30)
        store.begin("alice", [str(number)])
        store.close()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(begin, range(6)))
    assert postgres.run("SELECT version FROM qa.conversations_version", database) == [(1,)]
    assert postgres.run("SELECT count(*) FROM qa.conversations", database) == [(6,)]


def test_tables_lie_where_the_search_path_of_the_user_does_not_lead(postgres: PostgresServer, database: str) -> None:
    postgres.run("CREATE SCHEMA trap AUTHORIZATION qa; CREATE TABLE trap.conversations (a text)", database)
    store = store_at(postgres.url(database) + "?options=-csearch_path%3Dtrap")
    begun = store.begin("alice", ["notes"])
    assert store.get("alice", begun.id) == begun
    store.close()


def test_it_is_used_again_after_it_was_killed(postgres: PostgresServer, store: ConversationStore) -> None:
    kept = store.begin("alice", ["notes"], "Kept")
    postgres.kill()
    try:
        with pytest.raises(ConversationsAway, match=rf"127\.0\.0\.1:{postgres.port}.*refused"):
            store.begin("alice", ["notes"])
    finally:
        postgres.start()
    store_waits_no_longer(store)
    assert store.get("alice", kept.id) == kept
    # Connections that were idle meanwhile are replaced without anybody noticing.
    postgres.kill()
    postgres.start()
    assert store.get("alice", kept.id) == kept
    postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'qa'")
    assert store.get("alice", kept.id) == kept


def store_waits_no_longer(store: ConversationStore) -> None:
    """It was told a moment ago that there is no server, and does not ask again for one second."""
    while True:
        try:
            store.check()
        except ConversationsAway:
            time.sleep(0.02)
        else:
            return


def test_what_is_not_there_costs_no_connection(postgres: PostgresServer, database: str) -> None:
    kept_in = open_database(conversations_place(postgres.url(database)))
    store = ConversationStore(kept_in)

    def backend() -> int:
        with kept_in.transaction() as transaction:
            return int(transaction.execute("SELECT pg_backend_pid()").fetchone()[0])

    before = backend()
    with pytest.raises(ConversationUnknown):
        store.get("alice", "nothing")
    assert backend() == before
    store.close()


def test_tables_that_were_dropped_are_made_again(
    postgres: PostgresServer, store: ConversationStore, database: str
) -> None:
    store.begin("alice", ["notes"])
    postgres.run("DROP SCHEMA qa CASCADE", database)
    with pytest.raises(ConversationsUnusable):
        store.begin("alice", ["notes"])
    assert store.begin("alice", ["notes"])


@pytest.mark.parametrize(
    "given",
    [
        "postgresql://qa:pa/ss@db.example.org/qa",
        "postgresql://qa:12/ss@db.example.org/qa",
        "postgresql://qa:p@ss@db.example.org/qa",
        "postgresql://qa:pa?ss@db.example.org/qa",
        "postgresql://qa:pa#ss@db.example.org/qa",
        "postgresql:/qa:ss@db.example.org/qa",
        "postgresql+psycopg://qa:ss@db.example.org/qa",
        "mysql://qa:ss@db.example.org/qa",
        "sqlite:qa.sqlite",
        "postgres:ss",
    ],
)
def test_what_may_be_no_address_is_not_shown(given: str) -> None:
    with pytest.raises(UsageError, match="no address of a database") as caught:
        conversations_place(given)
    assert "ss@" not in str(caught.value)
    assert "example" not in str(caught.value)


def test_an_address_is_shown_without_its_user_and_password() -> None:
    for given, shown in {
        "postgresql://qa:s%40cret@db.example.org:5433/qa?sslmode=verify-full": "postgresql://db.example.org:5433/qa",
        "postgres://qa@[::1]/qa": "postgresql://[::1]/qa",
        "postgresql://qa@one:5432,two:5432/qa?target_session_attrs=read-write": "postgresql://one:5432,two:5432/qa",
        "postgresql:///qa?host=/run/postgresql&password=s3cret": "postgresql:///qa",
    }.items():
        place = conversations_place(given)
        assert isinstance(place, PostgresAddress)
        assert (place.url, str(place)) == (given, shown)
        assert "cret" not in repr(place)


def test_a_file_may_be_named_by_its_path_or_by_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert conversations_place("sqlite:///srv/my%20qa.sqlite") == Path("/srv/my qa.sqlite")
    assert conversations_place("sqlite:////srv/qa.sqlite") == Path("/srv/qa.sqlite")
    assert conversations_place("/srv/qa.sqlite") == Path("/srv/qa.sqlite")
    assert conversations_place("~/qa.sqlite") == tmp_path / "qa.sqlite"
    assert conversations_place("qa.sqlite") == Path("qa.sqlite").absolute()
    for wrong in ("sqlite://qa.sqlite", "sqlite://", "sqlite:///", "sqlite:///srv/qa.sqlite?mode=ro"):
        with pytest.raises(UsageError, match="names no file"):
            conversations_place(wrong)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(QaError, match=r"pip install 'qa\[postgres\]'"):
        store_at("postgresql://qa@127.0.0.1/qa")


def test_libpq_s_own_words_for_a_wrong_address_are_not_shown() -> None:
    pytest.importorskip("psycopg", reason="the extra qa[postgres] is not installed")
    with pytest.raises(UsageError) as caught:
        store_at("postgresql://qa:s3cret@db.example.org/qa?s3cret=1")
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_host_that_is_not_there_is_away() -> None:
    pytest.importorskip("psycopg", reason="the extra qa[postgres] is not installed")
    with pytest.raises(ConversationsAway):
        store_at(f"postgresql://qa:s3cret@127.0.0.1:{free_port()}/qa").check()
