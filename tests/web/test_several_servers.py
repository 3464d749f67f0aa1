"""Several `qa serve` over one database of conversations: any of them serves any turn."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from typing import Any

import pytest

from tests.web.conftest import RENT, VAULT, Home
from tests.web.postgres_server import PASSWORD, PostgresServer
from tests.web.serving import ServedQa

MANAGER = ("Who is the manager of the Alpha project?", "Ines Okafor")
LANDLORD = ("Who is our landlord?", "Mr Petrov")
TALK: tuple[dict[str, Any], ...] = (
    {"question": MANAGER[0], "path": ["alpha.md"]},
    {"question": "Show me more"},
    {"question": LANDLORD[0]},
    {"question": "And how much is his rent?"},
    {"question": "Are you sure?"},
    {"question": "Show me more"},
    {"question": "Show me more"},
)

Servers = tuple[ServedQa, ServedQa]


@pytest.fixture(scope="module")
def address(postgres: PostgresServer) -> str:
    return postgres.url(postgres.database())


@pytest.fixture(scope="module")
def servers(home: Home, address: str) -> Iterator[Servers]:
    with ExitStack() as stack:
        first, second = (stack.enter_context(home.serving("--conversations", address)) for _ in range(2))
        first.until_ready()
        second.until_ready()
        yield first, second


def begun(served: ServedQa) -> str:
    return str(served.post("/v1/conversations", {}).headers["location"])


def talked(servers: Servers) -> list[dict[str, Any]]:
    """What is answered in a conversation, in which the servers take turns."""
    place = begun(servers[0])
    answers = [served.post(f"{place}/turns", body).json() for served, body in zip(cycle(servers), TALK, strict=False)]
    kept = servers[-1].get(place).json()["exchanges"]
    assert [one["question"] for one in kept] == [body["question"] for body in TALK]
    return answers


def test_a_conversation_goes_on_at_whichever_server_is_asked(servers: Servers) -> None:
    manager, nothing_more, landlord, rent, sure, more, even_more = talked(servers)
    assert (manager["answer"], landlord["answer"]) == (MANAGER[1], LANDLORD[1])
    # What was chosen for a question holds for what is shown of it, too: that document has no other passage.
    assert nothing_more["passages"] == []
    # The second server was never told who the landlord is, nor the first one of the rent.
    assert (rent["answer"], "Petrov" in rent["standalone_question"]) == (RENT[1], True)
    assert sure["answer"] == RENT[1]
    shown = [one["start"] for one in more["passages"]]
    assert shown
    assert not set(shown) & {one["start"] for one in even_more["passages"]}


def test_questions_of_one_conversation_at_the_same_time_are_all_kept(servers: Servers) -> None:
    place, asked = begun(servers[0]), (RENT, VAULT, MANAGER)
    with ThreadPoolExecutor(3) as threads:
        answers = threads.map(
            lambda one: one[0].post(f"{place}/turns", {"question": one[1][0]}).json()["answer"],
            zip(cycle(servers), asked, strict=False),
        )
        assert list(answers) == [answer for _, answer in asked]
    kept = servers[1].get(place).json()["exchanges"]
    assert sorted(one["question"] for one in kept) == sorted(question for question, _ in asked)


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


def test_a_database_that_refuses_the_server_ends_it_with_one_line(home: Home, address: str) -> None:
    refused = home.qa("serve", "--conversations", address.replace("s3cret", "wr0ng"))
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (3, "", 1)
    assert 'password authentication failed for user "qa"' in refused.stderr
    assert "wr0ng" not in refused.stderr


@pytest.mark.slow
def test_a_server_that_starts_before_its_database_waits_for_it(
    home: Home, postgres: PostgresServer, address: str
) -> None:
    postgres.kill()
    try:
        with home.serving("--conversations", address) as served:
            assert "cannot be used (connection refused)" in served.said().lower()
            assert served.post("/v1/conversations", {}).status_code == 503
            postgres.start()
            served.until(lambda: served.post("/v1/conversations", {}).status_code == 201)
    finally:
        if postgres.process is None:
            postgres.start()
