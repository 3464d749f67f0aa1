"""The web server of `qa serve`: textual-serve, with a page that fetches nothing from elsewhere, and a guard.

Any web page may try to reach a server on its visitor's own machine. The guard turns away what another page sends (by its
Origin) and what reaches this machine under another's name (by its Host: DNS rebinding).
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp_jinja2
from aiohttp import web
from textual_serve.server import Server, to_int

from qa.errors import QaError
from qa.loopback import is_loopback

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

_PAGES = Path(__file__).with_name("pages")
_MOST_FONT, _USUAL_FONT = 64, 16


class QaServer(Server):  # type: ignore[misc]
    """`command` is run by a shell for every page that is open, and shown there."""

    def __init__(self, command: str, host: str, port: int) -> None:
        super().__init__(command, host=host, port=port, title="qa", templates_path=_PAGES)

    def initialize_logging(self) -> None:
        logging.basicConfig(level="WARNING")

    async def on_startup(self, app: web.Application) -> None:
        """The command has said where the chat is."""

    async def _make_app(self) -> web.Application:
        app: web.Application = await super()._make_app()
        app.middlewares.append(self._guard)
        return app

    @aiohttp_jinja2.template("app_index.html")
    async def handle_index(self, request: web.Request) -> dict[str, Any]:
        """The page; whatever name this machine was reached by, the rest is fetched by the same."""
        font = to_int(request.query.get("fontsize", ""), _USUAL_FONT)
        return {
            "font_size": min(max(1, font), _MOST_FONT),
            "app_websocket_url": f"ws://{request.host}/ws",
            "application": {"name": self.title},
        }

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        name = urlsplit(f"//{request.host}").hostname or ""
        if is_local(self.host) and not is_local(name):
            raise web.HTTPForbidden(text="This chat is for its own machine alone.")
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="Another page may not use this chat.")
        response = await handler(request)
        response.headers.setdefault("X-Frame-Options", "DENY")
        return response

    def serve(self, debug: bool = False) -> None:
        """Serve until interrupted. Raises QaError where nothing can be served."""
        asyncio.set_event_loop(asyncio.new_event_loop())
        try:
            super().serve(debug)
        except OSError as error:
            what = f"Nothing can be served at {self.host}, port {self.port} ({(error.strerror or str(error)).lower()})."
            raise QaError(what, "Choose another with --port.") from error


def is_local(host: str) -> bool:
    """Whether `host` means this machine and no other can reach it."""
    return host.endswith(".localhost") or is_loopback(host)
