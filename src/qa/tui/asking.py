"""The desk: one background thread that opens the assistant and answers questions in the order they were asked.

A thread of its own, not one of asyncio's pool, for two reasons. Everything the assistant holds (a SQLite connection, a
model) is opened, used and closed in the same thread. And leaving the chat does not wait for a question or an index
build to end: asyncio joins the threads of its pool before it lets a program go.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from textual.message import Message

from qa.errors import QaError

if TYPE_CHECKING:
    from collections.abc import Callable

    from qa.answers import Answer

_log = logging.getLogger(__name__)


class AssistantLike(Protocol):
    """What the chat needs of `qa.assistant.Assistant`."""

    def ask(self, question: str) -> Answer: ...

    def close(self) -> None: ...


@dataclass(eq=False, slots=True)
class Ask:
    """One question on its way. A cancelled one is skipped or, when it is already being answered, its answer dropped."""

    question: str
    cancelled: bool = False


class Opening(Message):
    """The assistant is being opened."""


class Opened(Message):
    """The assistant is open; the questions that wait are answered now."""


class OpenFailed(Message):
    """The assistant could not be opened; `asks` were waiting for it and will not be answered."""

    def __init__(self, error: QaError, asks: tuple[Ask, ...]) -> None:
        super().__init__()
        self.error = error
        self.asks = asks


class AskStarted(Message):
    def __init__(self, ask: Ask) -> None:
        super().__init__()
        self.ask = ask


class AskAnswered(Message):
    def __init__(self, ask: Ask, answer: Answer) -> None:
        super().__init__()
        self.ask = ask
        self.answer = answer


class AskFailed(Message):
    def __init__(self, ask: Ask, error: QaError) -> None:
        super().__init__()
        self.ask = ask
        self.error = error


class Desk:
    """Takes questions at any time and tells what becomes of each, by messages."""

    def __init__(self, open_assistant: Callable[[], AssistantLike]) -> None:
        self._open_assistant = open_assistant
        self._asks: queue.SimpleQueue[Ask | None] = queue.SimpleQueue()
        self._leaving = threading.Event()
        self._tell: Callable[[Message], object] = lambda _: None
        self._thread = threading.Thread(target=self._work, name="qa-desk", daemon=True)

    def start(self, tell: Callable[[Message], object]) -> None:
        """Begin to open the assistant. `tell` is called from the background thread."""
        self._tell = tell
        self._thread.start()

    def submit(self, question: str) -> Ask:
        ask = Ask(question)
        self._asks.put(ask)
        return ask

    def leave(self) -> None:
        """Take no more questions; the assistant is closed once the work in hand is done."""
        self._leaving.set()
        self._asks.put(None)

    def join(self, timeout: float) -> bool:
        """Wait for the work in hand. True if the thread has ended (or never began)."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        assistant = self._open(())
        while (ask := self._asks.get()) is not None and not self._leaving.is_set():
            if ask.cancelled:
                continue
            # What was wrong with the corpus or the index may have been put right since the last attempt.
            assistant = assistant or self._open((ask,))
            if assistant is not None:
                self._answer(assistant, ask)
        if assistant is not None:
            assistant.close()

    def _open(self, waiting: tuple[Ask, ...]) -> AssistantLike | None:
        self._say(Opening())
        try:
            assistant = self._open_assistant()
        except Exception as problem:
            # Those who queued up meanwhile share this failure: trying again for each would only repeat it.
            self._say(OpenFailed(_for_users(problem), waiting + self._drain()))
            return None
        self._say(Opened())
        return assistant

    def _answer(self, assistant: AssistantLike, ask: Ask) -> None:
        self._say(AskStarted(ask))
        try:
            self._say(AskAnswered(ask, assistant.ask(ask.question)))
        except Exception as problem:
            self._say(AskFailed(ask, _for_users(problem)))

    def _drain(self) -> tuple[Ask, ...]:
        asks: list[Ask] = []
        with contextlib.suppress(queue.Empty):
            while (ask := self._asks.get_nowait()) is not None:
                asks.append(ask)
            self._asks.put(None)
        return tuple(asks)

    def _say(self, message: Message) -> None:
        # The event loop may already be gone when the last answer comes in: nobody is left to be told.
        with contextlib.suppress(RuntimeError):
            self._tell(message)


def _for_users(problem: Exception) -> QaError:
    if isinstance(problem, QaError):
        return problem
    _log.error("unexpected error in the assistant", exc_info=problem)
    return QaError(
        f"Something went wrong inside qa ({type(problem).__name__}: {problem}).",
        "This is a defect of qa. The chat goes on; please report it.",
    )
