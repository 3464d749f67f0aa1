"""`qa mcp` as a process of its own, spoken to by the SDK's client over both transports, and by clients that are none."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from qa.collections import CollectionsFile
from tests.conftest import QA, RunQa, free_port, write_files
from tests.generation.llm_server import Gate, serving

pytest.importorskip("mcp", reason="the extra qa[mcp] is not installed")

import anyio
import httpx2
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client
from mcp_types import ResourceLink

RENT = "How much is the rent?"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home with two collections that have no index yet."""
    texts = {
        "notes/flat.md": "Our landlord is Mr Petrov.\nThe rent is 900 euros a month.",
        "work/alpha.md": "The manager of the Alpha project is Ines Okafor.",
    }
    documents = write_files(tmp_path / "documents", texts)
    for name in ("notes", "work"):
        CollectionsFile(tmp_path / "home" / ".config" / "qa" / "collections.toml").add(name, documents / name)
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {**kept, "HOME": str(tmp_path / "home"), "LANG": "C.UTF-8", "HF_HUB_OFFLINE": "1"}


@asynccontextmanager
async def over_stdio(environment: dict[str, str], *arguments: str, mode: Any = "auto") -> AsyncIterator[Client]:
    server = StdioServerParameters(command=QA, args=["mcp", *arguments], env=environment, cwd=environment["HOME"])
    async with Client(stdio_client(server), mode=mode) as client:
        yield client


class Served:
    """`qa mcp --http`, once it listens."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [QA, "mcp", "--http", f"127.0.0.1:{self.port}", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=environment["HOME"],
            text=True,
        )
        assert self.process.stderr is not None
        self.said = self.process.stderr.readline()
        self.url = f"http://127.0.0.1:{self.port}/mcp"
        assert self.url in self.said

    def post(self, body: bytes, **headers: str) -> httpx2.Response:
        given = {"content-type": "application/json", "accept": "application/json, text/event-stream", **headers}
        return httpx2.post(self.url, content=body, headers=given, timeout=60)


@pytest.fixture
def served(environment: dict[str, str]) -> Iterator[Served]:
    served = Served(environment)
    yield served
    served.process.terminate()
    served.process.wait(30)


class Raw:
    """`qa mcp` over pipes, and whatever one likes to write into them."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [QA, "mcp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=environment["HOME"],
        )

    def send(self, message: object) -> None:
        assert self.process.stdin is not None
        line = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def answer_to(self, number: int) -> dict[str, Any]:
        """Every line before it must be a message of the protocol as well."""
        assert self.process.stdout is not None
        while True:
            message: dict[str, Any] = json.loads(self.process.stdout.readline())
            assert message["jsonrpc"] == "2.0"
            if message.get("id") == number:
                return message

    def request(self, number: int, method: str, **params: object) -> dict[str, Any]:
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return self.answer_to(number)

    def greet(self) -> dict[str, Any]:
        client = {"name": "raw", "version": "1"}
        answer = self.request(1, "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=client)
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return answer


@pytest.fixture
def raw(environment: dict[str, str]) -> Iterator[Raw]:
    raw = Raw(environment)
    yield raw
    raw.process.kill()
    raw.process.wait(30)


async def check_a_session(client: Client) -> None:
    """Everything that a client does: look, ask, read what is cited."""
    assert client.server_info is not None
    assert client.server_info.name == "qa"
    assert len((await client.list_tools()).tools) == 5
    answer = await client.call_tool("ask", {"question": RENT})
    assert answer.structured_content is not None
    assert answer.structured_content["answer"] == "900 euros a month"
    (link,) = [one for one in answer.content if isinstance(one, ResourceLink)]
    assert link.uri == "qa://notes/flat.md#L2"
    read = await client.read_resource(link.uri)
    assert read.contents[0].text == "The rent is 900 euros a month."  # type: ignore[union-attr]
    around = await client.call_tool("read", {"document": link.uri})
    assert around.structured_content is not None
    assert around.structured_content["text"].startswith("Our landlord")
    status = await client.call_tool("status", {})
    assert status.structured_content is not None
    notes, work = status.structured_content["collections"]
    assert (notes["state"], notes["documents"]) == ("ready", 1)
    assert work["state"] in ("indexing", "ready")


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_session_over_stdio_builds_the_index_and_answers(environment: dict[str, str], mode: str) -> None:
    async with over_stdio(environment, mode=mode) as client:
        await check_a_session(client)


async def test_a_session_over_http(served: Served) -> None:
    async with Client(served.url) as client, Client(served.url, mode="legacy") as other:
        await check_a_session(client)
        await check_a_session(other)


async def test_what_is_named_is_all_that_can_be_asked(environment: dict[str, str], tmp_path: Path) -> None:
    async with over_stdio(environment, "-c", "work") as client:
        answer = await client.call_tool("ask", {"question": RENT, "collections": ["notes"]})
        assert answer.is_error
        assert (await client.call_tool("read", {"document": "notes/flat.md"})).is_error
    async with over_stdio(environment, "--corpus", str(tmp_path / "documents" / "notes")) as client:
        answer = await client.call_tool("ask", {"question": RENT})
        assert answer.structured_content is not None
        assert answer.structured_content["parts"][0]["citation"]["path"] == "notes/flat.md"


async def test_documents_that_change_are_taken_in_when_it_starts(
    environment: dict[str, str], qa: RunQa, tmp_path: Path
) -> None:
    assert qa("index", "-c", "notes", "-c", "work").code == 0
    (tmp_path / "documents" / "notes" / "flat.md").write_text("The rent is 950 euros a month.")
    async with over_stdio(environment) as client:
        for _ in range(600):
            status = await client.call_tool("status", {})
            assert status.structured_content is not None
            if not status.structured_content["collections"][0]["problem"]:
                break
        answer = await client.call_tool("ask", {"question": RENT})
        assert answer.structured_content is not None
        assert answer.structured_content["answer"] == "950 euros a month"


def test_it_greets_before_it_opens_anything_and_ends_with_its_input(raw: Raw, tmp_path: Path) -> None:
    assert raw.process.stdout is not None
    result = raw.greet()["result"]
    assert result["serverInfo"]["name"] == "qa"
    raw.process.stdin.close()  # type: ignore[union-attr]
    assert raw.process.wait(30) == 0


def test_the_greeting_loads_no_model(environment: dict[str, str]) -> None:
    script = "import sys, qa.mcp.wire, qa.hosting.document_service, qa.cli.mcp\nprint(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {
        "numpy",
        "faiss",
        "onnxruntime",
        "tokenizers",
        "torch",
        "textual",
        "mcp",
        "pydantic",
    }


def test_a_cancelled_request_gets_no_answer_and_the_next_one_does(raw: Raw) -> None:
    raw.greet()
    ask = {"name": "ask", "arguments": {"question": RENT}}
    raw.send({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": ask})
    raw.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}})
    answered = []
    raw.send({"jsonrpc": "2.0", "id": 8, "method": "tools/call", "params": ask})
    while 8 not in answered:
        message = json.loads(raw.process.stdout.readline())  # type: ignore[union-attr]
        answered.append(message["id"])
        assert "result" not in message or message["id"] == 8
    assert raw.request(9, "ping")["result"] == {}


@pytest.mark.parametrize("ends", ["cancelled", "input"])
def test_who_does_not_wait_for_a_language_model_ends_its_writing(ends: str, environment: dict[str, str]) -> None:
    gate = Gate("The rent is 900 euros a month. [1]")
    with serving(gate) as server:
        raw = Raw({**environment, "QA_LLM_URL": server.url})
        raw.greet()
        ask = {"name": "ask", "arguments": {"question": RENT, "write": True}}
        raw.send({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": ask})
        gate.wait_until_asked()
        assert raw.process.stdin is not None
        if ends == "cancelled":
            raw.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}})
            assert server.closed_by_client.wait(60)
            assert raw.request(9, "ping")["result"] == {}
        raw.process.stdin.close()
        assert raw.process.wait(60) == 0
        assert server.closed_by_client.wait(60)
        assert b"Traceback" not in raw.process.stderr.read()  # type: ignore[union-attr]


def test_the_server_ends_while_a_language_model_writes(environment: dict[str, str], qa: RunQa) -> None:
    assert qa("index", "-c", "notes", "-c", "work").code == 0
    gate = Gate("The rent is 900 euros a month. [1]")
    with serving(gate) as server:
        served = Served({**environment, "QA_LLM_URL": server.url})

        async def ask() -> None:
            # Its server ends before it answers.
            with suppress(Exception):
                async with Client(served.url) as client:
                    await client.call_tool("ask", {"question": RENT, "write": True})

        with ThreadPoolExecutor(1) as threads:
            threads.submit(anyio.run, ask)
            gate.wait_until_asked()
            served.process.send_signal(signal.SIGTERM)
            assert served.process.wait(60) in (0, -signal.SIGTERM)
        assert server.closed_by_client.wait(60)


def test_five_hundred_malformed_messages_and_it_still_answers(raw: Raw) -> None:
    raw.greet()
    chance = random.Random(22)
    for _ in range(520):
        raw.send(malformed(chance))
    answer = raw.request(10_000_001, "tools/call", name="ask", arguments={"question": RENT})
    assert answer["result"]["structuredContent"]["answer"] == "900 euros a month"
    raw.process.stdin.close()  # type: ignore[union-attr]
    assert raw.process.wait(30) == 0
    assert b"Traceback" not in raw.process.stderr.read()  # type: ignore[union-attr]


def malformed(chance: random.Random) -> bytes:
    """A line that is no request that can be fulfilled."""
    whole = json.dumps(
        {
            "jsonrpc": "2.0",
            "id": chance.randrange(1000),
            "method": "tools/call",
            "params": {"name": "ask", "arguments": {}},
        }
    ).encode()
    odd: list[object] = [None, True, -1, 1e308, "", "\0", "\ud800", [], {}, [[]], "x" * 10_000, {"a": {"b": None}}]
    value = chance.choice(odd)
    name = chance.choice(["ask", "search", "read", "list_documents", "status", "nope"])
    match chance.randrange(10):
        case 0:
            return bytes(chance.randrange(256) for _ in range(chance.randrange(80))).replace(b"\n", b"")
        case 1:
            return whole[: chance.randrange(1, len(whole))]
        case 2:
            return b"[" * chance.randrange(1, 20_000)
        case 3:
            made: object = value
        case 4:
            made = {"jsonrpc": value, "id": 5, "method": "ping"}
        case 5:
            made = {"jsonrpc": "2.0", "id": value, "method": "tools/list"}
        case 6:
            made = {"jsonrpc": "2.0", "id": 6, "method": value}
        case 7:
            made = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": value}
        case 8:
            wrong = dict.fromkeys(("question", "query", "document", "collections", "offset", "limit", "path"), value)
            made = {"jsonrpc": "2.0", "id": 8, "method": "tools/call", "params": {"name": name, "arguments": wrong}}
        case _:
            made = {"jsonrpc": "2.0", "id": 9, "method": "resources/read", "params": {"uri": value}}
    return json.dumps(made).encode()


PING = b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}'


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"host": "evil.example.org"}, 421),
        ({"host": "localhost.evil.example.org"}, 421),
        ({"host": "127.0.0.1"}, 421),
        ({"origin": "http://evil.example.org"}, 403),
        ({"origin": "null"}, 403),
        ({"content-type": "text/plain"}, 400),
    ],
)
def test_requests_of_other_hosts_and_pages_are_turned_away(headers: dict[str, str], code: int, served: Served) -> None:
    assert served.post(PING, **headers).status_code == code


def test_bodies_that_are_too_large_or_no_json_are_turned_away_and_it_goes_on(served: Served) -> None:
    assert served.post(b"x" * 2_000_000).status_code == 413
    for body in (b"", b"{", b"\xff\xfe", b"[]", b"null", b"[" * 50_000):
        assert 400 <= served.post(body).status_code < 500
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(30) in (0, -signal.SIGTERM)
    assert served.process.stdout is not None
    assert served.process.stdout.read() == ""
    assert "Traceback" not in served.process.stderr.read()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--http", "0.0.0.0:8000"), "there is no password"),
        (("--http", "nonsense"), "is no port"),
        (("--no-auth",), "go with --http"),
        (("-c", "nope"), "There is no collection nope"),
        (("-c", "notes", "--corpus", "/tmp"), "Give either."),
    ],
)
def test_wrong_use_is_one_line(
    arguments: tuple[str, ...], said: str, environment: dict[str, str], qa_here: RunQa
) -> None:
    run = qa_here("mcp", *arguments)
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1)
    assert said in run.err
