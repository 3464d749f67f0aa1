"""An Assistant for asyncio: the same methods, which run in threads and can be cancelled."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from qa.corpus_place import CorpusPlace
from qa.errors import QaError

if TYPE_CHECKING:
    from qa.answers import Answer, RetrievedPassage
    from qa.assistant import Assistant, Status
    from qa.base_assistant import Explanation
    from qa.collections import Collection
    from qa.conversation import Conversation, ConversationState, Shown, Turn
    from qa.documents import Choice
    from qa.federated import FederatedAssistant
    from qa.filters import Filter
    from qa.index.writing.changes import Skipped
    from qa.index.writing.writer import Progress, UpdateReport, Waiting
    from qa.pipeline.pipeline import Watch
    from qa.settings import Settings

Result = TypeVar("Result")

_MOST_AT_ONCE = 8


class _NobodyWaits(Exception):
    """Ends an ask that was cancelled, between two of its stages."""


class _Threads:
    """Runs what may take long. What is cancelled while it waits for a thread never begins."""

    def __init__(self, watch: Watch | None) -> None:
        self._pool = ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix="qa-async")
        self._watch = watch
        self._current = threading.local()

    def watch(self, stage: str, passages: int) -> None:
        """Told of the stages of every ask, in its own thread."""
        cancelled: threading.Event | None = getattr(self._current, "cancelled", None)
        if cancelled is not None and cancelled.is_set():
            raise _NobodyWaits
        if self._watch is not None:
            self._watch(stage, passages)

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` gives. When the task that waits is cancelled, `work` ends at its next stage."""
        cancelled = threading.Event()
        context = contextvars.copy_context()

        def watched() -> Result:
            self._current.cancelled = cancelled
            return context.run(work)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, watched)
        finally:
            cancelled.set()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


class AsyncAssistant:
    """Answers questions for programs that use asyncio; several tasks may ask at the same time.

    A task that is cancelled stops waiting at once, and its ask ends at its next stage. Everything else is as in `qa.Assistant`.

    >>> async with await AsyncAssistant.open() as assistant:
    ...     (await assistant.ask("How many Russian military personnel are at the Kant airbase?")).text
    '400'
    """

    def __init__(self, assistant: Assistant | FederatedAssistant, threads: _Threads) -> None:
        """Use `AsyncAssistant.open` or `AsyncAssistant.open_collections`."""
        self._assistant = assistant
        self._threads = threads

    @classmethod
    async def open(
        cls,
        corpus: CorpusPlace | str | None = None,
        *,
        index: Path | str | None = None,
        settings: Settings | None = None,
        progress: Progress | None = None,
        waiting: Waiting | None = None,
        watch: Watch | None = None,
    ) -> Self:
        """See `Assistant.open`. `progress`, `waiting` and `watch` are called in threads."""

        def opened(threads: _Threads) -> Assistant:
            from qa.assistant import Assistant

            return Assistant.open(
                corpus, index=index, settings=settings, progress=progress, waiting=waiting, watch=threads.watch
            )

        return await cls._opened(opened, watch)

    @classmethod
    async def open_collections(
        cls,
        collections: Sequence[Collection] | None = None,
        *,
        settings: Settings | None = None,
        watch: Watch | None = None,
    ) -> Self:
        """See `FederatedAssistant.open`."""

        def opened(threads: _Threads) -> FederatedAssistant:
            from qa.federated import FederatedAssistant

            return FederatedAssistant.open(collections, settings=settings, watch=threads.watch)

        return await cls._opened(opened, watch)

    @classmethod
    async def _opened(cls, open_one: Callable[[_Threads], Assistant | FederatedAssistant], watch: Watch | None) -> Self:
        threads = _Threads(watch)
        try:
            return cls(await threads.run(lambda: open_one(threads)), threads)
        except BaseException:
            threads.close()
            raise

    async def ask(self, question: str, *, only: Filter | None = None, min_confidence: float | None = None) -> Answer:
        """See `Assistant.ask`."""
        return await self._threads.run(lambda: self._assistant.ask(question, only=only, min_confidence=min_confidence))

    async def explain(
        self, question: str, *, only: Filter | None = None, min_confidence: float | None = None
    ) -> Explanation:
        """See `Assistant.explain`."""
        return await self._threads.run(
            lambda: self._assistant.explain(question, only=only, min_confidence=min_confidence)
        )

    async def talk(self, typed: str) -> Answer | None:
        """See `Assistant.talk`."""
        return await self._threads.run(lambda: self._assistant.talk(typed))

    async def read(
        self, question: str, text: str, *, heading: str | None = None, min_confidence: float | None = None
    ) -> Answer:
        """See `Assistant.read`."""
        return await self._threads.run(
            lambda: self._assistant.read(question, text, heading=heading, min_confidence=min_confidence)
        )

    async def search(self, query: str, limit: int = 5, *, only: Filter | None = None) -> tuple[RetrievedPassage, ...]:
        """See `Assistant.search`."""
        return await self._threads.run(lambda: self._assistant.search(query, limit, only=only))

    def conversation(self, turns: Iterable[Turn] = ()) -> AsyncConversation:
        """See `Assistant.conversation`."""
        return AsyncConversation(self._assistant.conversation(turns), self._threads)

    def resumed(self, state: ConversationState) -> AsyncConversation:
        """See `Assistant.resumed`."""
        return AsyncConversation(self._assistant.resumed(state), self._threads)

    async def cosine_similarity(self, text: str, others: Sequence[str]) -> list[float]:
        """See `Assistant.cosine_similarity`."""
        return await self._threads.run(lambda: self._assistant.cosine_similarity(text, others))

    async def document_text(self, path: str) -> str:
        """See `Assistant.document_text`."""
        return await self._threads.run(lambda: self._assistant.document_text(path))

    async def documents(self) -> tuple[str, ...]:
        """See `Assistant.documents`."""
        return await self._threads.run(self._assistant.documents)

    async def update(
        self,
        *,
        rebuild: bool = False,
        choice: Choice | None = None,
        progress: Progress | None = None,
        waiting: Waiting | None = None,
    ) -> UpdateReport:
        """See `Assistant.update`; it goes on when the task is cancelled. Raises AttributeError over collections."""
        update: Callable[..., UpdateReport] = self._of_one_corpus("update")
        return await self._threads.run(
            lambda: update(rebuild=rebuild, choice=choice, progress=progress, waiting=waiting)
        )

    async def problems(self) -> tuple[Skipped, ...]:
        """See `Assistant.problems`. Raises AttributeError over collections."""
        problems: Callable[[], tuple[Skipped, ...]] = self._of_one_corpus("problems")
        return await self._threads.run(problems)

    async def stale(self) -> tuple[str, ...]:
        """See `Assistant.stale`."""
        return await self._threads.run(self._assistant.stale)

    async def catch_up(self) -> tuple[str, ...]:
        """See `Assistant.catch_up`."""
        return await self._threads.run(self._assistant.catch_up)

    async def status(self) -> Status:
        """See `Assistant.status`."""
        return await self._threads.run(self._assistant.status)

    async def file_of(self, path: str) -> Path:
        """See `Assistant.file_of`."""
        return await self._threads.run(lambda: self._assistant.file_of(path))

    @property
    def firm_confidence(self) -> float:
        """See `Assistant.firm_confidence`."""
        return self._assistant.firm_confidence

    @property
    def left_out(self) -> Mapping[str, QaError]:
        """See `Assistant.left_out`."""
        return self._assistant.left_out

    @property
    def away(self) -> tuple[Collection, ...]:
        """See `Assistant.away`."""
        return self._assistant.away

    async def close(self) -> None:
        """See `Assistant.close`. What was asked before is finished."""
        await self._threads.run(self._assistant.close)
        self._threads.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _of_one_corpus(self, name: str) -> Any:
        return getattr(self._assistant, name)


class AsyncConversation:
    """A conversation for asyncio; made by `AsyncAssistant.conversation`."""

    def __init__(self, conversation: Conversation, threads: _Threads) -> None:
        self._conversation = conversation
        self._threads = threads

    @property
    def turns(self) -> tuple[Turn, ...]:
        """See `Conversation.turns`."""
        return self._conversation.turns

    @property
    def state(self) -> ConversationState:
        """See `Conversation.state`."""
        return self._conversation.state

    async def ask(
        self,
        question: str,
        *,
        standalone: str | None = None,
        only: Filter | None = None,
        min_confidence: float | None = None,
    ) -> Answer:
        """See `Conversation.ask`. An ask that was cancelled makes no turn, unless it was nearly done."""
        return await self._threads.run(
            lambda: self._conversation.ask(question, standalone=standalone, only=only, min_confidence=min_confidence)
        )

    async def correct(
        self, standalone: str, *, only: Filter | None = None, min_confidence: float | None = None
    ) -> Answer:
        """See `Conversation.correct`."""
        return await self._threads.run(
            lambda: self._conversation.correct(standalone, only=only, min_confidence=min_confidence)
        )

    async def about_last(self, question: str) -> Shown | None:
        """See `Conversation.about_last`."""
        return await self._threads.run(lambda: self._conversation.about_last(question))
