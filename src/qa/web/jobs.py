"""What is worked on for a caller in threads, given as JSON or as events, and given up when the caller goes away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from qa.errors import QaError
from qa.hosting.tickets import Ticket
from qa.web.access import Caller
from qa.web.access_log import GONE
from qa.web.events import event, event_stream, events_of
from qa.web.problems import Problem, problem_of
from qa.web.requests import wants_events
from qa.web.serving_state import ServingState, state_of

Result = TypeVar("Result")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job(Generic[Result]):
    """What `find` finds, as `give` gives it under `name`.

    `write` is done between the two where a language model is to be asked. It waits for that one, and so it is done where it
    holds up none of the others.
    """

    name: str
    find: Callable[[Ticket], Result]
    give: Callable[[Result], dict[str, Any]]
    write: Callable[[Ticket, Result], Result] | None = None


async def worked_on(request: Request, caller: Caller, job: Job[Any]) -> Response:
    """The result as JSON, or as an event after those of the stages. Raises Problem, QaError."""
    state = state_of(request)
    if wants_events(request):
        # Now, while it can still have a status of its own.
        state.workers.check(caller.key)
        if job.write is not None:
            state.writers.check(caller.key)
        return event_stream(_stages(state, caller, job))
    ticket = Ticket()
    running = asyncio.ensure_future(_done(state, caller, job, ticket))
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


async def _done(state: ServingState, caller: Caller, job: Job[Result], ticket: Ticket) -> dict[str, Any]:
    """Raises Problem where there is no place for it, and what the job raises."""
    write = job.write
    if write is None:
        with state.workers.place(caller.key):
            return await state.workers.run(lambda: job.give(job.find(ticket)))
    # From the beginning: what could not be written in the end need not be looked for.
    with state.writers.place(caller.key):
        with state.workers.place(caller.key):
            found = await state.workers.run(lambda: job.find(ticket))
        return await state.writers.run(lambda: job.give(write(ticket, found)))


async def _gone(request: Request) -> None:
    """Until the client goes away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _stages(state: ServingState, caller: Caller, job: Job[Any]) -> AsyncIterator[bytes]:
    queue: asyncio.Queue[bytes | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def watch(stage: str, passages: int) -> None:
        loop.call_soon_threadsafe(queue.put_nowait, event("stage", {"stage": stage, "passages": passages}))

    ticket = Ticket(watch=watch)
    try:
        queue.put_nowait(event("stage", {"stage": "wait", "passages": 0}))
        running = asyncio.ensure_future(_done(state, caller, job, ticket))
        running.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            async for given in events_of(queue):
                yield given
            yield event(job.name, running.result())
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
