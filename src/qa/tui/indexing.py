"""Bringing the index up to date beside the chat, and how fast that goes."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from qa.tui.question_queue import for_users

if TYPE_CHECKING:
    from collections.abc import Callable

    from qa.errors import QaError
    from qa.workspace import AnyWorkspace, UpdateReport

# The rate is that of the last so many seconds: the first passages are the slowest, while models are loaded.
_WINDOW = 20.0


class IndexingMessage(Message):
    """What is told of an update of the index."""


@dataclass(eq=False)
class IndexingProgress(IndexingMessage):
    done: int
    total: int


@dataclass(eq=False)
class IndexingWaits(IndexingMessage):
    """Another process, `holder`, writes the index."""

    holder: str


@dataclass(eq=False)
class IndexingDone(IndexingMessage):
    report: UpdateReport


@dataclass(eq=False)
class IndexingFailed(IndexingMessage):
    error: QaError


def index_in_background(workspace: AnyWorkspace, *, rebuild: bool, tell: Callable[[Message], object]) -> None:
    """Update the index in a thread of its own, which ends with the program; what becomes of it is told by messages."""

    def say(message: Message) -> None:
        with contextlib.suppress(RuntimeError):
            tell(message)

    def work() -> None:
        try:
            report = workspace.update(
                rebuild=rebuild,
                progress=lambda done, total: say(IndexingProgress(done, total)),
                waiting=lambda holder: say(IndexingWaits(holder)),
            )
        except Exception as problem:
            say(IndexingFailed(for_users(problem)))
        else:
            say(IndexingDone(report))

    threading.Thread(target=work, name="qa-indexing", daemon=True).start()


class Pace:
    """Passages a second over the last while, and the seconds that are left at that rate."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._marks: list[tuple[float, int]] = []

    def tell(self, done: int) -> None:
        now = self._clock()
        self._marks = [mark for mark in self._marks if now - mark[0] <= _WINDOW] or self._marks[-1:]
        self._marks.append((now, done))

    @property
    def rate(self) -> float | None:
        """Passages a second; None before two reports."""
        if len(self._marks) < 2:
            return None
        (since, first), (now, last) = self._marks[0], self._marks[-1]
        return (last - first) / (now - since) if now > since else None

    def left(self, total: int) -> float | None:
        """The seconds left at the present rate; None before it is known."""
        rate = self.rate
        return (total - self._marks[-1][1]) / rate if rate else None
