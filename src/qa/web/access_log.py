"""One line for each request on standard error, and its figures for Prometheus.

Of the address the route is logged, not what a caller put into it, and of a body nothing: questions are nobody's business who
reads logs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.web.metrics import Metrics

LOGGER = "qa.web.access"
_OTHER = "(other)"
CALLER = "qa.caller"
"""Of a scope: the name of the caller's token."""
GONE = 499
"""Status of a request whose client went away before there was one; nginx has the same."""

_log = logging.getLogger(LOGGER)


@dataclass(frozen=True, slots=True)
class AccessLog:
    """The outermost layer. `routes` gives the patterns of addresses."""

    app: ASGIApp
    metrics: Metrics
    routes: Callable[[], list[Route]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.monotonic(), GONE

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            seconds = time.monotonic() - began
            route = self._route(scope)
            method = scope["method"] if route != _OTHER else _OTHER
            self.metrics.request(method, route, status, seconds)
            client = scope["client"][0] if scope.get("client") else "-"
            caller = scope.get(CALLER, "-")
            _log.info("%s %s %s %s %s %.0f ms", client, caller, method, route, status, seconds * 1000)

    def _route(self, scope: Scope) -> str:
        return next((one.path for one in self.routes() if one.matches(scope)[0] is Match.FULL), _OTHER)
