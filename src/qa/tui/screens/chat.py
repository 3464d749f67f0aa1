"""The chat: questions go to the desk, and what the desk tells of them is shown in the conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Center
from textual.screen import Screen
from textual.widgets import Footer

from qa.tui.asking import Ask, AskAnswered, AskFailed, AskStarted, Desk, Opened, OpenFailed, Opening
from qa.tui.screens.help import HelpScreen
from qa.tui.widgets.conversation import Conversation
from qa.tui.widgets.error_card import ErrorCard
from qa.tui.widgets.question_input import QuestionInput
from qa.tui.widgets.title_bar import State, TitleBar
from qa.tui.widgets.turn import Turn

if TYPE_CHECKING:
    from textual.app import ComposeResult

_OPENING = "Opening the documents"
_WAITING = "Waiting for its turn"
_READING = "Reading the documents"


class ChatScreen(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", tooltip="Cancel the newest open question."),
        Binding("ctrl+l", "clear", "Clear", tooltip="Clear the conversation."),
        Binding("f1,question_mark", "help", "Help", tooltip="List all keys."),
        Binding("ctrl+t", "app.toggle_theme", "Light/dark", tooltip="Switch between the light and the dark theme."),
    ]
    AUTO_FOCUS = "QuestionInput"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 - Textual declares no ClassVar

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        # The turns without an outcome, oldest first.
        self._pending: dict[Ask, Turn] = {}
        self._state = State.OPENING

    def compose(self) -> ComposeResult:
        yield TitleBar()
        yield Conversation()
        with Center(id="ask"):
            yield QuestionInput()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        # Loading models holds the interpreter's lock now and then: the first frame comes first.
        self.call_after_refresh(self._desk.start, self.post_message)

    @on(QuestionInput.Asked)
    def ask(self, message: QuestionInput.Asked) -> None:
        opening = self._state is State.OPENING
        turn = Turn(message.question, _OPENING if opening else _WAITING, moving=opening)
        self.query_one(Conversation).add(turn)
        self._pending[self._desk.submit(message.question)] = turn
        self.refresh_bindings()

    @on(Opening)
    def opening(self) -> None:
        self._show_state(State.OPENING)
        self._tell_all(_OPENING)

    @on(Opened)
    def opened(self) -> None:
        self._show_state(State.READY)
        self._tell_all(_WAITING)

    @on(OpenFailed)
    def open_failed(self, message: OpenFailed) -> None:
        self._show_state(State.CLOSED)
        turns = [turn for ask in message.asks if (turn := self._close(ask))]
        for turn in turns:
            self.query_one(Conversation).follow(turn)
            turn.show_error(message.error)
        if not turns:
            self.query_one(Conversation).add(ErrorCard(message.error))

    @on(AskStarted)
    def ask_started(self, message: AskStarted) -> None:
        self._show_state(State.READING)
        if turn := self._pending.get(message.ask):
            turn.tell(_READING, moving=True)

    @on(AskAnswered)
    def ask_answered(self, message: AskAnswered) -> None:
        self._show_state(State.READY)
        if turn := self._close(message.ask):
            self.query_one(Conversation).follow(turn)
            turn.show_answer(message.answer)

    @on(AskFailed)
    def ask_failed(self, message: AskFailed) -> None:
        self._show_state(State.READY)
        if turn := self._close(message.ask):
            self.query_one(Conversation).follow(turn)
            turn.show_error(message.error)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`None` dims a key in the footer: there is something to cancel only while a question has no answer."""
        return None if action == "cancel" and not self._pending else True

    def action_cancel(self) -> None:
        ask = next(reversed(self._pending))
        if turn := self._close(ask):
            ask.cancelled = True
            turn.show_cancelled()
            self.query_one(QuestionInput).offer(ask.question)

    async def action_clear(self) -> None:
        for ask in self._pending:
            ask.cancelled = True
        self._pending.clear()
        self.refresh_bindings()
        await self.query_one(Conversation).clear()

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(list(self.active_bindings.values())))

    def action_scroll(self, where: str) -> None:
        conversation = self.query_one(Conversation)
        match where:
            case "page_up":
                conversation.scroll_page_up(animate=False)
            case "page_down":
                conversation.scroll_page_down(animate=False)
            case "home":
                conversation.scroll_home(animate=False)
            case _:
                conversation.to_end()

    def _close(self, ask: Ask) -> Turn | None:
        """Take a turn off the open ones; None if it was cancelled or cleared away meanwhile."""
        turn = self._pending.pop(ask, None)
        self.refresh_bindings()
        return turn

    def _show_state(self, state: State) -> None:
        self._state = state
        self.query_one(TitleBar).show(state)

    def _tell_all(self, stage: str) -> None:
        for turn in self._pending.values():
            turn.tell(stage, moving=stage == _OPENING)
