"""What stands before every request: whom the server is reached as, how large and how slow a request may be; and what stands
on every response.

Any web page may try to reach a server on its visitor's own machine. What another page sends is known by its Origin, and what
reaches this machine under another's name (DNS rebinding) by its Host.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.hosting.listening import Listening
from qa.web.problems import Problem

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_API = "/v1/"
_LONGEST_NUMBER = 18
"""Figures of a length; the server has seen that there are no others."""


@dataclass(frozen=True, slots=True)
class SecurityHeaders:
    """Puts them on every response. What the API says is kept by no cache."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store" if scope["path"].startswith(_API) else "no-cache")
            await send(message)

        await self.app(scope, receive, with_headers)


@dataclass(frozen=True, slots=True)
class Guard:
    """Turns away what is sent to another name or by another page."""

    app: ASGIApp
    listening: Listening

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (problem := self._problem(scope)):
            await problem.response()(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _problem(self, scope: Scope) -> Problem | None:
        headers = Headers(scope=scope)
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or hosts[0].lower() not in self.listening.hosts:
            return Problem(
                421 if hosts else 400,
                "wrong-host",
                "The server is not reached by this name.",
                hint="Start it with --allow-host NAME to let it be.",
            )
        if any(origin.lower() not in self.listening.origins for origin in origins):
            return Problem(403, "forbidden", "Another page may not use this server.")
        if headers.get("sec-fetch-site") == "cross-site" and scope["path"].startswith(_API):
            return Problem(403, "forbidden", "Another page may not use this server.")
        return None


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """Reads at most `most` bytes of a body, and waits at most `seconds` for it."""

    app: ASGIApp
    most: int
    seconds: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if len(declared) > _LONGEST_NUMBER or int(declared) > self.most:
            await self._too_large().response()(scope, receive, send)
            return
        deadline = asyncio.get_running_loop().time() + self.seconds
        read, whole = 0, False

        async def limited() -> Message:
            nonlocal read, whole
            if whole:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise Problem(408, "timeout", headers={"Connection": "close"}) from None
            if message["type"] == "http.request":
                read += len(message.get("body", b""))
                whole = not message.get("more_body", False)
                if read > self.most:
                    raise self._too_large()
            return message

        await self.app(scope, limited, send)

    def _too_large(self) -> Problem:
        return Problem(
            413, "body-too-large", f"A body may have {self.most:,} bytes at most.", headers={"Connection": "close"}
        )
