"""One turn of the conversation: the question and, below it, what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from qa.inert import inert_line
from qa.tui.widgets.answer_card import AnswerCard
from qa.tui.widgets.error_card import ErrorCard
from qa.tui.widgets.refusal_card import RefusalCard
from qa.tui.widgets.stage import Stage

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from qa.answers import Answer
    from qa.errors import QaError


class Turn(Vertical):
    """Begins with a stage (waiting, reading) and ends with a card or with a note that it was cancelled."""

    def __init__(self, question: str, stage: str, *, moving: bool) -> None:
        super().__init__()
        self.question = question
        self._stage = Stage(stage, moving=moving)

    def compose(self) -> ComposeResult:
        yield Static(Content.assemble(("›  ", "bold $primary"), inert_line(self.question)), classes="question")
        yield self._stage

    def tell(self, stage: str, *, moving: bool) -> None:
        self._stage.tell(stage, moving=moving)

    def show_answer(self, answer: Answer) -> None:
        if answer.standalone_question != answer.question:
            understood = Content.assemble("understood as  ", inert_line(answer.standalone_question))
            self.mount(Static(understood, classes="understood"), before=self._stage)
        self._finish(AnswerCard(answer) if answer.answered else RefusalCard(answer))

    def show_error(self, error: QaError) -> None:
        self._finish(ErrorCard(error))

    def show_cancelled(self) -> None:
        self._finish(Static(Content("Cancelled."), classes="cancelled"))

    def _finish(self, outcome: Widget) -> None:
        self.mount(outcome)
        self._stage.remove()
