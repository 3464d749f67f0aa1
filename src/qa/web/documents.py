"""`/v1/collections`, `/v1/documents` and `/v1/status`: what there is, as far as the caller may see it.

A path is a key of the index, and never one of the file system: what the index does not hold cannot be reached.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from qa.documents.lines import line_starts
from qa.errors import QaError
from qa.hosting.pages import page
from qa.hosting.version import VERSION
from qa.web import schemas
from qa.web.access import Caller
from qa.web.events import ALIVE, ALIVE_SECONDS, event, event_stream
from qa.web.notes import notes_of
from qa.web.problems import Problem
from qa.web.requests import query_of, wants_events
from qa.web.serving_state import ServingState, caller_of, state_of

_MOST_CHARACTERS = 200_000
"""Of a range of characters."""
_MOST_LINES = 999_999_999
_LATER = 30
_LOOK = 0.5
"""Seconds between two looks at how far indexing is."""


async def collections(request: Request) -> Response:
    """`GET /v1/collections`."""
    state, caller = state_of(request), caller_of(request)
    found = await state.look(lambda: _statuses(state, caller))
    return JSONResponse(schemas.CollectionList(collections=found).model_dump(mode="json"))


async def status(request: Request) -> Response:
    """`GET /v1/status`, once or whenever it changes."""
    state, caller = state_of(request), caller_of(request)
    if wants_events(request):
        if state.streams >= state.limits.streams:
            raise Problem(503, "overloaded", "As many listen to the status as can.", retry_after=_LATER)
        return event_stream(_changes(state, caller))
    found = await state.look(lambda: _status(state, caller))
    return JSONResponse(found.model_dump(mode="json"))


async def documents(request: Request) -> Response:
    """`GET /v1/documents`."""
    state, caller = state_of(request), caller_of(request)
    query = query_of(request, schemas.DocumentsQuery)
    names = caller.chosen(state.service, query.collection or caller.visible(state.service))
    only = query.filter()
    found = await state.look(lambda: state.service.documents(names, only))
    notes = await state.look(lambda: notes_of(state.service, names, private=state.access.private))
    following = query.offset + query.limit
    listed = [
        schemas.ListedDocument(
            collection=one.collection,
            path=one.path,
            bytes=one.bytes,
            modified=datetime.fromtimestamp(one.mtime_ns / 1e9, UTC),
        )
        for one in found[query.offset : following]
    ]
    result = schemas.DocumentPage(
        documents=listed, total=len(found), next_offset=following if following < len(found) else None, notes=notes
    )
    return JSONResponse(result.model_dump(mode="json"))


async def document(request: Request) -> Response:
    """`GET /v1/documents/{path}`."""
    state, caller = state_of(request), caller_of(request)
    path: str = request.path_params["path"]
    query = query_of(request, schemas.DocumentQuery)
    if query.lines and query.characters:
        raise Problem(422, "invalid", "Give lines or characters, not both.")
    collection = path.partition("/")[0]
    if collection not in caller.visible(state.service):
        raise _unknown(path)
    try:
        text = await state.look(lambda: state.service.document_text(path))
    except KeyError as error:
        raise _unknown(path) from error
    found = _characters(text, path, query.characters) if query.characters else _lines(text, path, query.lines)
    return JSONResponse(found.model_dump(mode="json"))


def _unknown(path: str) -> Problem:
    return Problem(404, "document-unknown", "There is no such document.", hint="GET /v1/documents lists them.")


def _lines(text: str, path: str, lines: str | None) -> schemas.DocumentText:
    first, _, last = (lines or f"1-{_MOST_LINES}").partition("-")
    begin, end = int(first), int(last or first)
    if begin < 1 or end < begin:
        raise Problem(422, "invalid", f"There are no lines {lines}.", hint="They are counted from 1: lines=10-20")
    found = page(text, begin, end - begin + 1)
    starts = line_starts(text)
    following = None
    if found.next is not None and (found.next[1] or found.next[0] <= end):
        line, character = found.next
        # The rest of a line that is longer than a page, and what comes after it, is asked for by its characters.
        until = starts[end] if end < len(starts) else len(text)
        following = f"characters={starts[line - 1] + character}-{until}" if character else f"lines={line}-{end}"
    return _document_text(text, path, starts[found.first - 1], len(found.text), following)


def _characters(text: str, path: str, characters: str) -> schemas.DocumentText:
    begin, end = (int(one) for one in characters.split("-"))
    if end < begin or begin > len(text):
        raise Problem(422, "invalid", f"There are no characters {characters}: the document has {len(text):,} of them.")
    wanted = min(end, len(text))
    last = min(wanted, begin + _MOST_CHARACTERS)
    return _document_text(text, path, begin, last - begin, f"characters={last}-{wanted}" if last < wanted else None)


def _document_text(text: str, path: str, start: int, length: int, following: str | None) -> schemas.DocumentText:
    starts = line_starts(text)
    total = len(starts) - (len(starts) > 1 and starts[-1] == len(text))
    end = start + length
    return schemas.DocumentText(
        collection=path.partition("/")[0],
        path=path,
        text=text[start:end],
        start=start,
        end=end,
        first_line=min(bisect_right(starts, start), total),
        last_line=min(bisect_right(starts, max(start, end - 1)), total),
        total_lines=total,
        total_characters=len(text),
        next=None if following is None else f"/v1/documents/{quote(path)}?{following}",
    )


async def _changes(state: ServingState, caller: Caller) -> AsyncIterator[bytes]:
    """The status, then what it is whenever it has changed, until the server ends."""
    state.streams += 1
    try:
        shown: schemas.Status | None = None
        silent = 0.0
        while not state.ending.is_set():
            found = await state.look(lambda: _status(state, caller))
            # How many ask just now changes all the time, and is no news.
            if shown is None or found.collections != shown.collections or found.ready != shown.ready:
                yield event("status", found.model_dump(mode="json"))
                shown, silent = found, 0.0
            elif silent >= ALIVE_SECONDS:
                yield ALIVE
                silent = 0.0
            silent += _LOOK
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await state.ending.wait()
    finally:
        state.streams -= 1


def _status(state: ServingState, caller: Caller) -> schemas.Status:
    found = _statuses(state, caller)
    return schemas.Status(
        collections=found,
        version=VERSION,
        ready=state.service.is_open and any(one.state == "ready" for one in found),
        running=state.workers.running,
        waiting=state.workers.waiting,
        writing=state.writers.running,
    )


def _statuses(state: ServingState, caller: Caller) -> list[schemas.CollectionStatus]:
    names = caller.visible(state.service)
    building = state.service.building(names)
    try:
        overviews = state.service.overviews()
        left_out = state.service.left_out()
    except QaError as error:
        overviews, left_out = {}, dict.fromkeys(names, error)
    found = []
    for collection in state.service.collections:
        if collection.name not in names:
            continue
        about = schemas.CollectionStatus(
            name=collection.name,
            description=collection.description,
            default=collection.name in state.service.default,
            state="unavailable",
        )
        if (progress := building.get(collection.name)) is not None:
            about.state = "indexing"
            about.passages_done, about.passages_total = progress.done, progress.total
        elif (overview := overviews.get(collection.name)) is not None:
            about.state = "ready"
            about.documents, about.passages = overview.documents, overview.passages
            about.generation = overview.generation
            about.stale = sum(path.partition("/")[0] == collection.name for path in state.service.stale())
        if (failure := left_out.get(collection.name)) is not None and about.state != "indexing":
            about.problem = "It cannot be brought up to date now." if state.access.private else str(failure)
        found.append(about)
    return found
