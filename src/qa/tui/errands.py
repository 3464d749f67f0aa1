"""A background thread that does one thing after the other, and tells the event loop what came of each."""

from __future__ import annotations

import asyncio
import queue
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class Errands:
    def __init__(self, name: str) -> None:
        self._queue: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def post(self, work: Callable[[], object]) -> None:
        """Do `work` in its turn; what comes of it, an error too, is dropped."""
        self._queue.put((Future(), work))

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do `work` in its turn and give back its result; what it raises is raised here."""
        future: Future[Result] = Future()
        self._queue.put((future, work))
        return await asyncio.wrap_future(future)

    def leave(self) -> None:
        """Do what is queued, then end."""
        self._queue.put(None)

    def join(self, timeout: float) -> bool:
        """Wait for what is queued. True if the thread has ended (or never began)."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (errand := self._queue.get()) is not None:
            future, work = errand
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except Exception as problem:
                future.set_exception(problem)
