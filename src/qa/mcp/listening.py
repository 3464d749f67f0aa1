"""Where the server listens by HTTP, and whom it answers: Host and Origin of every request are checked (DNS rebinding)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.errors import UsageError
from qa.loopback import is_loopback

_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_MOST = 65535


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
        return f"http://{_bracketed(self.host)}:{self.port}/mcp"


def listening_at(text: str, allowed: Sequence[str] = ()) -> Listening:
    """What `[HOST:]PORT` says; `allowed` are further hosts by which it is reached ("docs.example.org"). Raises UsageError."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= _MOST):
        raise UsageError(f"{text[:80]!r} is no port.", "For example: --http 8000 or --http 127.0.0.1:8000")
    names = _LOCAL_NAMES if is_loopback(host) else (_bracketed(host),)
    # A proxy in front of it, or the port 80, gives no port.
    hosts = [
        *(f"{name}:{port}" for name in names),
        *allowed,
        *(f"{name}:{port}" for name in allowed if ":" not in name),
    ]
    origins = [f"{scheme}://{name}" for name in hosts for scheme in ("http", "https")]
    return Listening(host, int(port), tuple(hosts), tuple(origins))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
