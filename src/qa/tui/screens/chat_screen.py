"""The chat screen: its keys, and which of its parts does what is asked by a key, a click or a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from qa.tui.chat_writer import ChatWriterMessage
from qa.tui.commands import Commands
from qa.tui.indexing import IndexingMessage
from qa.tui.parts.answer_options import AnswerOptions
from qa.tui.parts.chat_export import ChatExporter
from qa.tui.parts.chat_finding import ChatFinding
from qa.tui.parts.chat_switching import ChatSwitcher
from qa.tui.parts.chat_widgets import ChatWidgets
from qa.tui.parts.current_chat import CurrentChat
from qa.tui.parts.document_actions import DocumentActions
from qa.tui.parts.earlier_turns import EarlierTurns
from qa.tui.parts.evidence_viewer import EvidenceViewer
from qa.tui.parts.open_questions import OpenQuestions
from qa.tui.parts.past_chats import PastChats
from qa.tui.question_queue import AskStage, QueueMessage
from qa.tui.screens.help import HelpScreen
from qa.tui.widgets.conversation_view import ConversationView
from qa.tui.widgets.evidence import EvidencePane
from qa.tui.widgets.find_bar import FindBar
from qa.tui.widgets.place_link import PlaceLink
from qa.tui.widgets.question_input import QuestionInput
from qa.tui.widgets.sidebar import Sidebar
from qa.tui.widgets.turn_view import TurnView, Understood

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from qa.tui.chat_writer import ChatWriter
    from qa.tui.core import WorkspaceLike
    from qa.tui.question_queue import Ask, QuestionQueue


class ChatScreen(Screen[None]):
    class Elsewhere(Message):
        """The user wants to ask the documents of another workspace."""

        def __init__(self, workspace: WorkspaceLike) -> None:
            super().__init__()
            self.workspace = workspace

    AUTO_FOCUS = "QuestionInput"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (150, "-roomy")]  # noqa: RUF012 - Textual declares no ClassVar
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 - as above
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Cancel", tooltip="Cancel the newest open question; close what is open."),
        Binding("f2", "evidence", "Evidence", tooltip="Show or hide the document around the answer."),
        Binding("f3,alt+right", "step(1)", "Next", show=False, tooltip="The next candidate or passage."),
        Binding("shift+f3,alt+left", "step(-1)", "Previous", show=False, tooltip="The candidate or passage before."),
        Binding("ctrl+up,alt+up", "choose(-1)", "Up", show=False, tooltip="The evidence of the answer before."),
        Binding("ctrl+down,alt+down", "choose(1)", "Down", show=False, tooltip="The evidence of the next answer."),
        Binding("ctrl+b", "sidebar", "Sidebar", tooltip="Show or hide past chats and documents."),
        Binding("ctrl+n,ctrl+l", "new_chat", "New", tooltip="Begin a new chat."),
        Binding("ctrl+r", "chats", "Past chats", show=False, tooltip="Go to the past chats."),
        Binding("ctrl+f", "find", "Find", show=False, tooltip="Find words in this chat."),
        Binding("ctrl+y", "copy('text')", "Copy", show=False, tooltip="Copy the answer."),
        Binding("ctrl+g", "copy('place')", "Copy place", show=False, tooltip="Copy where it stands, as path:line."),
        Binding("ctrl+o", "edit", "Edit", show=False, tooltip="Open the document in your editor, at this line."),
        Binding("ctrl+s", "export", "Export", show=False, tooltip="Write this chat as Markdown."),
        Binding("f4", "rename", "Rename", show=False, tooltip="Give this chat another name."),
        Binding("ctrl+z", "undo", "Undo", show=False, tooltip="Bring back the chat that was deleted last."),
        Binding("f5", "index", "Index", show=False, tooltip="Bring the index up to date with the documents."),
        Binding("ctrl+t", "app.toggle_theme", "Theme", show=False, tooltip="Switch between light and dark."),
        Binding("f1,question_mark", "help", "Help", tooltip="List all keys and commands."),
    ]

    def __init__(
        self,
        workspace: WorkspaceLike,
        question_queue: QuestionQueue,
        chat_writer: ChatWriter,
        resume: str | None = None,
    ) -> None:
        super().__init__()
        self.question_queue = question_queue
        self._chat_writer = chat_writer
        self.widgets = widgets = ChatWidgets(workspace.corpus)
        self.chat = chat = CurrentChat(chat_writer, widgets.title_bar)
        self.options = AnswerOptions(widgets.filter_bar)
        self.evidence = evidence = EvidenceViewer(self, widgets, question_queue)
        self.questions = OpenQuestions(self, widgets, question_queue, chat_writer, chat, evidence.choose_turn)
        self.earlier = earlier = EarlierTurns(self, widgets, chat_writer, chat, evidence)
        self.finding = ChatFinding(widgets, earlier)
        self.switcher = ChatSwitcher(
            self, widgets, chat_writer, chat, self.questions, self.options, evidence, earlier, resume=resume
        )
        self.past_chats = PastChats(self, widgets, chat_writer, chat, self.switcher)
        self.exporter = ChatExporter(self, widgets, chat_writer, chat, earlier, workspace.corpus)
        self.documents = DocumentActions(self, widgets, workspace, question_queue, chat_writer, self.questions)
        self._commands = Commands(self)

    def compose(self) -> ComposeResult:
        yield from self.widgets.compose()

    def on_mount(self) -> None:
        # Loading models holds the interpreter's lock now and then: the first frame comes first.
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        """Open the chats and the documents."""
        self._chat_writer.start(self.post_message)
        self.question_queue.start(self.post_message)
        self.documents.start()
        self.switcher.start()

    # What is typed

    @on(QuestionInput.Asked)
    def ask(self, message: QuestionInput.Asked) -> None:
        if not self.switcher.hold(message):
            self.questions.submit(self.options.ask(message.question, self.chat.conversation, self._tell_writing))

    def _tell_writing(self, ask: Ask) -> None:
        # From the thread that asks.
        self.post_message(AskStage(ask, "write", 0))

    @on(QuestionInput.Commanded)
    async def command(self, message: QuestionInput.Commanded) -> None:
        if not self.switcher.hold(message):
            await self._commands.run(message.line)

    @on(Input.Changed, "QuestionInput")
    def typed(self, event: Input.Changed) -> None:
        self.widgets.hints.show(event.value)

    async def on_key(self, event: events.Key) -> None:
        """What is typed before the line has the keyboard is not lost, nor taken for a key of the screen."""
        question = self.widgets.question
        # Keys that came before the line was focused wait here until the screen is up, and then it is.
        early = self.focused is None or (self.focused is question and not question.had(event))
        if early and await question.take(event):
            event.stop()
            event.prevent_default()
            self.set_focus(question)

    def on_paste(self, event: events.Paste) -> None:
        """As `on_key`; a paste that the line has had does not come here."""
        if self.focused in (None, self.widgets.question):
            event.stop()
            self.widgets.question.take_paste(event)
            self.set_focus(self.widgets.question)

    def on_app_focus(self) -> None:
        # A page in a browser begins without the keyboard, so that nothing was focused when it came.
        if self.focused is None and self.is_current:
            self.call_later(self.widgets.question.focus)

    def action_back(self) -> None:
        """One thing at a time: the find line, the place of the keyboard, the open question, what covers the chat."""
        question = self.widgets.question
        if self.widgets.find_bar.is_open:
            self.widgets.find_bar.close()
            question.focus()
        elif self.focused is not question:
            question.focus()
            self.remove_class("-sidebar")
        elif self.questions:
            question.offer(self.questions.cancel_newest())
        else:
            self.remove_class("-sidebar", "-evidence")
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`None` dims a key in the footer: Escape has something to do only while something is open."""
        return None if action == "back" and not self._can_go_back else True

    @property
    def _can_go_back(self) -> bool:
        elsewhere = self.focused is not None and self.focused is not self.widgets.question
        opened = self.widgets.find_bar.is_open or self.has_class("-sidebar") or self.has_class("-evidence")
        return elsewhere or opened or bool(self.questions)

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(list(self.active_bindings.values())))

    # Questions

    @on(QueueMessage)
    def queue_told(self, message: QueueMessage) -> None:
        self.questions.take(message)
        self.documents.take(message)

    @on(Understood.Corrected)
    def understood_corrected(self, message: Understood.Corrected) -> None:
        self.widgets.question.offer(message.question)

    def action_scroll(self, where: str) -> None:
        conversation = self.widgets.conversation
        match where:
            case "page_up":
                conversation.scroll_page_up(animate=False)
            case "page_down":
                conversation.scroll_page_down(animate=False)
            case "home":
                conversation.scroll_home(animate=False)
            case _:
                conversation.to_end()

    @on(ConversationView.EarlierWanted)
    def earlier_wanted(self) -> None:
        self.earlier.put_up()

    # Evidence

    @on(TurnView.EvidenceRequested)
    def evidence_requested(self, message: TurnView.EvidenceRequested) -> None:
        self.evidence.choose_turn(message.turn)

    @on(PlaceLink.Followed)
    def place_followed(self, message: PlaceLink.Followed) -> None:
        self.evidence.follow(message.exhibit)

    @on(EvidencePane.DocumentRequested)
    def document_requested(self, message: EvidencePane.DocumentRequested) -> None:
        self.evidence.fetch(message.exhibit)

    def action_evidence(self) -> None:
        self.evidence.show(not self.evidence.is_shown)

    def action_step(self, by: int) -> None:
        self.widgets.pane.step(by)

    def action_choose(self, by: int) -> None:
        if not self.evidence.choose_by(by):
            self.earlier.choose()

    def action_copy(self, what: str) -> None:
        self.evidence.copy(what)

    @work(exclusive=True, group="edit")
    async def action_edit(self) -> None:
        await self.evidence.edit()
        self.documents.look()

    # Finding

    def action_find(self, words: str = "") -> None:
        self.widgets.find_bar.begin(words)
        self.refresh_bindings()

    @on(FindBar.FindRequested)
    def find_requested(self, message: FindBar.FindRequested) -> None:
        self.finding.find(message.words)

    def action_find_step(self, by: int) -> None:
        self.finding.step(by)

    # Documents

    @on(IndexingMessage)
    def indexing_told(self, message: IndexingMessage) -> None:
        self.documents.take(message)

    @on(Sidebar.DocumentPicked)
    def document_picked(self, message: Sidebar.DocumentPicked) -> None:
        self.evidence.show_document(message.path)

    def action_index(self) -> None:
        self.documents.index(rebuild=False)

    def open_documents(self, given: str) -> None:
        """Ask another folder or file, in a new chat."""
        workspace = self.documents.elsewhere(given)
        if workspace is not None:
            self.questions.cancel_all()
            self.documents.stop()
            self.post_message(self.Elsewhere(workspace))

    # Chats

    @on(ChatWriterMessage)
    def chats_told(self, message: ChatWriterMessage) -> None:
        self.past_chats.take(message)

    @on(Sidebar.ChatPicked)
    def chat_picked(self, message: Sidebar.ChatPicked) -> None:
        self.switcher.resume(message.chat)

    async def action_new_chat(self) -> None:
        await self.switcher.begin_new()

    def action_rename(self) -> None:
        self.past_chats.rename_current()

    def action_rename_listed(self) -> None:
        self.past_chats.rename_listed()

    async def action_delete_listed(self) -> None:
        await self.past_chats.delete_listed()

    def action_undo(self) -> None:
        self.past_chats.undo()

    def action_export(self) -> None:
        self.exporter.export(None)

    def action_sidebar(self) -> None:
        sidebar = self.widgets.sidebar
        shown = sidebar.display
        self.set_class(not shown, "-sidebar")
        self.set_class(shown, "-no-sidebar")
        if not shown:
            sidebar.chat_list.focus()
        elif self.focused is not self.widgets.question:
            self.widgets.question.focus()
        self.refresh_bindings()

    def action_chats(self) -> None:
        if not self.widgets.sidebar.display:
            self.action_sidebar()
        self.widgets.sidebar.chat_list.focus()
