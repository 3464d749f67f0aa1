"""`POST /v1/ask`, `/v1/search` and `/v1/conversations/{id}/turns`: what is asked, and what is given for it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from qa.answers import Answer
from qa.filters import Filter
from qa.hosting.document_service import DocumentService
from qa.hosting.server_writing import ServerWriting
from qa.hosting.tickets import Ticket
from qa.pipeline.questions import checked_question
from qa.web.access import Caller
from qa.web.jobs import Job, worked_on
from qa.web.notes import notes_of
from qa.web.problems import Problem
from qa.web.requests import body_of, wants_events
from qa.web.schemas import AskRequest, Chosen, Question, SearchRequest, TurnRequest
from qa.web.serving_state import ServingState, caller_of, state_of

Result = TypeVar("Result")

_MOST_TRIES = 10
"""Of a turn: each after the first means that another one of the same conversation was answered meanwhile."""
_SOON = 5
"""Seconds after which a first index may be there."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Exchange:
    """An answer in a conversation, and the number by which the store knows it. `is_turn` is that of qa.hosting's `Said`."""

    answer: Answer
    is_turn: bool
    number: int


async def ask(request: Request) -> Response:
    """`POST /v1/ask`."""
    state, caller = state_of(request), caller_of(request)
    body = await body_of(request, AskRequest)
    question = checked_question(body.question)
    _note(state, question)
    names, only = _admitted(state, caller, body, body.collections)
    writing = await _writing(state, body)
    least = await state.look(lambda: least_confidence(state.service, body))
    known = await state.look(lambda: state.service.remembered(question, names, only=only, min_confidence=least))

    def find(ticket: Ticket) -> Answer:
        if known is not None:
            return known
        return state.service.ask(ticket, question, names, only=only, min_confidence=least)

    def write(writing: ServerWriting, ticket: Ticket, answer: Answer) -> Answer:
        return writing.written(answer, state.service, ticket)

    def give(answer: Answer) -> dict[str, Any]:
        return answered(state, answer, names)

    if known is not None and writing is None and not wants_events(request):
        # It waits for nobody.
        return JSONResponse(await state.look(lambda: give(known)))
    return await worked_on(request, caller, _with_writing(Job("answer", find, give), writing, write))


async def search(request: Request) -> Response:
    """`POST /v1/search`."""
    state, caller = state_of(request), caller_of(request)
    body = await body_of(request, SearchRequest)
    query = checked_question(body.query)
    _note(state, query)
    names, only = _admitted(state, caller, body, body.collections)

    def find(ticket: Ticket) -> dict[str, Any]:
        found = state.service.search(ticket, query, names, body.limit, only=only)
        notes = notes_of(state.service, names, private=state.access.private)
        return {"query": query, "passages": [passage.as_dict() for passage in found], "notes": notes}

    return await worked_on(request, caller, Job("passages", find, lambda found: found))


async def take_turn(request: Request) -> Response:
    """`POST /v1/conversations/{id}/turns`."""
    state, caller = state_of(request), caller_of(request)
    identifier = request.path_params["id"]
    conversation = await state.recall(lambda store: store.get(caller.owner, identifier))
    body = await body_of(request, TurnRequest)
    question = checked_question(body.question)
    _note(state, question)
    standalone = None if body.standalone is None else checked_question(body.standalone)
    names, only = _admitted(state, caller, body, conversation.collections)
    writing = await _writing(state, body)

    def tried(ticket: Ticket) -> _Exchange | None:
        before = state.recalled(lambda store: store.so_far(caller.owner, identifier))
        said, later = state.service.go_on(
            ticket,
            before.state,
            question,
            names,
            standalone=standalone,
            only=only,
            min_confidence=least_confidence(state.service, body),
        )
        # Before it is written: it was said, even if the client does not wait for the language model.
        number = state.recalled(lambda store: store.add(caller.owner, identifier, said, later, after=before))
        return None if number is None else _Exchange(said.answer, said.is_turn, number)

    def find(ticket: Ticket) -> _Exchange:
        for _ in range(_MOST_TRIES):
            if (exchange := tried(ticket)) is not None:
                return exchange
        raise Problem(503, "overloaded", "Other questions are being asked in this conversation.", retry_after=1)

    def write(writing: ServerWriting, ticket: Ticket, exchange: _Exchange) -> _Exchange:
        if not exchange.is_turn:
            # What is asked about the last answer ("are you sure?") is not put to the model.
            return exchange
        answer = writing.written(exchange.answer, state.service, ticket)
        state.recalled(lambda store: store.change(caller.owner, identifier, exchange.number, answer))
        return replace(exchange, answer=answer)

    def give(exchange: _Exchange) -> dict[str, Any]:
        return answered(state, exchange.answer, names)

    return await worked_on(request, caller, _with_writing(Job("answer", find, give), writing, write))


async def _writing(state: ServingState, body: Question) -> ServerWriting | None:
    """None where the answer is not to be written."""
    if not body.write:
        return None
    if not state.limits.writers:
        return ServerWriting.turned_off()
    return await state.look(lambda: ServerWriting.of_settings(private=state.access.private))


def _with_writing(
    job: Job[Result], writing: ServerWriting | None, write: Callable[[ServerWriting, Ticket, Result], Result]
) -> Job[Result]:
    """`job` with the writing that was asked for; where there is no language model to wait for, that is said at once."""
    if writing is None:
        return job
    if writing.server is not None:
        return replace(job, write=lambda ticket, found: write(writing, ticket, found))
    return replace(job, find=lambda ticket: write(writing, ticket, job.find(ticket)))


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
