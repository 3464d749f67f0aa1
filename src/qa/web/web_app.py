"""The ASGI application: its routes, and the layers around them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from qa.errors import QaError
from qa.hosting.listening import Listening
from qa.web import asking, conversations, documents, health
from qa.web.access_log import GONE, AccessLog
from qa.web.guarding import BodyLimit, Guard, SecurityHeaders
from qa.web.openapi import description
from qa.web.problems import Problem, problem_of
from qa.web.serving_state import ServingState, state_of

STATIC = Path(__file__).with_name("static")
_CODES = {404: "not-found", 405: "method-not-allowed", 400: "invalid"}

_log = logging.getLogger(__name__)


def web_app(state: ServingState, listening: Listening) -> Starlette:
    """The application over `state`, which is closed when it ends; `listening` says by which names it is reached."""
    api = [
        Route("/v1/ask", asking.ask, methods=["POST"]),
        Route("/v1/search", asking.search, methods=["POST"]),
        Route("/v1/conversations", conversations.begin, methods=["POST"]),
        Route("/v1/conversations", conversations.listed, methods=["GET"]),
        Route("/v1/conversations/{id}", conversations.read, methods=["GET"], name="conversation"),
        Route("/v1/conversations/{id}", conversations.delete, methods=["DELETE"]),
        Route("/v1/conversations/{id}/turns", asking.take_turn, methods=["POST"]),
        Route("/v1/collections", documents.collections, methods=["GET"]),
        Route("/v1/documents", documents.documents, methods=["GET"]),
        Route("/v1/documents/{path:path}", documents.document, methods=["GET"]),
        Route("/v1/status", documents.status, methods=["GET"]),
        Route("/healthz", health.healthz, methods=["GET"]),
        Route("/readyz", health.readyz, methods=["GET"]),
        Route("/metrics", health.metrics, methods=["GET"]),
        Route("/openapi.json", _openapi, methods=["GET"]),
        Route("/docs", _docs, methods=["GET"]),
    ]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        state.service.start()
        try:
            yield
        finally:
            state.close()

    app = Starlette(
        routes=[*api, Mount("/", StaticFiles(directory=STATIC, html=True))],
        middleware=[
            Middleware(AccessLog, metrics=state.metrics, routes=lambda: api),
            Middleware(SecurityHeaders),
            Middleware(Guard, listening=listening),
            Middleware(BodyLimit, most=state.limits.body, seconds=state.limits.body_seconds),
        ],
        exception_handlers={
            Problem: _problem,
            QaError: _qa_error,
            HTTPException: _http_exception,
            ClientDisconnect: _gone,
            Exception: _defect,
        },
        lifespan=lifespan,
    )
    app.state.serving = state
    return app


async def _openapi(request: Request) -> Response:
    return JSONResponse(description())


async def _docs(request: Request) -> Response:
    return FileResponse(STATIC / "docs.html")


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _qa_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, QaError)
    problem = problem_of(error, private=state_of(request).access.private)
    if problem.status >= 500:
        _log.warning("%s", error)
    return problem.response()


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Problem(error.status_code, _CODES.get(error.status_code, "invalid"), headers=error.headers).response()


async def _gone(request: Request, error: Exception) -> Response:
    """The client went away in the middle of its own body: nobody reads this."""
    return Response(status_code=GONE)


async def _defect(request: Request, error: Exception) -> Response:
    return Problem(500, "internal").response()
