"""A real HTTP server on loopback that plays a language model server, well or badly."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[["Exchange"], None]
MODEL = "small-one"
_PATIENCE = 120.0


@dataclass(slots=True)
class Exchange:
    """One request for a completion, and what to answer it with."""

    handler: BaseHTTPRequestHandler
    body: dict[str, Any]
    attempt: int
    gone: threading.Event
    """Set when the server is to end: nothing should wait any longer."""

    @property
    def prompt(self) -> str:
        return str(self.body["messages"][-1]["content"])

    def begin(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()

    def send(self, data: bytes) -> None:
        self.handler.wfile.write(data)
        self.handler.wfile.flush()

    def say(self, text: str) -> None:
        self.send(event({"delta": {"content": text}, "finish_reason": None}))

    def end(self, reason: str = "stop") -> None:
        self.send(event({"delta": {}, "finish_reason": reason}))
        self.send(b"data: [DONE]\n\n")

    def fail(self, status: int, message: str, **headers: str) -> None:
        self.begin(status, "application/json", **headers)
        self.send(json.dumps({"error": {"message": message}}).encode())


def event(choice: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps({"choices": [{"index": 0, **choice}]}).encode() + b"\n\n"


def saying(text: str) -> Reply:
    """A model that says `text`, a few characters at a time."""

    def reply(exchange: Exchange) -> None:
        exchange.begin()
        for start in range(0, len(text), 7):
            exchange.say(text[start : start + 7])
        exchange.end()

    return reply


class Gate:
    """A model that begins, and goes on when it is let."""

    def __init__(self, said: str) -> None:
        self.said = said
        self.asked = threading.Semaphore(0)
        self._open = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        exchange.begin()
        self.asked.release()
        while not self._open.wait(0.02) and not exchange.gone.is_set():
            exchange.send(b": still reading\n\n")
        for piece in self.said.split(" "):
            exchange.say(f"{piece} ")
        exchange.end()

    def wait_until_asked(self) -> None:
        assert self.asked.acquire(timeout=_PATIENCE)

    def open(self) -> None:
        self._open.set()


@dataclass(slots=True)
class LlmServer:
    url: str
    asked: list[Exchange] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    closed_by_client: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(reply: Reply, models: Sequence[str] = (MODEL,), path: str = "/v1") -> Iterator[LlmServer]:
    gone = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """In silence."""

        def do_GET(self) -> None:
            served.keys.append(self.headers.get("Authorization"))
            if self.path != f"{path}/models":
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps({"data": [{"id": name} for name in models]}).encode())

        def do_POST(self) -> None:
            served.keys.append(self.headers.get("Authorization"))
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            exchange = Exchange(self, body, len(served.asked) + 1, gone)
            served.asked.append(exchange)
            try:
                reply(exchange)
            except (BrokenPipeError, ConnectionResetError):
                served.closed_by_client.set()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served = LlmServer(f"http://127.0.0.1:{server.server_address[1]}{path}")
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        gone.set()
        with suppress(OSError):
            server.shutdown()
            server.server_close()
