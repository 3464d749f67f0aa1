"""Runs the application by uvicorn: with patience for slow clients, but not without end."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from qa.errors import QaError
from qa.hosting.document_service import DocumentService
from qa.hosting.listening import Listening
from qa.web.access import Access
from qa.web.access_log import LOGGER
from qa.web.conversation_database import ConversationsAway
from qa.web.conversation_store import ConversationStore
from qa.web.conversations_place import ConversationsPlace, open_database
from qa.web.limits import Limits, Workers
from qa.web.serving_state import ServingState
from qa.web.web_app import web_app

_MOST_CONNECTIONS = 2_000
_MOST_HEAD = 32_768
"""Bytes of a request line and its headers."""
_HEAD_SECONDS = 15.0
"""To wait for them, from the connection or the first byte on."""
_STALL_SECONDS = 60.0
"""For a client to take what is sent to it."""
_IDLE_SECONDS = 10
"""Between two requests of a connection."""
_END_SECONDS = 60
"""To finish what was taken on, before it is dropped."""


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files."""

    certificate: Path
    key: Path | None = None


def _check(tls: Tls) -> None:
    """Raises QaError for what is no certificate with its key."""
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(tls.certificate, tls.key)
    except (OSError, ValueError) as error:
        raise QaError(
            f"{tls.certificate} cannot be served with ({getattr(error, 'reason', None) or error}).",
            "Give a certificate and its key, both PEM: --certfile FILE --keyfile FILE",
        ) from error


class _PatientProtocol(H11Protocol):
    """Closes a connection whose request does not arrive, or whose response is not taken; uvicorn would wait for ever."""

    _deadline: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._await_head()
        else:
            self._stop_waiting()

    def pause_writing(self) -> None:
        super().pause_writing()
        # A client that takes nothing any more is waited for as well, but not for ever.
        if self._stalled is None:
            self._stalled = self.loop.call_later(_STALL_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_stalling()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_stalling()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        # From the first byte on: what trickles in buys no time.
        if self._deadline is None:
            self._deadline = self.loop.call_later(_HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _stop_stalling(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _give_up(self) -> None:
        self._deadline = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()


class _Server(uvicorn.Server):
    """Tells when it listens, and when it begins to end."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], object], ending: Callable[[], object]) -> None:
        super().__init__(config)
        self._ready = ready
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._ending()


def serve_http(
    service: DocumentService,
    listening: Listening,
    *,
    access: Access,
    limits: Limits,
    conversations: ConversationsPlace | None = None,
    tls: Tls | None = None,
    proxies: Sequence[str] = (),
    log_questions: bool = False,
    ready: Callable[[], object],
) -> None:
    """Until SIGINT or SIGTERM; what was taken on is finished then. `ready` is called when it listens.

    `conversations` is where they are kept, if not in a file of the user's data directory. `proxies` are the addresses of those
    that are believed when they say whom a request comes from (X-Forwarded-For).
    Raises QaError where nothing can be served there, and where conversations cannot be kept; a database that is only away is
    waited for.
    """
    if tls is not None:
        _check(tls)
    _log_to_stderr()
    store = ConversationStore(open_database(conversations), most=limits.conversations)
    _say_if_away(store)
    workers = Workers.for_asks(limits.workers or (os.cpu_count() or 1) + 1, limits)
    state = ServingState(service, store, access, limits, workers, Workers.for_writing(limits), log_questions)
    _allow_many_connections()
    options: dict[str, Any] = {}
    if tls is not None:
        options = {"ssl_certfile": str(tls.certificate), "ssl_keyfile": None if tls.key is None else str(tls.key)}
    config = uvicorn.Config(
        web_app(state, listening),
        http=_PatientProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_END_SECONDS,
        h11_max_incomplete_event_size=_MOST_HEAD,
        **options,
    )
    with _listening_socket(listening) as listener:
        _Server(config, ready, state.ending.set).run([listener])


def _say_if_away(store: ConversationStore) -> None:
    """In the log. Raises ConversationsUnusable where waiting does not help."""
    try:
        store.check()
    except ConversationsAway as error:
        _log.warning("%s", error)


@contextmanager
def _listening_socket(listening: Listening) -> Iterator[socket.socket]:
    """Raises QaError."""
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    try:
        listener = socket.create_server((listening.host, listening.port), family=family, backlog=1024)
    except OSError as error:
        what = f"Nothing can be served at {listening.host}, port {listening.port} ({(error.strerror or str(error)).lower()})."
        raise QaError(what, "Choose another with --port.") from error
    with listener:
        yield listener


def _allow_many_connections() -> None:
    """Each is an open file, and the usual limit is lower than what a process may ask for."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 2 * _MOST_CONNECTIONS
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(
                resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
            )


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("qa")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logging.getLogger(LOGGER).setLevel(logging.INFO)
