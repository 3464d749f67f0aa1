"""Where a server listens by HTTP, and whom it answers: Host and Origin of every request are checked (DNS rebinding)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.errors import UsageError
from qa.loopback import is_loopback

_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_MOST = 65535
_UNSAID = (80, 443)
"""Ports that browsers leave out."""


@dataclass(frozen=True, slots=True)
class Listening:
    """`host` without brackets; `hosts` and `origins` are the values that a request may have, in full."""

    host: str
    port: int
    hosts: tuple[str, ...]
    origins: tuple[str, ...]

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)

    @property
    def url(self) -> str:
        """Of its root, without a slash at the end; by TLS it is https."""
        return f"http://{_bracketed(self.host)}:{self.port}"


def listening_at(text: str, allowed: Sequence[str] = ()) -> Listening:
    """What `[HOST:]PORT` says; `allowed` are further hosts by which it is reached ("docs.example.org"). Raises UsageError."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= _MOST):
        raise UsageError(f"{text[:80]!r} is no port.", "For example: --http 8000 or --http 127.0.0.1:8000")
    return listening_on(host, int(port), allowed)


def listening_on(host: str, port: int, allowed: Sequence[str] = ()) -> Listening:
    """At `host`, a name or an address without brackets; `allowed` are as for `listening_at`."""
    allowed = [name.lower() for name in allowed]
    names = _LOCAL_NAMES if is_loopback(host) else (*_LOCAL_NAMES, _bracketed(host.lower()))
    # A proxy in front of it gives no port.
    hosts = [
        *(f"{name}:{port}" for name in names),
        *(names if port in _UNSAID else ()),
        *allowed,
        *(f"{name}:{port}" for name in allowed if ":" not in name),
    ]
    origins = [f"{scheme}://{name}" for name in hosts for scheme in ("http", "https")]
    return Listening(host, port, tuple(hosts), tuple(origins))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
