"""The question queue: one background thread that opens the assistant and answers questions in the order they were asked.

A thread of its own, not one of asyncio's pool, for two reasons. Everything the assistant holds (a SQLite connection, a
model) is opened, used and closed in the same thread. And leaving the chat does not wait for a question or an index
build to end: asyncio joins the threads of its pool before it lets a program go.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from textual.message import Message

from qa.conversation.storage.outcomes import Found
from qa.errors import QaError
from qa.generation.chat_completions import WritingCancelled
from qa.tui.errands import Errands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from qa.answers import Answer
    from qa.conversation import Conversation
    from qa.federated import AnyAssistant
    from qa.filters import Filter
    from qa.pipeline.pipeline import Watch

    OpenAssistant = Callable[[Callable[[int, int], None], Watch, Callable[[str], None]], AnyAssistant]
    """Opens the assistant. Where there is no index, it is built first: the first argument is told how many passages of how
    many are done, the last who else writes it. The other one is told the stages of questions."""

_log = logging.getLogger(__name__)
_SEARCHED = 5

Result = TypeVar("Result")


@dataclass(eq=False, slots=True)
class Ask:
    """One question on its way. A cancelled one is skipped or, when it is being answered, ended at its next stage."""

    question: str
    reply: Callable[[AnyAssistant], Answer | Found]
    cancelled: bool = False


class ChatConversation:
    """What was answered in one chat so far; used in the thread of the queue alone, so each question knows all before it."""

    def __init__(self, answers: Iterable[Answer] = ()) -> None:
        self._answers = list(answers)
        self._conversation: Conversation | None = None
        self._assistant: AnyAssistant | None = None

    def ask(self, text: str, only: Filter | None, min_confidence: float | None) -> Ask:
        """An ask for the answer to `text`, which may be a follow-up, from `only` the documents that a filter accepts."""
        return Ask(text, lambda assistant: self._reply(assistant, text, only, min_confidence))

    def _reply(
        self, assistant: AnyAssistant, text: str, only: Filter | None, min_confidence: float | None
    ) -> Answer | Found:
        from qa.conversation import Act

        conversation = self._conversation_with(assistant)
        about = conversation.about_last(text)
        if about is None:
            answer = conversation.ask(text, only=only, min_confidence=min_confidence)
            self._answers.append(answer)
            return answer
        if about.act is Act.MORE:
            return Found(about.passages)
        return replace(about.answer, question=text)

    def _conversation_with(self, assistant: AnyAssistant) -> Conversation:
        """The conversation so far; made anew when the assistant was opened anew."""
        from qa.conversation import Turn

        if self._conversation is None or self._assistant is not assistant:
            self._conversation = assistant.conversation([Turn.of(answer) for answer in self._answers])
            self._assistant = assistant
        return self._conversation


def search(text: str, query: str, only: Filter | None) -> Ask:
    """An ask for the nearest passages to `query`; `text` is what was typed."""

    def find(assistant: AnyAssistant) -> Found:
        found = assistant.search(query, _SEARCHED, only=only)
        return Found(tuple(passage for passage in found if passage.is_near))

    return Ask(text, find)


_WAKE = Ask("", lambda _: Found(()))


class NotOpen(QaError):
    def __init__(self) -> None:
        super().__init__("The documents are not open yet.", "Try again in a moment.")


class QueueMessage(Message):
    """What the queue tells of the documents, and of a question."""


class Opening(QueueMessage):
    """The assistant is being opened."""


@dataclass(eq=False)
class Building(QueueMessage):
    """The very first index is being built: so many passages of so many are done."""

    done: int
    total: int


@dataclass(eq=False)
class WaitingForWriter(QueueMessage):
    """Another process, `holder`, writes the very first index; it is waited for."""

    holder: str


class Opened(QueueMessage):
    """The assistant is open; the questions that wait are answered now."""


@dataclass(eq=False)
class OpenFailed(QueueMessage):
    """The assistant could not be opened; `asks` were waiting for it and will not be answered."""

    error: QaError
    asks: tuple[Ask, ...]


@dataclass(eq=False)
class AskStarted(QueueMessage):
    ask: Ask


@dataclass(eq=False)
class AskStage(QueueMessage):
    """What is done about an ask now, as `qa.pipeline.pipeline.Watch` is told it."""

    ask: Ask
    stage: str
    passages: int


@dataclass(eq=False)
class AskAnswered(QueueMessage):
    ask: Ask
    outcome: Answer | Found


@dataclass(eq=False)
class AskFailed(QueueMessage):
    ask: Ask
    error: QaError


class AskStopped(QueueMessage):
    """A cancelled ask has ended; whoever cancelled it knows already."""


class _Cancelled(Exception):
    """Ends an ask between two of its stages."""


class QuestionQueue:
    """Takes questions at any time and tells what becomes of each, by messages."""

    def __init__(self, open_assistant: OpenAssistant) -> None:
        self._open_assistant = open_assistant
        self._asks: queue.SimpleQueue[Ask | None] = queue.SimpleQueue()
        self._leaving = threading.Event()
        self._tell: Callable[[Message], object] = lambda _: None
        self._thread = threading.Thread(target=self._work, name="qa-question-queue", daemon=True)
        self._errands = Errands("qa-errands")
        self._assistant: AnyAssistant | None = None
        self._asking: Ask | None = None

    def start(self, tell: Callable[[Message], object]) -> None:
        """Begin to open the assistant. `tell` is called from the background thread."""
        self._tell = tell
        self._thread.start()
        self._errands.start()

    def submit(self, ask: Ask) -> None:
        self._asks.put(ask)

    def wake(self) -> None:
        """Open the assistant now, if it is not open: what was in its way may be put right."""
        self._asks.put(_WAKE)

    async def fetch(self, work: Callable[[AnyAssistant], Result]) -> Result:
        """What `work` gets from the assistant, beside the questions. Raises NotOpen and what `work` raises."""
        assistant = self._assistant
        if assistant is None:
            raise NotOpen
        return await self._errands.run(lambda: work(assistant))

    def leave(self) -> None:
        """Take no more questions; the assistant is closed once the work in hand is done."""
        self._leaving.set()
        if self._asking is not None:
            self._asking.cancelled = True
        self._asks.put(None)
        self._errands.leave()

    def join(self, timeout: float) -> bool:
        """Wait for the work in hand. True if the thread has ended (or never began)."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        self._assistant = self._open(())
        while (ask := self._asks.get()) is not None and not self._leaving.is_set():
            if ask.cancelled:
                continue
            if ask is _WAKE:
                self._assistant = self._assistant or self._open(())
                continue
            # What was wrong with the corpus or the index may have been put right since the last attempt.
            self._assistant = self._assistant or self._open((ask,))
            if self._assistant is not None:
                self._answer(self._assistant, ask)
        if self._assistant is not None:
            self._assistant.close()

    def _open(self, waiting: tuple[Ask, ...]) -> AnyAssistant | None:
        self._say(Opening())
        try:
            assistant = self._open_assistant(
                lambda done, total: self._say(Building(done, total)),
                self._watch,
                lambda holder: self._say(WaitingForWriter(holder)),
            )
        except Exception as problem:
            # Those who queued up meanwhile share this failure: trying again for each would only repeat it.
            self._say(OpenFailed(for_users(problem), waiting + self._drain()))
            return None
        # Before it is told: whoever hears of it may fetch at once.
        self._assistant = assistant
        self._say(Opened())
        return assistant

    def _answer(self, assistant: AnyAssistant, ask: Ask) -> None:
        self._asking = ask
        self._say(AskStarted(ask))
        try:
            self._say(AskAnswered(ask, ask.reply(assistant)))
        except (_Cancelled, WritingCancelled):
            self._say(AskStopped())
        except Exception as problem:
            self._say(AskFailed(ask, for_users(problem)))
        finally:
            self._asking = None

    def _watch(self, stage: str, passages: int) -> None:
        ask = self._asking
        if ask is None:
            return
        if ask.cancelled:
            raise _Cancelled
        self._say(AskStage(ask, stage, passages))

    def _drain(self) -> tuple[Ask, ...]:
        asks: list[Ask] = []
        with contextlib.suppress(queue.Empty):
            while (ask := self._asks.get_nowait()) is not None:
                asks += [ask] if ask is not _WAKE else []
            self._asks.put(None)
        return tuple(asks)

    def _say(self, message: Message) -> None:
        # The event loop may already be gone when the last answer comes in: nobody is left to be told.
        with contextlib.suppress(RuntimeError):
            self._tell(message)


def for_users(problem: Exception) -> QaError:
    """`problem` as an error that can be shown; one that is no QaError is a defect, and is logged as one."""
    if isinstance(problem, QaError):
        return problem
    _log.error("unexpected error in the assistant", exc_info=problem)
    return QaError(
        f"Something went wrong inside qa ({type(problem).__name__}: {problem}).",
        "This is a defect of qa. The chat goes on; please report it.",
    )
