"""Whether the server lives and can answer, and its figures: for those who run it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from qa.errors import QaError
from qa.web.metrics import CONTENT_TYPE
from qa.web.serving_state import ServingState, caller_of, state_of

_SOON = {"Retry-After": "2"}


async def healthz(request: Request) -> Response:
    """`GET /healthz`: it lives."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """`GET /readyz`: 200 once the models are loaded and a collection can be asked, 503 before, and while it ends.

    Without their database there are no conversations, but plain questions are answered: that is said, with 200.
    """
    state = state_of(request)
    if state.ending.is_set():
        return JSONResponse({"status": "ending"}, 503)
    if not state.service.is_open:
        return JSONResponse({"status": "opening"}, 503, _SOON)
    if not await state.look(lambda: _can_answer(state)):
        return JSONResponse({"status": "no collection can be asked"}, 503, _SOON)
    conversations = "ready" if await state.has_conversations() else "away"
    return JSONResponse({"status": "ready", "conversations": conversations})


async def metrics(request: Request) -> Response:
    """`GET /metrics`, as Prometheus reads it. Where tokens are needed, so are they here."""
    caller_of(request)
    return Response(state_of(request).metrics.text(), media_type=CONTENT_TYPE)


def _can_answer(state: ServingState) -> bool:
    try:
        return bool(state.service.overviews())
    except QaError:
        return False
