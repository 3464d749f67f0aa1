"""Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.responses import StreamingResponse

ALIVE_SECONDS = 10.0
"""After so long without an event something is sent, so that nobody takes the connection for dead."""
ALIVE = b": still here\n\n"
_HEADERS = {"X-Accel-Buffering": "no"}


def event(name: str, values: Mapping[str, Any]) -> bytes:
    """JSON has no line ends of its own, so nothing in `values` can begin another field."""
    data = json.dumps(values, ensure_ascii=False)
    return f"event: {name}\ndata: {data}\n\n".encode("utf-8", "replace")


async def events_of(queue: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
    """What comes out of `queue` until None does, and signs of life in between."""
    while True:
        try:
            async with asyncio.timeout(ALIVE_SECONDS):
                given = await queue.get()
        except TimeoutError:
            yield ALIVE
            continue
        if given is None:
            return
        yield given


def event_stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    return StreamingResponse(events, media_type="text/event-stream", headers=_HEADERS)
