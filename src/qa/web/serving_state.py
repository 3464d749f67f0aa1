"""What all requests of one server share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar, cast

from starlette.requests import Request

from qa.errors import QaError
from qa.hosting.document_service import DocumentService
from qa.web.access import Access, Caller
from qa.web.access_log import CALLER
from qa.web.conversation_database import ConversationsAway
from qa.web.conversation_store import ConversationStore
from qa.web.limits import Limits, RateLimit, Workers
from qa.web.metrics import Metrics

Result = TypeVar("Result")

_READERS = 4
"""Threads for what is quickly done (documents), so that it need not wait for asks."""
_KEEPERS = 4
"""Threads for conversations, and so the most connections to their database: nothing else waits for that one."""
_STORE_SECONDS = 15.0
"""To wait for it, whatever it was asked."""
_CHECK_SECONDS = 1.0


@dataclass(slots=True)
class ServingState:
    """Of one server. `streams` are open to tell the status; `writers` wait for a language model, so that no worker has to.

    `ending` is set when it takes nothing more on: what would go on for ever ends then.
    """

    service: DocumentService
    store: ConversationStore
    access: Access
    limits: Limits
    workers: Workers
    writers: Workers
    log_questions: bool = False
    metrics: Metrics = field(default_factory=Metrics)
    streams: int = 0
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    rates: RateLimit = field(init=False)
    _readers: ThreadPoolExecutor = field(init=False)
    _keepers: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self.rates = RateLimit(self.limits.rate)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="qa-look")
        self._keepers = ThreadPoolExecutor(_KEEPERS, thread_name_prefix="qa-keep")
        self.metrics.watch("qa_asks_running", "Asks that are worked on.", lambda: self.workers.running)
        self.metrics.watch("qa_asks_waiting", "Asks that wait for their turn.", lambda: self.workers.waiting)
        self.metrics.watch(
            "qa_asks_writing", "Asks whose answer a language model is to word.", lambda: self.writers.running
        )

    async def look(self, work: Callable[[], Result]) -> Result:
        """What `work` gives, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, work)

    async def recall(self, work: Callable[[ConversationStore], Result]) -> Result:
        """What `work` gives of the conversations. Raises what it raises, and ConversationsAway where that takes too long."""
        try:
            async with asyncio.timeout(_STORE_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._keepers, work, self.store)
        except TimeoutError as error:
            raise self._too_long() from error

    def recalled(self, work: Callable[[ConversationStore], Result]) -> Result:
        """As `recall`, for a thread that works on a question."""
        running = self._keepers.submit(work, self.store)
        try:
            return running.result(_STORE_SECONDS)
        except TimeoutError as error:
            running.cancel()
            raise self._too_long() from error

    async def has_conversations(self) -> bool:
        """Whether they can be had now; what takes long to say so counts as no."""
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                await self.recall(lambda store: store.check())
        except (QaError, TimeoutError):
            return False
        return True

    def _too_long(self) -> ConversationsAway:
        return ConversationsAway(self.store.place, "it does not answer")

    def close(self) -> None:
        self.workers.close()
        self.writers.close()
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._keepers.shutdown(wait=False, cancel_futures=True)
        self.service.close()
        self.store.close()


def state_of(request: Request) -> ServingState:
    return cast(ServingState, request.app.state.serving)


def caller_of(request: Request) -> Caller:
    """Raises Problem."""
    caller = state_of(request).access.caller(request)
    request.scope[CALLER] = caller.name
    return caller
