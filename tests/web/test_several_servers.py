"""Several `qa serve` over one database of conversations: any of them serves any turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from typing import Any

import pytest

from tests.web.conftest import RENT, VAULT, Home
from tests.web.postgres_server import PASSWORD, PostgresServer
from tests.web.serving import ServedQa

MANAGER = ("Who is the manager of the Alpha project?", "Ines Okafor")
FOLLOW_UP = ("And what is the password of its vault?", "kumquat")
TALK: tuple[dict[str, Any], ...] = (
    {"question": RENT[0]},
    {"question": MANAGER[0], "path": ["alpha.md"]},
    {"question": FOLLOW_UP[0]},
    {"question": "Are you sure?"},
    {"question": "Show me more"},
    {"question": "Show me more"},
    {"question": MANAGER[0], "path": ["alpha.md"]},
    {"question": "Show me more"},
)

Servers = tuple[ServedQa, ServedQa]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        return f"sqlite://{tmp_path_factory.mktemp('shared') / 'conversations.sqlite'}"
    postgres = request.getfixturevalue("postgres")
    return str(postgres.url(postgres.database()))


@pytest.fixture(scope="module")
def servers(home: Home, address: str) -> Iterator[Servers]:
    with ExitStack() as stack:
        first, second = (stack.enter_context(home.serving("--conversations", address)) for _ in range(2))
        first.until_ready()
        second.until_ready()
        yield first, second


def begun(served: ServedQa) -> str:
    return str(served.post("/v1/conversations", {}).headers["location"])


def talked(servers: Sequence[ServedQa]) -> list[dict[str, Any]]:
    """What is answered in a conversation, in which the servers take turns."""
    place = begun(servers[0])
    answers = [served.post(f"{place}/turns", body).json() for served, body in zip(cycle(servers), TALK, strict=False)]
    kept = servers[-1].get(place).json()["exchanges"]
    assert [one["question"] for one in kept] == [body["question"] for body in TALK]
    return [{key: one[key] for key in ("standalone_question", "answer", "passages")} for one in answers]


def test_a_conversation_is_the_same_whichever_servers_it_goes_through(servers: Servers) -> None:
    first, second = servers
    through_both = talked(servers)
    assert [one["answer"] for one in through_both[:4]] == [RENT[1], MANAGER[1], FOLLOW_UP[1], FOLLOW_UP[1]]
    assert "Alpha" in through_both[2]["standalone_question"]
    more, even_more = through_both[4]["passages"], through_both[5]["passages"]
    assert more
    assert more != even_more
    # What is chosen holds for what is shown of it, too: that document has no other passage.
    assert through_both[7]["passages"] == []
    assert through_both == talked((first,)) == talked((second, first))


def test_questions_of_one_conversation_at_the_same_time_are_all_kept(servers: Servers) -> None:
    place, asked = begun(servers[0]), (RENT, VAULT, MANAGER, RENT)
    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(
            lambda one: one[0].post(f"{place}/turns", {"question": one[1][0]}).json()["answer"],
            zip(cycle(servers), asked, strict=False),
        )
        assert list(answers) == [answer for _, answer in asked]
    kept = servers[1].get(place).json()["exchanges"]
    assert sorted(one["question"] for one in kept) == sorted(question for question, _ in asked)


@pytest.mark.parametrize("address", ["postgres"], indirect=True)
def test_without_the_database_there_are_answers_but_no_conversations_until_it_is_back(
    servers: Servers, postgres: PostgresServer
) -> None:
    place = begun(servers[0])
    servers[0].post(f"{place}/turns", {"question": RENT[0]})
    postgres.kill()
    try:
        for served in servers:
            for refused in (
                served.post(f"{place}/turns", {"question": "Are you sure?"}),
                served.post("/v1/conversations", {}),
                served.get("/v1/conversations"),
                served.get(place),
            ):
                assert (refused.status_code, refused.json()["code"]) == (503, "conversations-unavailable")
                assert refused.headers["content-type"] == "application/problem+json"
                assert int(refused.headers["retry-after"]) > 0
            ready = served.get("/readyz")
            assert (ready.status_code, ready.json()) == (200, {"status": "ready", "conversations": "away"})
            assert served.ask(VAULT[0])["answer"] == VAULT[1]
            assert "cannot be used (connection refused)" in served.said().lower()
    finally:
        postgres.start()
    for served in servers:
        served.until(lambda served=served: served.get("/readyz").json()["conversations"] == "ready")
        assert served.post(f"{place}/turns", {"question": "Are you sure?"}).json()["answer"] == RENT[1]
        assert PASSWORD not in served.said()


@pytest.mark.parametrize("address", ["postgres"], indirect=True)
def test_a_server_waits_for_a_database_that_is_away_but_not_for_one_that_refuses_it(
    home: Home, postgres: PostgresServer, address: str
) -> None:
    refused = home.qa("serve", "--conversations", address.replace("s3cret", "wr0ng"))
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (3, "", 1)
    assert 'password authentication failed for user "qa"' in refused.stderr
    assert "wr0ng" not in refused.stderr
    postgres.kill()
    try:
        with home.serving("--conversations", address) as served:
            served.until_said("cannot be used")
            assert served.post("/v1/conversations", {}).status_code == 503
            postgres.start()
            served.until(lambda: served.post("/v1/conversations", {}).status_code == 201)
    finally:
        if postgres.process is None:
            postgres.start()
