"""What happens by itself: questions are queued, what becomes of them is shown and kept, the index is kept up.

What the user does by keys, clicks and commands is in `qa.tui.screens.chat_screen`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from textual import on, work
from textual.containers import Container, Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Input

from qa.conversation.storage.chats import Cancelled, Failure, title_of
from qa.errors import QaError
from qa.text.escaping import escape_line
from qa.tui.chat_writer import ChatRenamed, ChatsListed, KeepingFailed, OpenChat
from qa.tui.evidence_items import whole_document
from qa.tui.formatting import home_short
from qa.tui.index_monitor import PERIOD, IndexMonitor, summary
from qa.tui.indexing import IndexingDone, IndexingFailed, IndexingProgress, IndexingWaits
from qa.tui.language_model import put_to
from qa.tui.question_queue import (
    Ask,
    AskAnswered,
    AskFailed,
    AskStage,
    AskStarted,
    AskStopped,
    Building,
    ChatConversation,
    Opened,
    OpenFailed,
    Opening,
    WaitingForWriter,
)
from qa.tui.widgets.conversation_view import ConversationView
from qa.tui.widgets.error_card import ErrorCard
from qa.tui.widgets.evidence import EvidencePane
from qa.tui.widgets.filter_bar import FilterBar
from qa.tui.widgets.find_bar import FindBar
from qa.tui.widgets.index_bar import IndexBar
from qa.tui.widgets.place_link import PlaceLink
from qa.tui.widgets.question_input import QuestionInput
from qa.tui.widgets.sidebar import Sidebar
from qa.tui.widgets.slash_hints import SlashHints
from qa.tui.widgets.title_bar import State, TitleBar
from qa.tui.widgets.turn_view import TurnView, Understood

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from qa.conversation.storage.chats import Chat, TurnOutcome
    from qa.filters import Filter
    from qa.generation.llm_settings import LlmSettings
    from qa.tui.chat_writer import ChatWriter
    from qa.tui.core import WorkspaceLike
    from qa.tui.evidence_items import EvidenceItem
    from qa.tui.question_queue import QuestionQueue

_OPENING = "Opening the documents"
_WAITING = "Waiting for its turn"
_STAGES = {"retrieve": "Retrieving", "read": "Reading", "write": "The language model is writing"}


MOST_SHOWN = 60
"""Turns that stay on the screen when others come after them: every one makes each change of the screen slower."""


class AskingScreen(Screen[None]):
    class Elsewhere(Message):
        """The user wants to ask the documents of another workspace."""

        def __init__(self, workspace: WorkspaceLike) -> None:
            super().__init__()
            self.workspace = workspace

    AUTO_FOCUS = "QuestionInput"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (150, "-roomy")]  # noqa: RUF012 - Textual declares no ClassVar
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 - as above

    def __init__(self, workspace: WorkspaceLike, question_queue: QuestionQueue, chat_writer: ChatWriter) -> None:
        super().__init__()
        self.workspace = workspace
        self.question_queue = question_queue
        self.chat_writer = chat_writer
        self.chat = OpenChat()
        self.chat_conversation = ChatConversation()
        self.min_confidence: float | None = None
        self.only: Filter | None = None
        self.server: LlmSettings | None = None
        self.chats: tuple[Chat, ...] = ()
        # While a past chat is put up, what is entered is held: it belongs to that chat.
        self.resuming = False
        self.held: list[QuestionInput.Asked | QuestionInput.Commanded] = []
        # The turns without an outcome, oldest first.
        self.pending: dict[Ask, TurnView] = {}
        self._state = State.OPENING
        self.current: TurnView | None = None
        self.conversation = ConversationView()
        self.pane = EvidencePane()
        self.find_bar = FindBar()
        self._bar = IndexBar()
        self._hints = SlashHints()
        self._filter_bar = FilterBar()
        self.question = QuestionInput()
        self.sidebar = Sidebar(self.question.take)
        self.title_bar = TitleBar(home_short(str(workspace.corpus), str(Path.home())))
        self.upkeep = IndexMonitor(workspace, question_queue, self._bar, self.sidebar)

    def compose(self) -> ComposeResult:
        yield self.title_bar
        with Horizontal(id="body"):
            yield self.sidebar
            with Vertical(id="middle"):
                with Container(id="panes"):
                    yield self.conversation
                    yield self.pane
                yield self.find_bar
                yield self._bar
                yield self._filter_bar
                yield self._hints
                yield self.question
        yield Footer(show_command_palette=True)

    def start(self) -> None:
        """Open the chats and the documents."""
        self.chat_writer.start(self.post_message)
        self.question_queue.start(self.post_message)
        self._looking = self.set_interval(PERIOD, self.look)

    def leave(self) -> None:
        """Nothing more is asked here."""
        self.cancel_all()
        self._looking.stop()

    # Asking

    @on(QuestionInput.Asked)
    def ask(self, message: QuestionInput.Asked) -> None:
        if self.hold(message):
            return
        ask = self.chat_conversation.ask(message.question, self.only, self.min_confidence)
        if self.server is not None:
            ask = put_to(self.server, ask, lambda worded: self.post_message(AskStage(worded, "write", 0)))
        self.submit(ask)

    def hold(self, message: QuestionInput.Asked | QuestionInput.Commanded) -> bool:
        """Keep what was entered for later, if a past chat is being put up."""
        if self.resuming:
            self.held.append(message)
        return self.resuming

    def filter(self, only: Filter | None) -> None:
        """Ask only the documents that `only` accepts, until it is changed; None for all."""
        self.only = only
        self._filter_bar.show(only)

    def submit(self, ask: Ask) -> None:
        """Show an ask in the conversation, keep it, and have it answered."""
        opening = self._state is State.OPENING
        turn = TurnView.open(ask.question, _OPENING if opening else _WAITING, moving=opening)
        self.conversation.add(turn)
        if not self.chat.title:
            self.chat.title = title_of(ask.question)
            self.title_bar.name_chat(self.chat.title)
        turn.kept = self.chat_writer.ask(self.chat, ask.question)
        self.pending[ask] = turn
        self.question_queue.submit(ask)
        self.refresh_bindings()

    @on(Input.Changed, "QuestionInput")
    def typed(self, event: Input.Changed) -> None:
        self._hints.show(event.value)

    @on(Opening)
    def opening(self) -> None:
        self._show_state(State.OPENING)
        self._tell_all(_OPENING)

    @on(Building)
    def building(self, message: Building) -> None:
        self._bar.tell(message.done, message.total)
        self._tell_all(f"Indexing the documents first, {message.done:,} of {message.total:,} passages")

    @on(WaitingForWriter)
    def waiting_for_writer(self, message: WaitingForWriter) -> None:
        self.upkeep.waits(message.holder)
        self._tell_all("Another qa is writing this index; waiting for it")

    @on(Opened)
    def opened(self) -> None:
        self._show_state(State.READY)
        self._tell_all(_WAITING)
        self.upkeep.ended()
        self.pane.again()
        self.look()

    @on(OpenFailed)
    def open_failed(self, message: OpenFailed) -> None:
        self._show_state(State.CLOSED)
        self._bar.hide()
        failure = Failure(message.error.what, message.error.hint)
        ended = [self.end(ask, failure) for ask in message.asks]
        if not any(ended):
            self.conversation.add(ErrorCard(failure.what, failure.hint))

    @on(AskStarted)
    def ask_started(self) -> None:
        self._show_state(State.READING)

    @on(AskStage)
    def ask_stage(self, message: AskStage) -> None:
        if turn := self.pending.get(message.ask):
            counted = f" {message.passages} passage{'s' if message.passages != 1 else ''}"
            turn.tell(_STAGES[message.stage] + (counted if message.stage == "read" else ""), moving=True)

    @on(AskAnswered)
    def ask_answered(self, message: AskAnswered) -> None:
        self._show_state(State.READY)
        self.end(message.ask, message.outcome)

    @on(AskFailed)
    def ask_failed(self, message: AskFailed) -> None:
        self._show_state(State.READY)
        self.end(message.ask, Failure(message.error.what, message.error.hint))

    @on(AskStopped)
    def ask_stopped(self) -> None:
        self._show_state(State.READY)

    def end(self, ask: Ask, outcome: TurnOutcome) -> bool:
        """Take an ask off the open ones, show and keep its outcome. False if it was cancelled or cleared away meanwhile."""
        turn = self.pending.pop(ask, None)
        self.refresh_bindings()
        if turn is None:
            return False
        self.conversation.follow(turn)
        turn.show(outcome)
        self.chat_writer.end(turn.kept, outcome)
        self._trim()
        if turn.exhibits:
            # The answer first, then its evidence, not the other way round.
            self.call_after_refresh(self._choose_newest, turn)
        return True

    @work(exclusive=True, group="trim")
    async def _trim(self) -> None:
        await self.conversation.trim(MOST_SHOWN)

    def _choose_newest(self, turn: TurnView) -> None:
        if turn.is_attached and turn in self.conversation.turns:
            self.choose_turn(turn)

    def cancel_all(self) -> None:
        """Drop all questions that are open."""
        for ask, turn in self.pending.items():
            ask.cancelled = True
            self.chat_writer.end(turn.kept, Cancelled())
        self.pending.clear()
        self.refresh_bindings()

    # Evidence

    @on(TurnView.EvidenceRequested)
    def evidence_requested(self, message: TurnView.EvidenceRequested) -> None:
        self.choose_turn(message.turn)

    @on(PlaceLink.Followed)
    def place_followed(self, message: PlaceLink.Followed) -> None:
        turn = next((each for each in self.conversation.turns if message.exhibit in each.exhibits), None)
        if turn:
            self.choose_turn(turn, turn.exhibits.index(message.exhibit))
            self.show_pane(True)

    @on(Understood.Corrected)
    def understood_corrected(self, message: Understood.Corrected) -> None:
        self.question.offer(message.question)

    @on(EvidencePane.DocumentRequested)
    def document_requested(self, message: EvidencePane.DocumentRequested) -> None:
        self._fetch_document(message.exhibit)

    @work(exclusive=True, group="evidence")
    async def _fetch_document(self, exhibit: EvidenceItem) -> None:
        try:
            text = await self.question_queue.fetch(lambda assistant: assistant.document_text(exhibit.path))
        except KeyError:
            self.pane.fail(exhibit, f"{exhibit.path} is no longer among the documents.")
        except QaError as error:
            self.pane.fail(exhibit, str(error))
        else:
            self.pane.show(exhibit, text)

    def choose_turn(self, turn: TurnView, at: int = 0) -> None:
        """Show the evidence of `turn`, beginning with number `at`."""
        if self.current is not None:
            self.current.remove_class("-current")
        self.current = turn
        turn.add_class("-current")
        self._open_evidence(turn.exhibits, at)

    def _open_evidence(self, exhibits: tuple[EvidenceItem, ...], at: int = 0) -> None:
        self.add_class("-has-evidence")
        self.pane.open(exhibits, at)

    def show_pane(self, shown: bool) -> None:
        """Show or hide the evidence, whatever the width of the terminal would have it."""
        self.set_class(shown, "-evidence")
        self.set_class(not shown, "-no-evidence")
        if not shown and self.pane.text.has_focus:
            self.question.focus()

    # Documents

    @work(exclusive=True, group="look")
    async def look(self) -> None:
        """See which documents have changed."""
        await self.upkeep.look()

    @on(IndexingProgress)
    def indexing_progress(self, message: IndexingProgress) -> None:
        self.upkeep.progress(message.done, message.total)

    @on(IndexingWaits)
    def indexing_waits(self, message: IndexingWaits) -> None:
        self.upkeep.waits(message.holder)

    @on(IndexingDone)
    def indexing_done(self, message: IndexingDone) -> None:
        self.upkeep.ended()
        self.pane.forget()
        self.say(summary(message.report))
        self.question_queue.wake()
        self.look()

    @on(IndexingFailed)
    def indexing_failed(self, message: IndexingFailed) -> None:
        self.upkeep.ended()
        self.conversation.add(ErrorCard(message.error.what, message.error.hint))

    def index(self, *, rebuild: bool) -> None:
        """Bring the index up to date, or make it anew, beside the chat."""
        if self._state is State.OPENING:
            self.say("The documents are being opened; try again in a moment.", severity="warning")
            return
        self.upkeep.index(rebuild=rebuild, tell=self.post_message)

    @on(Sidebar.DocumentPicked)
    def document_picked(self, message: Sidebar.DocumentPicked) -> None:
        self._open_evidence((whole_document(message.path),))
        self.show_pane(True)

    # Chats

    @on(ChatsListed)
    def chats_listed(self, message: ChatsListed) -> None:
        self.chats = message.chats
        self.sidebar.show_chats(message.chats, self.chat.id)

    @on(ChatRenamed)
    def chat_renamed(self, message: ChatRenamed) -> None:
        # Not over a name that the user has given it meanwhile.
        if message.chat.title == message.renamed.before:
            message.chat.title = message.renamed.after
            self.title_bar.name_chat(self.chat.title)

    @on(KeepingFailed)
    def keeping_failed(self, message: KeepingFailed) -> None:
        self.say(str(message.error), severity="error")

    def say(self, words: str, *, severity: Literal["information", "warning", "error"] = "information") -> None:
        """A notice that goes by itself; nothing in it is markup."""
        self.notify(escape_line(words), severity=severity, markup=False)

    def _show_state(self, state: State) -> None:
        self._state = state
        self.title_bar.show(state)

    def _tell_all(self, stage: str) -> None:
        for turn in self.pending.values():
            turn.tell(stage, moving=stage != _WAITING)
