"""Answers that a language model writes for callers of `qa serve`, by a real model server on loopback, well and badly."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import pytest
from pydantic import TypeAdapter

from qa.web import schemas
from tests.generation.llm_server import MODEL, Exchange, Gate, LlmServer, Reply, saying
from tests.generation.llm_server import serving as model_serving
from tests.web.conftest import RENT, VAULT, Home, made_home
from tests.web.serving import ServedQa
from tests.web.test_api import events
from tests.web.test_tokens import bearer

GOOD = "The rent is 900 euros a month. [1]"
LANDLORD = ("Who is our landlord?", "Our landlord is Mr Petrov. [1]")
KEY = "sk-0123456789abcdef"
PATIENCE = 120.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return made_home(tmp_path_factory.mktemp("writing"))


@pytest.fixture(scope="module")
def served(home: Home) -> Iterator[ServedQa]:
    """One worker: whoever holds it up holds up everybody."""
    with home.serving("--workers", "1") as served:
        served.until_ready()
        yield served


@contextmanager
def configured(home: Home, url: str, **more: object) -> Iterator[None]:
    """With this `[llm]` table in the configuration of the server."""
    file = home.folder / ".config" / "qa" / "config.toml"
    rows = {"url": url, **more}
    file.write_text("[llm]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in rows.items()))
    try:
        yield
    finally:
        file.unlink()


@contextmanager
def model(home: Home, reply: Reply, **more: object) -> Iterator[LlmServer]:
    with model_serving(reply) as server, configured(home, server.url, **more):
        yield server


def note_of(answer: dict[str, object]) -> str:
    """The one line that says why nothing is written; the answer is in the documents' own words."""
    assert TypeAdapter(schemas.Answer).validate_python(answer)
    assert (answer["kind"], answer["answer"]) == ("span", RENT[1])
    assert "extractive" not in answer
    writing = answer["writing"]
    assert isinstance(writing, dict)
    (note,) = writing["notes"]
    assert "\n" not in note
    return str(note)


def test_a_written_answer_is_the_object_of_qa_ask_write_json(served: ServedQa, home: Home) -> None:
    with model(home, saying(f"{GOOD} They live in Paris. [1]")) as server:
        answer = served.ask(RENT[0], collections=["notes"], write=True)
        expected = json.loads(home.qa("ask", "--json", "--write", "-c", "notes", RENT[0]).stdout)
        assert len(server.asked) == 2
    assert TypeAdapter(schemas.Answer).validate_python(answer)
    for one in (answer, expected):
        del one["timings_ms"], one["writing"]["first_ms"], one["writing"]["total_ms"]
    assert answer.pop("notes") == []
    assert answer == expected
    assert (answer["kind"], answer["extractive"]["answer"]) == ("written", RENT[1])
    (part,) = answer["parts"]
    assert part["citations"][0]["path"] == "notes/flat.md"
    assert 0.5 <= part["support"] <= 1
    assert (answer["writing"]["model"], [one["fault"] for one in answer["writing"]["left_out"]]) == (MODEL, ["name"])


def test_without_write_no_model_is_asked(served: ServedQa, home: Home) -> None:
    with model(home, saying(GOOD)) as server:
        for more in ({}, {"write": False}):
            assert {"writing", "extractive"}.isdisjoint(served.ask(RENT[0], **more))
        assert (server.asked, server.keys) == ([], [])


@pytest.mark.parametrize(
    "more", [{"confirmed": True}, {"yes": True}, {"url": "http://127.0.0.1:9/v1"}, {"key": "x"}, {"model": "x"}]
)
def test_a_client_can_neither_confirm_nor_choose(more: dict[str, object], served: ServedQa, home: Home) -> None:
    with model(home, saying(GOOD)) as server:
        response = served.post("/v1/ask", {"question": RENT[0], "write": True, **more})
        headers = {f"X-{name}": str(value) for name, value in more.items()}
        assert served.post("/v1/ask", {"question": RENT[0]}, headers=headers).status_code == 200
        assert server.asked == []
    assert (response.status_code, response.json()["code"]) == (422, "invalid")


def closes_amid(exchange: Exchange) -> None:
    exchange.begin()
    exchange.say("The rent is")


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (closes_amid, "closed the connection before it was done"),
        (lambda exchange: exchange.fail(401, f"Incorrect API key provided: {KEY}"), "does not accept the key"),
        (lambda exchange: exchange.fail(400, f"Nothing for Bearer {KEY}"), "refused this (400)"),
        (saying(f"The key of the server is {KEY}. [1]"), "The only sentence of the model was left out"),
        (saying("\ud800 \udc00 It is \ud83d"), "left out"),
    ],
)
def test_a_model_server_that_goes_wrong_costs_one_line(reply: Reply, said: str, served: ServedQa, home: Home) -> None:
    with model(home, reply, key=KEY) as server:
        response = served.post("/v1/ask", {"question": RENT[0], "write": True})
        assert set(server.keys) <= {f"Bearer {KEY}"}
    assert response.status_code == 200
    assert said in note_of(response.json())
    assert KEY not in response.text
    assert KEY not in served.said()


def test_a_slow_model_holds_up_nobody_else(served: ServedQa, home: Home) -> None:
    """With one worker."""
    gate = Gate(GOOD)
    with model(home, gate), ThreadPoolExecutor(1) as threads:
        written = threads.submit(served.ask, RENT[0], write=True)
        gate.wait_until_asked()
        assert served.ask(VAULT[0])["answer"] == VAULT[1]
        assert served.ask("Which item does line 7 of the list name?")["searched"] >= 0
        assert served.post("/v1/search", {"query": "rent"}).status_code == 200
        status = served.get("/v1/status").json()
        assert (status["running"], status["waiting"], status["writing"]) == (0, 0, 1)
        assert "qa_asks_writing 1.0" in served.get("/metrics").text
        assert not written.done()
        gate.open()
        assert written.result(PATIENCE)["kind"] == "written"
    assert served.get("/v1/status").json()["writing"] == 0


def test_two_clients_are_written_for_at_once_and_each_gets_its_own(served: ServedQa, home: Home) -> None:
    both = threading.Barrier(2)

    def reply(exchange: Exchange) -> None:
        both.wait(PATIENCE)
        saying(GOOD if exchange.prompt.endswith(RENT[0]) else LANDLORD[1])(exchange)

    with model(home, reply), ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(served.ask, question, write=True) for question in (RENT[0], LANDLORD[0])]
        answers = [one.result(PATIENCE) for one in asked]
    assert [one["answer"] for one in answers] == ["The rent is 900 euros a month.", "Our landlord is Mr Petrov."]


def test_the_model_is_a_stage_of_its_own(served: ServedQa, home: Home) -> None:
    with model(home, saying(GOOD)):
        seen = events(served.post("/v1/ask?stream=1", {"question": RENT[0], "path": ["flat.md"], "write": True}))
    stages = [values for name, values in seen if name == "stage"]
    assert [one["stage"] for one in stages] == ["wait", "retrieve", "read", "write"]
    assert stages[-1]["passages"] >= 1
    assert (seen[-1][0], seen[-1][1]["kind"]) == ("answer", "written")


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/ask?stream=1"])
def test_a_client_that_goes_away_ends_the_writing(path: str, served: ServedQa, home: Home) -> None:
    gate = Gate(GOOD)
    with model(home, gate, seconds=3_000) as server:
        with socket_of(served, path, {"question": RENT[0], "write": True}):
            gate.wait_until_asked()
        assert server.closed_by_client.wait(PATIENCE)
        served.until(lambda: served.get("/v1/status").json()["writing"] == 0)


@contextmanager
def socket_of(served: ServedQa, path: str, body: object) -> Iterator[None]:
    """A client that has asked, and closes the connection when this is done."""
    import socket

    data = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(data)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", served.port), PATIENCE) as client:
        client.sendall(head.encode() + data)
        yield


def test_a_conversation_keeps_what_was_written_and_goes_on_from_the_documents_words(
    served: ServedQa, home: Home
) -> None:
    place = served.post("/v1/conversations", {"collections": ["notes"]}).headers["location"]
    with model(home, saying(GOOD)) as server:
        first = served.post(f"{place}/turns", {"question": RENT[0], "write": True}).json()
        assert (first["kind"], first["extractive"]["answer"]) == ("written", RENT[1])
        sure = served.post(f"{place}/turns", {"question": "Are you sure?", "write": True}).json()
        assert (sure["kind"], sure["answer"]) == ("span", RENT[1])
        assert len(server.asked) == 1
    read = served.get(place).json()
    assert TypeAdapter(schemas.ConversationDetail).validate_python(read)
    assert [one["answer"]["kind"] for one in read["exchanges"]] == ["written", "span"]
    # Another server knows of it only what is kept.
    with home.serving() as second:
        second.until_ready()
        sure = second.post(f"{place}/turns", {"question": "Are you sure?"}).json()
    assert (sure["kind"], sure["answer"]) == ("span", RENT[1])


def test_a_turn_is_kept_though_its_client_did_not_wait_for_the_model(served: ServedQa, home: Home) -> None:
    place = served.post("/v1/conversations", {"collections": ["notes"]}).headers["location"]
    gate = Gate(GOOD)
    with model(home, gate) as server:
        with socket_of(served, f"{place}/turns", {"question": RENT[0], "write": True}):
            gate.wait_until_asked()
        assert server.closed_by_client.wait(PATIENCE)
    (exchange,) = served.get(place).json()["exchanges"]
    assert (exchange["answer"]["kind"], exchange["answer"]["answer"]) == ("span", RENT[1])


def test_a_conversation_that_is_deleted_while_it_is_written_for_is_gone(served: ServedQa, home: Home) -> None:
    place = served.post("/v1/conversations", {"collections": ["notes"]}).headers["location"]
    gate = Gate(GOOD)
    with model(home, gate), ThreadPoolExecutor(1) as threads:
        turn = threads.submit(served.post, f"{place}/turns", {"question": RENT[0], "write": True})
        gate.wait_until_asked()
        assert httpx2.delete(served.url + place, timeout=PATIENCE).status_code == 204
        gate.open()
        assert turn.result(PATIENCE).json()["code"] == "conversation-unknown"
    assert served.get(place).status_code == 404


def test_more_than_may_be_written_is_turned_away_and_plain_asks_are_not(home: Home) -> None:
    gate = Gate(GOOD)
    body = {"question": RENT[0], "write": True}
    with home.serving("--writers", "1") as served, model(home, gate), ThreadPoolExecutor(1) as threads:
        served.until_ready()
        first = threads.submit(served.post, "/v1/ask", body)
        gate.wait_until_asked()
        for path in ("/v1/ask", "/v1/ask?stream=1"):
            refused = served.post(path, body)
            assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
            assert int(refused.headers["retry-after"]) > 0
        assert served.ask(RENT[0])["answer"] == RENT[1]
        gate.open()
        assert first.result(PATIENCE).json()["kind"] == "written"
        assert served.post("/v1/ask", body).json()["kind"] == "written"


def test_a_server_may_have_nothing_written(home: Home) -> None:
    with home.serving("--writers", "0") as served, model(home, saying(GOOD)) as server:
        served.until_ready()
        assert note_of(served.ask(RENT[0], write=True)) == "This server has no answers written by a language model."
        assert server.asked == []


def test_what_is_being_written_is_finished_when_the_server_ends(home: Home) -> None:
    gate = Gate(GOOD)
    with home.serving() as served, model(home, gate), ThreadPoolExecutor(1) as threads:
        served.until_ready()
        written = threads.submit(served.ask, RENT[0], write=True)
        gate.wait_until_asked()
        served.process.send_signal(signal.SIGTERM)
        gate.open()
        assert written.result(PATIENCE)["kind"] == "written"
        assert served.process.wait(PATIENCE) in (0, -signal.SIGTERM)
        assert "Traceback" not in served.said()


Guarded = tuple[ServedQa, Home, Callable[[str], dict[str, str]]]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A server that asks for tokens: alice may ask everything, bob the notes."""
    home = made_home(tmp_path_factory.mktemp("guarded"))
    secrets = {"alice": home.token("alice"), "bob": home.token("bob", "notes")}
    with home.serving("--tokens", "--writers", "2") as served:
        served.until_ready()
        yield served, home, lambda name: bearer(secrets[name])


def test_the_model_is_sent_nothing_that_the_token_may_not_ask(guarded: Guarded) -> None:
    served, home, shown = guarded
    question = "What is the password of the vault, and how much is the rent?"
    with model(home, saying("The password of the vault is kumquat. [1]")) as server:
        bob = served.post("/v1/ask", {"question": question, "write": True}, headers=shown("bob"))
        assert "kumquat" not in bob.text
        assert all("kumquat" not in one.prompt for one in server.asked)
        other = served.post(
            "/v1/ask", {"question": VAULT[0], "collections": ["work"], "write": True}, headers=shown("bob")
        )
        assert (other.status_code, other.json()["code"]) == (404, "collection-unknown")
        alice = served.post("/v1/ask", {"question": VAULT[0], "write": True}, headers=shown("alice")).json()
        assert alice["kind"] == "written"
        without = served.post("/v1/ask", {"question": VAULT[0], "write": True})
        assert without.status_code == 401


def test_with_tokens_the_address_and_the_files_are_for_the_log_alone(guarded: Guarded) -> None:
    served, home, shown = guarded

    def asked() -> str:
        response = served.post("/v1/ask", {"question": RENT[0], "write": True}, headers=shown("bob"))
        assert response.status_code == 200
        for hidden in ("http", "127.0.0.1", "config.toml", str(home.folder)):
            assert hidden not in response.text
        return note_of(response.json())

    assert asked() == "No language model server is named, so nothing can be written."
    see_log = "The language model wrote nothing; the server's log says why."
    with configured(home, "https://no-such-host.invalid/v1"):
        assert asked() == see_log
        assert "nothing is sent to it yet" in served.said()
    with configured(home, "http://127.0.0.1:9/v1", ulr="x"):
        assert asked() == see_log
    with model(home, lambda exchange: exchange.fail(400, f"cannot do: {RENT[0]}"), key=KEY):
        assert asked() == see_log
        assert "refused this (400)" in served.said()
    # What is asked is in no log, whoever says it again.
    assert "rent" not in served.said()
    assert KEY not in served.said()


def test_one_token_cannot_have_all_that_may_be_written(guarded: Guarded) -> None:
    served, home, shown = guarded
    gate = Gate(GOOD)
    body = {"question": RENT[0], "write": True}
    with model(home, gate), ThreadPoolExecutor(2) as threads:
        first = threads.submit(served.post, "/v1/ask", body, headers=shown("alice"))
        gate.wait_until_asked()
        refused = served.post("/v1/ask", body, headers=shown("alice"))
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests")
        second = threads.submit(served.post, "/v1/ask", body, headers=shown("bob"))
        gate.wait_until_asked()
        gate.open()
        assert [one.result(PATIENCE).json()["kind"] for one in (first, second)] == ["written"] * 2


def test_another_owner_s_conversation_is_not_written_for(guarded: Guarded) -> None:
    served, home, shown = guarded
    place = served.post("/v1/conversations", {}, headers=shown("alice")).headers["location"]
    with model(home, saying(GOOD)) as server:
        refused = served.post(f"{place}/turns", {"question": RENT[0], "write": True}, headers=shown("bob"))
        assert refused.json()["code"] == "conversation-unknown"
        assert server.asked == []
