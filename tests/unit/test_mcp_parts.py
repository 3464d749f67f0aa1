"""Addresses, pages and places to listen at: what `qa mcp` is made of, without the protocol."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.documents.lines import line_starts
from qa.errors import UsageError
from qa.hosting.listening import listening_at
from qa.hosting.pages import MOST_CHARACTERS, page
from qa.mcp.addresses import DocumentAddress, address_of, place_at
from qa.mcp.greeting import greeting, versions
from qa.mcp.wire import Wire

paths = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).map(lambda text: f"notes/{text}")
lines = st.one_of(st.none(), st.tuples(st.integers(1, 10**6), st.integers(0, 100)).map(lambda one: (one[0], sum(one))))


@given(paths, lines)
def test_an_address_names_what_it_was_made_of(path: str, chosen: tuple[int, int] | None) -> None:
    address = address_of(path, chosen)
    assert address.isascii()
    assert address.isprintable()
    assert place_at(address) == DocumentAddress(path, chosen)


@given(paths.filter(lambda path: not path.startswith("qa://")))
def test_a_path_names_itself(path: str) -> None:
    assert place_at(path) == DocumentAddress(path)


@pytest.mark.parametrize(
    "text", ["", " ", "qa://", "qa://#L1", "qa://notes/a.md#10", "qa://notes/a.md#L", "qa://notes/a.md#L1-L2-L3"]
)
def test_what_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        place_at(text)


@given(st.text(st.sampled_from("ab\n\r "), max_size=200), st.integers(1, 20))
def test_pages_one_after_the_other_are_the_text(text: str, count: int) -> None:
    found, place = "", (1, 0)
    while place is not None:
        one = page(text, place[0], count, place[1])
        assert one.last - one.first < count
        found += one.text
        place = one.next
    assert found == text


@pytest.mark.parametrize(
    "text",
    ["x" * (3 * MOST_CHARACTERS + 7), "short\n" + "y" * 2 * MOST_CHARACTERS + "\nend", "line\n" * MOST_CHARACTERS],
)
def test_long_lines_and_many_lines_come_in_pieces(text: str) -> None:
    found, place = "", (1, 0)
    while place is not None:
        one = page(text, place[0], 10**6, place[1])
        assert 0 < len(one.text) <= MOST_CHARACTERS
        assert line_starts(text)[one.first - 1] + place[1] == len(found)
        found += one.text
        place = one.next
    assert found == text


def test_a_line_that_is_not_there_is_refused() -> None:
    assert page("a\nb\n", 2, 5).total == 2
    with pytest.raises(UsageError, match="There is no line 3: the document has 2 lines"):
        page("a\nb\n", 3, 1)
    assert page("", 1, 1).text == ""


def test_this_machine_alone_unless_another_host_is_said() -> None:
    listening = listening_at("8000")
    assert (listening.host, listening.port, listening.is_local) == ("127.0.0.1", 8000, True)
    assert set(listening.hosts) == {"localhost:8000", "127.0.0.1:8000", "[::1]:8000"}
    assert "http://localhost:8000" in listening.origins
    assert listening_at("[::1]:8000").host == "::1"
    away = listening_at("192.168.1.7:80", ["docs.example.org"])
    assert not away.is_local
    local = {name + port for name in ("localhost", "127.0.0.1", "[::1]") for port in ("", ":80")}
    of_others = {"192.168.1.7", "192.168.1.7:80", "docs.example.org", "docs.example.org:80"}
    assert set(away.hosts) == local | of_others
    assert not listening_at("0.0.0.0:80").is_local
    assert not listening_at("localhost.example.org:80").is_local


@pytest.mark.parametrize("text", ["", "0", "65536", "host", "host:", "1.2.3.4:x", "-1", "8000:", "٨٠٠٠"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no port"):
        listening_at(text)


BY_THE_SDK = """
import anyio
from qa import Settings
from qa.mcp.server import server_of
from qa.hosting.document_service import DocumentService
anyio.run(server_of(DocumentService(Settings(), [])).run_stdio_async)
"""


def initialize(version: str, number: object = 1, **more: object) -> str:
    client = {"name": "test", "version": "1"}
    params = {
        "protocolVersion": version,
        "capabilities": {"roots": {"listChanged": True}},
        "clientInfo": client,
        **more,
    }
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": "initialize", "params": params}) + "\n"


def test_the_quick_greeting_is_that_of_the_sdk() -> None:
    pytest.importorskip("mcp", reason="the extra qa[mcp] is not installed")
    assert len(versions()) >= 4
    for version in versions():
        asked = initialize(version, number="a")
        done = subprocess.run(
            [sys.executable, "-c", BY_THE_SDK], input=asked, capture_output=True, text=True, check=True
        )
        assert json.loads(done.stdout) == greeting(asked)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[" * 100_000,
        "null",
        '{"jsonrpc": "2.0", "id": 1, "method": "ping"}',
        initialize("1999-01-01"),
        initialize("2025-06-18", number=None),
        initialize("2025-06-18", number=True),
        initialize("2025-06-18", number=1.5),
        initialize("2025-06-18", capabilities=3),
        initialize("2025-06-18", clientInfo={"name": "test"}),
        initialize("2025-06-18", clientInfo=[]),
        initialize("2025-06-18").replace("2.0", "1.0"),
    ],
)
def test_whatever_is_no_plain_greeting_is_left_to_the_sdk(line: str) -> None:
    assert greeting(line) is None


def over_wire(*lines: bytes) -> tuple[Wire, io.BytesIO]:
    outgoing = io.BytesIO()
    return Wire(io.BytesIO(b"".join(lines)), outgoing), outgoing  # type: ignore[arg-type]


def messages(outgoing: io.BytesIO) -> list[Any]:
    return [json.loads(line) for line in outgoing.getvalue().splitlines()]


def test_a_greeting_is_answered_once_and_read_twice() -> None:
    asked = initialize("2025-06-18", number=7)
    wire, outgoing = over_wire(asked.encode(), b'{"next": 1}\n')
    wire.greet()
    assert messages(outgoing) == [greeting(asked)]
    assert [wire.reader.readline() for _ in range(3)] == [asked, '{"next": 1}\n', ""]
    wire.writer.write('{"id": 7, "method": "ping"}\n')
    wire.writer.write('{"id": 7, "result": {"of": "the SDK"}}\n')
    wire.writer.write('{"id": 7, "result": {"of": "a later one"}}\n')
    assert messages(outgoing)[1:] == [{"id": 7, "method": "ping"}, {"id": 7, "result": {"of": "a later one"}}]


def test_what_was_not_greeted_is_read_and_answered_as_ever() -> None:
    wire, outgoing = over_wire(b'{"id": 7, "method": "\xff"}\n')
    wire.greet()
    assert wire.reader.readline() == '{"id": 7, "method": "\ufffd"}\n'
    wire.writer.write('{"id": 7, "result": {}}\n')
    assert messages(outgoing) == [{"id": 7, "result": {}}]
