"""The questions that are asked: with what options, and what becomes of each until it has an outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.conversation.storage.outcomes import Cancelled, Failure
from qa.tui.language_model import put_to
from qa.tui.question_queue import (
    AskAnswered,
    AskFailed,
    AskStage,
    AskStarted,
    AskStopped,
    Building,
    Opened,
    OpenFailed,
    Opening,
    QueueMessage,
    WaitingForWriter,
)
from qa.tui.widgets.error_card import ErrorCard
from qa.tui.widgets.title_bar import State
from qa.tui.widgets.turn_view import TurnView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qa.conversation.storage.outcomes import TurnOutcome
    from qa.filters import Filter
    from qa.generation.llm_settings import LlmSettings
    from qa.tui.chat_writer import ChatWriter
    from qa.tui.parts.current_chat import CurrentChat
    from qa.tui.parts.evidence_viewer import EvidenceViewer
    from qa.tui.question_queue import Ask, QuestionQueue
    from qa.tui.screens.chat_layout import ChatLayout

MOST_SHOWN = 60
"""Turns that stay on the screen when others come after them: every one makes each change of the screen slower."""

_OPENING = "Opening the documents"
_WAITING = "Waiting for its turn"
_STAGES = {"retrieve": "Retrieving", "read": "Reading", "write": "The language model is writing"}
_STATES: Mapping[type[QueueMessage], State] = {
    Opening: State.OPENING,
    Opened: State.READY,
    OpenFailed: State.CLOSED,
    AskStarted: State.READING,
    AskAnswered: State.READY,
    AskFailed: State.READY,
    AskStopped: State.READY,
}


class OpenQuestions:
    """The questions that have no outcome yet.

    Options of those to come: `only` is None for all documents, `min_confidence` for the default threshold, `server` for
    the documents' own words.
    """

    def __init__(
        self,
        screen: ChatLayout,
        question_queue: QuestionQueue,
        chat_writer: ChatWriter,
        chat: CurrentChat,
        evidence: EvidenceViewer,
    ) -> None:
        self._screen = screen
        self._question_queue = question_queue
        self._chat_writer = chat_writer
        self._chat = chat
        self._evidence = evidence
        self.only: Filter | None = None
        self.min_confidence: float | None = None
        self.server: LlmSettings | None = None
        # Oldest first.
        self._turns: dict[Ask, TurnView] = {}
        self._state = State.OPENING
        # Of one that is asked now.
        self._stage = _OPENING

    def __len__(self) -> int:
        return len(self._turns)

    @property
    def is_opening(self) -> bool:
        """Whether the documents are being opened."""
        return self._state is State.OPENING

    def filter(self, only: Filter | None) -> None:
        """Ask only the documents that `only` accepts, until it is changed; None for all."""
        self.only = only
        self._screen.filter_bar.show(only)

    def ask(self, question: str) -> None:
        """Ask for the answer to `question`, which may be a follow-up in the chat on the screen."""
        ask = self._chat.conversation.ask(question, self.only, self.min_confidence)
        if self.server is not None:
            ask = put_to(self.server, ask, lambda worded: self._screen.post_message(AskStage(worded, "write", 0)))
        self.submit(ask)

    def submit(self, ask: Ask) -> None:
        """Show an ask in the conversation, keep it, and have it answered."""
        turn = TurnView.open(ask.question, self._stage, moving=self._stage != _WAITING)
        self._screen.conversation.add(turn)
        turn.kept = self._chat.keep(ask.question)
        self._turns[ask] = turn
        self._question_queue.submit(ask)
        self._screen.refresh_bindings()

    def take(self, message: QueueMessage) -> None:
        """Show what a message of the queue says."""
        if (state := _STATES.get(type(message))) is not None:
            self._state = state
            self._screen.title_bar.show(state)
        match message:
            case Opening():
                self._tell_all(_OPENING)
            case Building(done=done, total=total):
                self._tell_all(f"Indexing the documents first, {done:,} of {total:,} passages")
            case WaitingForWriter():
                self._tell_all("Another qa is writing this index; waiting for it")
            case Opened():
                self._tell_all(_WAITING)
            case OpenFailed(error=error, asks=asks):
                self._stage = _WAITING
                self._fail(Failure(error.what, error.hint), asks)
            case AskStage(ask=ask, stage=stage, passages=passages):
                self._tell(ask, stage, passages)
            case AskAnswered(ask=ask, outcome=outcome):
                self._end(ask, outcome)
            case AskFailed(ask=ask, error=error):
                self._end(ask, Failure(error.what, error.hint))

    def cancel_newest(self) -> str:
        """Drop the question that was asked last, of one at least; what it was."""
        ask = next(reversed(self._turns))
        ask.cancelled = True
        self._end(ask, Cancelled())
        return ask.question

    def cancel_all(self) -> None:
        """Drop all questions without an outcome."""
        for ask, turn in self._turns.items():
            ask.cancelled = True
            self._chat_writer.end(turn.kept, Cancelled())
        self._turns.clear()
        self._screen.refresh_bindings()

    def _fail(self, failure: Failure, asks: Iterable[Ask]) -> None:
        """End `asks`, which waited for the documents; where there are none, the failure stands by itself."""
        ended = [self._end(ask, failure) for ask in asks]
        if not any(ended):
            self._screen.conversation.add(ErrorCard(failure.what, failure.hint))

    def _tell(self, ask: Ask, stage: str, passages: int) -> None:
        """Show at which stage `ask` is, unless it was cancelled."""
        if turn := self._turns.get(ask):
            counted = f" {passages} passage{'s' if passages != 1 else ''}"
            turn.tell(_STAGES[stage] + (counted if stage == "read" else ""), moving=True)

    def _end(self, ask: Ask, outcome: TurnOutcome) -> bool:
        """Show and keep the outcome of a question. False if it was cancelled or cleared away meanwhile."""
        turn = self._turns.pop(ask, None)
        self._screen.refresh_bindings()
        if turn is None:
            return False
        self._screen.conversation.follow(turn)
        turn.show(outcome)
        self._chat_writer.end(turn.kept, outcome)
        self._screen.begin("trim", self._trim)
        if turn.exhibits:
            # The answer first, then its evidence, not the other way round.
            self._screen.call_after_refresh(self._show_evidence, turn)
        return True

    async def _trim(self) -> None:
        await self._screen.conversation.trim(MOST_SHOWN)

    def _show_evidence(self, turn: TurnView) -> None:
        if turn.is_attached and turn in self._screen.conversation.turns:
            self._evidence.choose_turn(turn)

    def _tell_all(self, stage: str) -> None:
        self._stage = stage
        for turn in self._turns.values():
            turn.tell(stage, moving=stage != _WAITING)
