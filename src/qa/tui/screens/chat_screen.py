"""The chat screen: its keys, and which part does what is wanted by a key, a click or a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from qa.tui.chat_writer import ChatWriterMessage
from qa.tui.commands import Commands
from qa.tui.indexing import IndexingMessage
from qa.tui.parts.current_chat import CurrentChat
from qa.tui.parts.document_actions import DocumentActions
from qa.tui.parts.earlier_turns import EarlierTurns
from qa.tui.parts.evidence_viewer import EvidenceViewer
from qa.tui.parts.open_questions import OpenQuestions
from qa.tui.parts.past_chats import PastChats
from qa.tui.question_queue import QueueMessage
from qa.tui.screens.chat_layout import ChatLayout
from qa.tui.screens.help import HelpScreen
from qa.tui.widgets.conversation_view import ConversationView
from qa.tui.widgets.find_bar import FindBar
from qa.tui.widgets.place_link import PlaceLink
from qa.tui.widgets.question_input import QuestionInput
from qa.tui.widgets.sidebar import Sidebar
from qa.tui.widgets.turn_view import TurnView, Understood

if TYPE_CHECKING:
    from textual import events

    from qa.tui.chat_writer import ChatWriter
    from qa.tui.question_queue import QuestionQueue
    from qa.workspace import AnyWorkspace


class ChatScreen(ChatLayout):
    @dataclass(eq=False)
    class Elsewhere(Message):
        """The user wants to ask the documents of another workspace."""

        workspace: AnyWorkspace

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
        workspace: AnyWorkspace,
        question_queue: QuestionQueue,
        chat_writer: ChatWriter,
        resume: str | None = None,
    ) -> None:
        super().__init__(workspace.corpus, question_queue)
        self.question_queue = question_queue
        self._chat_writer = chat_writer
        self.chat = chat = CurrentChat(self, chat_writer, workspace.corpus)
        self.evidence = evidence = EvidenceViewer(self)
        self.questions = questions = OpenQuestions(self, question_queue, chat_writer, chat, evidence)
        self.earlier = earlier = EarlierTurns(self, chat, evidence)
        self.past_chats = PastChats(self, chat_writer, chat, questions, evidence, earlier, resume)
        self.documents = DocumentActions(self, workspace, question_queue, chat_writer, questions)
        self._commands = Commands(self)

    def on_mount(self) -> None:
        # Loading models holds the interpreter's lock now and then: the first frame comes first.
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        """Open the chats and the documents."""
        self._chat_writer.start(self.post_message)
        self.question_queue.start(self.post_message)
        self.documents.start()
        self.past_chats.start()

    # What is typed

    @on(QuestionInput.Asked)
    def ask(self, message: QuestionInput.Asked) -> None:
        if not self.past_chats.hold(message):
            self.questions.ask(message.question)

    @on(QuestionInput.Commanded)
    async def command(self, message: QuestionInput.Commanded) -> None:
        if not self.past_chats.hold(message):
            await self._commands.run(message.line)

    @on(Input.Changed, "QuestionInput")
    def typed(self, event: Input.Changed) -> None:
        self.hints.show(event.value)

    async def on_key(self, event: events.Key) -> None:
        """What is typed before the line has the keyboard is not lost, nor taken for a key of the screen."""
        # Keys that came before the line was focused wait here until the screen is up, and then it is.
        early = self.focused is None or (self.focused is self.question and not self.question.had(event))
        if early and await self.question.take(event):
            event.stop()
            event.prevent_default()
            self.set_focus(self.question)

    def on_paste(self, event: events.Paste) -> None:
        """Give the paste to the line, as `on_key` does with a key, unless it went there first."""
        if self.focused in (None, self.question):
            event.stop()
            self.question.take_paste(event)
            self.set_focus(self.question)

    def on_app_focus(self) -> None:
        # A page in a browser begins without the keyboard, so that nothing was focused when it came.
        if self.focused is None and self.is_current:
            self.call_later(self.question.focus)

    def action_back(self) -> None:
        """One thing at a time: the find line, the place of the keyboard, the open question, what covers the chat."""
        if self.find_bar.is_open:
            self.find_bar.close()
            self.question.focus()
        elif self.focused is not self.question:
            self.question.focus()
            self.remove_class("-sidebar")
        elif self.questions:
            self.question.offer(self.questions.cancel_newest())
        else:
            self.remove_class("-sidebar", "-evidence")
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`None` dims a key in the footer: Escape has something to do only while something is open."""
        return None if action == "back" and not self._can_go_back else True

    @property
    def _can_go_back(self) -> bool:
        elsewhere = self.focused is not None and self.focused is not self.question
        opened = self.find_bar.is_open or self.has_class("-sidebar") or self.has_class("-evidence")
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
        self.question.offer(message.question)

    def action_scroll(self, where: str) -> None:
        match where:
            case "page_up":
                self.conversation.scroll_page_up(animate=False)
            case "page_down":
                self.conversation.scroll_page_down(animate=False)
            case "home":
                self.conversation.scroll_home(animate=False)
            case _:
                self.conversation.to_end()

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

    def action_evidence(self) -> None:
        self.evidence.show(not self.pane.display)

    def action_step(self, by: int) -> None:
        self.pane.step(by)

    def action_choose(self, by: int) -> None:
        self.earlier.choose(by)

    def action_copy(self, what: str) -> None:
        self.evidence.copy(what)

    def action_edit(self) -> None:
        self.documents.edit()

    # Finding

    def action_find(self, words: str = "") -> None:
        self.find_bar.begin(words)
        self.refresh_bindings()

    @on(FindBar.FindRequested)
    def find_requested(self, message: FindBar.FindRequested) -> None:
        self.earlier.find(message.words)

    def action_find_step(self, by: int) -> None:
        self.earlier.find_step(by)

    # Documents

    @on(IndexingMessage)
    def indexing_told(self, message: IndexingMessage) -> None:
        self.documents.take(message)

    @on(Sidebar.DocumentPicked)
    def document_picked(self, message: Sidebar.DocumentPicked) -> None:
        self.evidence.show_document(message.path)

    def action_index(self) -> None:
        self.documents.index(rebuild=False)

    @work
    async def add_documents(self, given: str) -> None:
        await self.documents.add(given)

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
        self.past_chats.resume(message.chat)

    async def action_new_chat(self) -> None:
        await self.past_chats.begin_new()

    @work
    async def action_rename(self) -> None:
        await self.past_chats.rename_current()

    @work
    async def action_rename_listed(self) -> None:
        await self.past_chats.rename_listed()

    async def action_delete_listed(self) -> None:
        await self.past_chats.delete_listed()

    def action_undo(self) -> None:
        self.past_chats.undo()

    def action_export(self) -> None:
        self.chat.export()

    def action_sidebar(self) -> None:
        shown = self.sidebar.display
        self.set_class(not shown, "-sidebar")
        self.set_class(shown, "-no-sidebar")
        if not shown:
            self.sidebar.chat_list.focus()
        elif self.focused is not self.question:
            self.question.focus()
        self.refresh_bindings()

    def action_chats(self) -> None:
        if not self.sidebar.display:
            self.action_sidebar()
        self.sidebar.chat_list.focus()
