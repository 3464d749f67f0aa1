"""Runs the server: over standard input and output, or by HTTP."""

from __future__ import annotations

from contextlib import closing
from typing import IO, TYPE_CHECKING, cast

import anyio
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings

from qa.mcp.server import server_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from qa.hosting.document_service import DocumentService
    from qa.hosting.listening import Listening
    from qa.mcp.wire import Wire

_MOST_BODY = 1_000_000
"""Bytes of a request: a question has a few thousand characters."""
_MOST_SESSIONS = 1_000
_IDLE_SECONDS = 1_800.0
_END_SECONDS = 20
"""To finish what was taken on, before it is dropped: a language model may take minutes."""


def serve_stdio(service: DocumentService, wire: Wire) -> None:
    """Until standard input ends."""
    # MCPServer.run_stdio_async is these lines, but for the streams.
    server = server_of(service)._lowlevel_server
    incoming, outgoing = cast(IO[str], wire.reader), cast(IO[str], wire.writer)

    async def serve() -> None:
        async with stdio_server(anyio.wrap_file(incoming), anyio.wrap_file(outgoing)) as (read, write):
            await server.run(read, write, server.create_initialization_options())

    with closing(service):
        anyio.run(serve)


def serve_http(service: DocumentService, listening: Listening, ready: Callable[[], object]) -> None:
    """Until SIGINT or SIGTERM. `ready` is called when it listens."""
    import uvicorn

    app = server_of(service, private=not listening.is_local).streamable_http_app(
        max_request_body_size=_MOST_BODY,
        max_sessions=_MOST_SESSIONS,
        session_idle_timeout=_IDLE_SECONDS,
        transport_security=TransportSecuritySettings(
            allowed_hosts=list(listening.hosts), allowed_origins=list(listening.origins)
        ),
        host=listening.host,
    )
    config = uvicorn.Config(
        app,
        host=listening.host,
        port=listening.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_END_SECONDS,
    )

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                service.start()
                ready()

    with closing(service):
        Server(config).run()
