"""Requests that no honest client sends: each is turned away with a status of its own, and the server goes on."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import httpx2
import pytest

from tests.load.load import resident_bytes
from tests.web.conftest import RENT, Home
from tests.web.serving import ServedQa

JSON = {"content-type": "application/json"}


@contextmanager
def connected(served: ServedQa) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
        yield connection


def said_to(served: ServedQa, request: bytes) -> bytes:
    """The whole response to bytes that may be no HTTP; b"" where the server hangs up without a word."""
    with connected(served) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request)
        parts = []
        with suppress(ConnectionResetError):
            while part := connection.recv(65_536):
                parts.append(part)
        return b"".join(parts)


def status_of(response: bytes) -> int:
    return int(response.split(b" ", 2)[1])


@pytest.fixture(autouse=True)
def still_answers(served: ServedQa) -> Iterator[None]:
    yield
    assert served.ask(RENT[0])["answer"] == RENT[1]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:{port}"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Host": "127.0.0.1.evil.example:{port}"}, 421),
        ({"Host": "localhost:{port}"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Origin": "http://localhost.evil.example:{port}"}, 403),
        ({"Origin": "http://127.0.0.1:{port}"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
@pytest.mark.parametrize("path", ["/v1/status", "/v1/documents/notes/flat.md"])
def test_other_names_and_other_pages_are_turned_away(
    headers: dict[str, str], status: int, path: str, served: ServedQa
) -> None:
    given = {name: value.format(port=served.port) for name, value in headers.items()}
    assert served.get(path, headers=given).status_code == status


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics", "/openapi.json", "/docs", "/nothing"])
def test_the_host_is_checked_everywhere(path: str, served: ServedQa) -> None:
    assert served.get(path, headers={"Host": "evil.example"}).status_code == 421
    assert served.get(path, headers={"Origin": "http://evil.example"}).status_code == 403


def test_two_hosts_are_none(served: ServedQa) -> None:
    request = (
        f"GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    )
    assert status_of(said_to(served, request.encode())) in (400, 421)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid-json"),
        (b"{", 400, "invalid-json"),
        (b'{"question": "\\ud800"}', 400, "invalid-json"),
        (b'{"question": "\xff\xfe"}', 400, "invalid-json"),
        (b"\x00\x01", 400, "invalid-json"),
        (b"[" * 20_000, 400, "invalid-json"),
        (b'{"question": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", None, None),
        (b"[]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b'{"question": 3}', 422, "invalid"),
        (b'{"question": "a", "colour": 1}', 422, "invalid"),
        (b'{"question": "a", "min_confidence": 2}', 422, "invalid"),
        (b'{"question": "a", "min_confidence": NaN}', None, None),
        (b'{"question": "a", "path": "x"}', 422, "invalid"),
        (b'{"question": "a", "after": "soon"}', 422, "invalid"),
        (b'{"question": ""}', 422, "question-empty"),
        (b'{"question": " ?! "}', 422, "question-empty"),
        (json.dumps({"question": "a" * 2_001}).encode(), 422, "question-too-long"),
        (json.dumps({"question": "a", "collections": ["x"]}).encode(), 404, "collection-unknown"),
        (json.dumps({"question": "a", "collections": ["../notes"]}).encode(), 404, "collection-unknown"),
        (json.dumps({"question": "a" * 70_000}).encode(), 413, "body-too-large"),
    ],
)
def test_bodies_that_are_wrong_are_problems(
    body: bytes, status: int | None, code: str | None, served: ServedQa
) -> None:
    response = httpx2.post(served.url + "/v1/ask", content=body, headers=JSON, timeout=60)
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert response.status_code in ((400, 422) if status is None else (status,))
    assert code is None or problem["code"] == code
    assert {"type", "title", "detail"} <= set(problem)


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data"])
def test_what_a_form_could_send_is_not_taken(media_type: str, served: ServedQa) -> None:
    response = httpx2.post(
        served.url + "/v1/ask", content=b'{"question": "a"}', headers={"content-type": media_type}, timeout=60
    )
    assert (response.status_code, response.json()["code"]) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "path",
    [
        "../../../etc/passwd",
        "notes/../../../../etc/passwd",
        "notes/..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "notes/%252e%252e/etc/passwd",
        "notes//etc/passwd",
        "/etc/passwd",
        "notes/\\..\\..\\etc\\passwd",
        "notes/flat.md%00.txt",
        "notes/./flat.md",
        "notes/2024/../flat.md",
        "NOTES/flat.md",
        "notes",
        "notes/",
        "notes/2024",
        "notes/%c0%ae%c0%ae/etc/passwd",
        "notes/..;/flat.md",
        "notes/' OR 1=1 --",
        "notes/*",
        "file:///etc/passwd",
    ],
)
@pytest.mark.parametrize("root", ["/v1/documents/", "/", "/docs/"])
def test_no_path_leads_out_of_the_index(root: str, path: str, served: ServedQa) -> None:
    # Byte for byte: a client would tidy the path up before it sends it.
    target = (root + path).replace(" ", "%20")
    request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nConnection: close\r\n\r\n"
    response = said_to(served, request.encode())
    assert status_of(response) in (400, 404)
    assert b"root:" not in response
    assert b"landlord" not in response


def test_what_lies_beside_the_documents_is_not_served(served: ServedQa, home: Home) -> None:
    (home.documents / "notes" / "new.txt").write_text("This is not indexed yet.")
    try:
        assert served.get("/v1/documents/notes/new.txt").status_code == 404
    finally:
        (home.documents / "notes" / "new.txt").unlink()


def test_a_body_of_a_hundred_megabytes_is_not_read(served: ServedQa) -> None:
    before = resident_bytes(served.process.pid)
    size = 100_000_000
    head = (
        f"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {size}\r\n\r\n"
    )
    response = said_to(served, head.encode() + b"x" * size)
    assert response == b"" or status_of(response) == 413
    assert resident_bytes(served.process.pid) - before < 20_000_000


def test_a_body_without_a_length_is_not_read_to_its_end(served: ServedQa) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 1_000_000

    before = resident_bytes(served.process.pid)
    try:
        response = httpx2.post(served.url + "/v1/ask", content=endless(), headers=JSON, timeout=60)
        assert response.status_code == 413
    except httpx2.TransportError:
        pass  # hung up while we were still sending
    assert resident_bytes(served.process.pid) - before < 20_000_000


def test_a_body_that_is_too_large_is_said_to_be(served: ServedQa) -> None:
    response = httpx2.post(served.url + "/v1/ask", content=b" " * 65_537, headers=JSON, timeout=60)
    assert (response.status_code, response.json()["code"]) == (413, "body-too-large")


@pytest.mark.parametrize(
    "headers",
    [
        "".join(f"X-{number}: {number}\r\n" for number in range(10_000)),
        f"X: {'a' * 1_000_000}\r\n",
        "X : a\r\n",
        "X: a\x00b\r\n",
        "no colon\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
    ],
    ids=["10,000 lines", "a long line", "a blank", "a null", "no colon", "negative", "two lengths", "two ways"],
)
def test_heads_that_are_too_much_or_wrong_are_turned_away(headers: str, served: ServedQa) -> None:
    request = f"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n{headers}Connection: close\r\n\r\n"
    response = said_to(served, request.encode())
    assert response == b"" or 400 <= status_of(response) < 500


def test_what_is_no_http_is_turned_away(served: ServedQa) -> None:
    for request in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 1_000 + b"?\r\n\r\n"):
        response = said_to(served, request + b"\r\n\r\n")
        assert response == b"" or status_of(response) in (400, 505)


@pytest.mark.parametrize(
    "pattern",
    ["*?" * 400 + "Z", "**/" * 300 + "Z", "[z-a]", "[[:foo:]]", "\\", "(" * 900, "\x00", "*" * 1_000],
    ids=["questions", "folders", "range", "class", "backslash", "brackets", "null", "stars"],
)
def test_no_pattern_takes_more_than_a_moment(pattern: str, served: ServedQa) -> None:
    body = {"question": RENT[0], "path": [pattern] * 60}
    for response in (served.post("/v1/ask", body), served.get("/v1/documents", params={"path": pattern})):
        assert response.status_code in (200, 422), response.text
    assert served.get("/v1/status").elapsed.total_seconds() < 20


@pytest.mark.parametrize(
    "question",
    ["a" * 2_000, "a " * 1_000, "1." * 1_000, '"a' * 1_000, "and and " * 250, "((((a" * 400, "\u202e" * 1_999 + "a",
     "'; DROP TABLE passages; --", '" OR 1 NEAR(', "a\x00b", "\U0001f600a" * 1_000, "who who who " * 160, "<script>alert(1)</script>"],
)  # fmt: skip
def test_no_question_takes_long_or_is_more_than_text(question: str, served: ServedQa) -> None:
    assert served.ask(question)["question"]
    assert served.post("/v1/search", {"query": question}).status_code == 200


def test_a_thousand_open_conversations(served: ServedQa) -> None:
    async def begun() -> set[str]:
        async with httpx2.AsyncClient(base_url=served.url, timeout=120) as client:
            places: set[str] = set()
            for _ in range(20):
                made = await asyncio.gather(*(client.post("/v1/conversations", json={}) for _ in range(50)))
                places |= {one.json()["id"] for one in made}
            return places

    before = resident_bytes(served.process.pid)
    assert len(asyncio.run(begun())) == 1_000
    listed = served.get("/v1/conversations?limit=1000").json()
    assert listed["total"] == 1_000
    newest = listed["conversations"][0]["id"]
    answer = served.post(f"/v1/conversations/{newest}/turns", {"question": RENT[0]}).json()
    assert answer["answer"] == RENT[1]
    one_more = served.post("/v1/conversations", {}).json()["id"]
    listed = served.get("/v1/conversations?limit=1000").json()
    assert listed["total"] == 1_000
    assert {one_more, newest} <= {one["id"] for one in listed["conversations"]}
    assert resident_bytes(served.process.pid) - before < 60_000_000


@pytest.mark.parametrize("stream", ["", "?stream=1"])
def test_clients_that_go_away_in_the_middle_of_an_ask_leave_nothing_behind(stream: str, served: ServedQa) -> None:
    body = json.dumps({"question": "Which item does line 7 of the long list name?", "path": ["*"]}).encode()
    head = (
        f"POST /v1/ask{stream} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    for _ in range(30):
        with connected(served) as connection:
            connection.sendall(head.encode() + body)
    deadline = time.monotonic() + 60
    while (status := served.get("/v1/status").json())["running"] or status["waiting"]:
        assert time.monotonic() < deadline, status
        time.sleep(0.05)
    assert "Traceback" not in served.said()


@pytest.mark.slow
def test_clients_that_say_nothing_or_half_hold_nobody_up(served: ServedQa) -> None:
    halves = [
        b"",
        b"POST /v1/a",
        b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        f"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nContent-Type: application/json\r\n"
        "Content-Length: 50\r\n\r\n{".encode(),
    ]
    open_ones = [socket.create_connection(("127.0.0.1", served.port), timeout=60) for _ in range(300)]
    try:
        for number, connection in enumerate(open_ones):
            connection.sendall(halves[number % len(halves)])
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda _: served.ask(RENT[0])["answer"], range(8)))
        assert answers == [RENT[1]] * 8
        # In the end the server hangs up on each, with or without a word.
        for connection in open_ones[: len(halves)]:
            with suppress(ConnectionResetError):
                while connection.recv(65_536):
                    pass
    finally:
        for connection in open_ones:
            connection.close()


def test_nothing_hostile_was_a_defect(served: ServedQa) -> None:
    assert "Traceback" not in served.said()
    assert not re.search(r" 500 \d+ ms", served.said())
