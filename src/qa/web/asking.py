"""`POST /v1/ask`, `/v1/search` and `/v1/conversations/{id}/turns`: what is worked on in a thread, and may be given up."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from qa.answers import Answer
from qa.errors import QaError
from qa.filters import Filter
from qa.hosting.document_service import DocumentService, Ticket
from qa.pipeline.questions import checked_question
from qa.web.access import Caller
from qa.web.access_log import GONE
from qa.web.events import event, event_stream, events_of
from qa.web.notes import notes_of
from qa.web.problems import Problem, problem_of
from qa.web.requests import body_of, wants_events
from qa.web.schemas import AskRequest, Chosen, Question, SearchRequest, TurnRequest
from qa.web.serving_state import ServingState, caller_of, state_of

Result = TypeVar("Result")
Work = Callable[[Ticket], dict[str, Any]]

_SOON = 5
"""Seconds after which a first index may be there."""
_log = logging.getLogger(__name__)


async def ask(request: Request) -> Response:
    """`POST /v1/ask`."""
    state, caller = state_of(request), caller_of(request)
    body = await body_of(request, AskRequest)
    question = checked_question(body.question)
    _note(state, question)
    names, only = _admitted(state, caller, body, body.collections)
    least = await state.look(lambda: least_confidence(state.service, body))
    known = await state.look(lambda: state.service.remembered(question, names, only=only, min_confidence=least))

    def work(ticket: Ticket) -> dict[str, Any]:
        if known is not None:
            return answered(state, known, names)
        answer = state.service.ask(ticket, question, names, only=only, min_confidence=least)
        return answered(state, answer, names)

    if known is not None and not wants_events(request):
        # It waits for nobody.
        return JSONResponse(await state.look(lambda: work(Ticket())))
    return await _worked_on(request, caller, work, "answer")


async def search(request: Request) -> Response:
    """`POST /v1/search`."""
    state, caller = state_of(request), caller_of(request)
    body = await body_of(request, SearchRequest)
    query = checked_question(body.query)
    _note(state, query)
    names, only = _admitted(state, caller, body, body.collections)

    def work(ticket: Ticket) -> dict[str, Any]:
        found = state.service.search(ticket, query, names, body.limit, only=only)
        notes = notes_of(state.service, names, private=state.access.private)
        return {"query": query, "passages": [passage.as_dict() for passage in found], "notes": notes}

    return await _worked_on(request, caller, work, "passages")


async def take_turn(request: Request) -> Response:
    """`POST /v1/conversations/{id}/turns`."""
    state, caller = state_of(request), caller_of(request)
    identifier = request.path_params["id"]
    conversation = await state.look(lambda: state.store.get(caller.owner, identifier))
    body = await body_of(request, TurnRequest)
    question = checked_question(body.question)
    _note(state, question)
    standalone = None if body.standalone is None else checked_question(body.standalone)
    names, only = _admitted(state, caller, body, conversation.collections)

    def work(ticket: Ticket) -> dict[str, Any]:
        earlier = state.store.turns(caller.owner, identifier)
        said = state.service.converse(
            ticket,
            identifier,
            question,
            names,
            earlier=earlier,
            standalone=standalone,
            only=only,
            min_confidence=least_confidence(state.service, body),
        )
        state.store.add(caller.owner, identifier, said.answer, is_turn=said.is_turn)
        return answered(state, said.answer, names)

    return await _worked_on(request, caller, work, "answer")


def _admitted(
    state: ServingState, caller: Caller, body: Chosen, collections: Sequence[str] | None
) -> tuple[tuple[str, ...], Filter | None]:
    """The collections and the filter that are meant, of what may be worked on now. Raises Problem and QaError."""
    names = caller.chosen(state.service, collections)
    only = body.filter()
    check_indexed(state, names)
    state.rates.take(caller.key)
    return names, only


def _note(state: ServingState, question: str) -> None:
    """In the log, if its owner wants it there: in one line, whatever the caller typed."""
    if state.log_questions:
        _log.info("asked: %s", json.dumps(question))


def answered(state: ServingState, answer: Answer, names: tuple[str, ...]) -> dict[str, Any]:
    """As `qa ask --json` has it, and what is to be said of the collections."""
    state.metrics.answer(answer)
    stale = [path for path in state.service.stale() if path.partition("/")[0] in names]
    notes = notes_of(state.service, names, private=state.access.private)
    return {**answer.as_dict(), "stale": stale, "notes": notes}


def least_confidence(service: DocumentService, body: Question) -> float | None:
    if not body.strict:
        return body.min_confidence
    return max(service.firm_confidence, body.min_confidence or 0.0)


def check_indexed(state: ServingState, names: tuple[str, ...]) -> None:
    """Raises Problem where the first index of every collection is still being built."""
    building = state.service.building(names)
    if len(building) == len(names):
        said = " ".join(f"{name}: {one}" for name, one in building.items())
        raise Problem(503, "indexing", said, retry_after=_SOON)


async def _worked_on(request: Request, caller: Caller, work: Work, name: str) -> Response:
    """The result as JSON, or as an event `name` after those of the stages. Raises Problem, QaError."""
    state = state_of(request)
    if wants_events(request):
        # Now, while it can still have a status of its own.
        state.workers.check(caller.key)
        return event_stream(_stages(state, caller, work, name))
    ticket = Ticket()
    with state.workers.place(caller.key):
        running = asyncio.ensure_future(state.workers.run(lambda: work(ticket)))
        gone = asyncio.ensure_future(_gone(request))
        try:
            await asyncio.wait({running, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                return Response(status_code=GONE)
            return JSONResponse(running.result())
        finally:
            ticket.cancelled = True
            running.cancel()
            gone.cancel()


async def _gone(request: Request) -> None:
    """Until the client goes away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _stages(state: ServingState, caller: Caller, work: Work, name: str) -> AsyncIterator[bytes]:
    queue: asyncio.Queue[bytes | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def watch(stage: str, passages: int) -> None:
        loop.call_soon_threadsafe(queue.put_nowait, event("stage", {"stage": stage, "passages": passages}))

    ticket = Ticket(watch=watch)
    try:
        with state.workers.place(caller.key):
            queue.put_nowait(event("stage", {"stage": "wait", "passages": 0}))
            running = asyncio.ensure_future(state.workers.run(lambda: work(ticket)))
            running.add_done_callback(lambda _: queue.put_nowait(None))
            try:
                async for given in events_of(queue):
                    yield given
                yield event(name, running.result())
            finally:
                running.cancel()
    except Problem as problem:
        yield event("problem", problem.as_dict())
    except QaError as error:
        yield event("problem", problem_of(error, private=state.access.private).as_dict())
    except Exception:
        _log.exception("An ask failed.")
        yield event("problem", Problem(500, "internal").as_dict())
    finally:
        ticket.cancelled = True
