"""One turn of the conversation: the question and, below it, what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from qa.answers import Answer
from qa.conversation.storage.chats import ChatTurn
from qa.conversation.storage.outcomes import Cancelled, Failure, Found
from qa.text.escaping import escape_line
from qa.tui.chat_writer import OpenTurn
from qa.tui.evidence_items import evidence_items
from qa.tui.widgets.answer_card import AnswerCard
from qa.tui.widgets.error_card import ErrorCard
from qa.tui.widgets.found_card import FoundCard
from qa.tui.widgets.refusal_card import RefusalCard
from qa.tui.widgets.stage import Stage

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

    from qa.conversation.storage.outcomes import TurnOutcome
    from qa.tui.evidence_items import EvidenceItem


class TurnView(Vertical):
    """Begins with a stage (waiting, reading) and ends with a card or with a note that it was cancelled."""

    @dataclass(eq=False)
    class EvidenceRequested(Message):
        """The user wants to see the evidence of this turn."""

        turn: TurnView

    @dataclass(eq=False)
    class Resized(Message):
        """The turn has another size now."""

        turn: TurnView

    def __init__(self, question: str, asked: datetime) -> None:
        super().__init__()
        self.kept = OpenTurn()
        self.question = question
        self.asked = asked
        self.is_past = False
        self.outcome: TurnOutcome | None = None
        self.exhibits: tuple[EvidenceItem, ...] = ()
        self._stage: Stage | None = None

    @classmethod
    def open(cls, question: str, stage: str, *, moving: bool) -> TurnView:
        """The view of a question that is being answered."""
        turn = cls(question, datetime.now(UTC))
        turn._stage = Stage(stage, moving=moving)
        return turn

    @classmethod
    def ended(cls, past: ChatTurn) -> TurnView:
        """A question of a past chat; without an outcome, qa ended before there was one."""
        turn = cls(past.question, past.asked)
        turn.kept.id = past.id
        turn.is_past = True
        turn._set(past.outcome)
        return turn

    @property
    def as_past(self) -> ChatTurn:
        """The turn as it is kept in a file, without an id."""
        return ChatTurn(0, self.question, self.asked, self.outcome)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="asked"):
            yield Static(Content("›"), classes="asked-mark")
            yield Static(Content(escape_line(self.question)), classes="question")
        yield from [self._stage] if self._stage else self._parts()

    def tell(self, stage: str, *, moving: bool) -> None:
        if self._stage:
            self._stage.tell(stage, moving=moving)

    def show(self, outcome: TurnOutcome) -> None:
        """Show the outcome of the question."""
        self._set(outcome)
        self.mount_all(self._parts())
        if self._stage:
            self._stage.remove()
            self._stage = None

    def on_resize(self) -> None:
        self.post_message(self.Resized(self))

    def on_click(self) -> None:
        if self.exhibits:
            self.post_message(self.EvidenceRequested(self))

    def _set(self, outcome: TurnOutcome | None) -> None:
        self.outcome = outcome
        self.exhibits = evidence_items(outcome)

    def _parts(self) -> list[Widget]:
        match self.outcome:
            case Answer() as answer:
                card = AnswerCard(answer) if answer.answered else RefusalCard(answer)
                return [*_understood(answer), card]
            case Found() as found:
                return [FoundCard(found)]
            case Failure(what, hint):
                return [ErrorCard(what, hint)]
            case Cancelled():
                return [Static(Content("Cancelled."), classes="cancelled")]
            case None:
                return [Static(Content("Not answered: qa ended before."), classes="cancelled")]


class Understood(Static):
    """The question as it was understood, where that is not as it was typed; a click takes it up to be corrected."""

    @dataclass(eq=False)
    class Corrected(Message):
        question: str

    def __init__(self, question: str) -> None:
        self._question = escape_line(question)
        super().__init__(Content.assemble("understood as  ", self._question), classes="understood")

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Corrected(self._question))


def _understood(answer: Answer) -> list[Widget]:
    return [Understood(answer.standalone_question)] if answer.standalone_question != answer.question else []
