"""The chat screen: what its keys, clicks and commands do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from qa.conversation.storage.chats import Cancelled
from qa.errors import QaError
from qa.tui import clipboard, editor
from qa.tui.commands import Commands
from qa.tui.screens.help import HelpScreen
from qa.tui.screens.past import PastScreen
from qa.tui.screens.prompt import Confirm
from qa.tui.widgets.find_bar import FindBar
from qa.tui.widgets.question_input import QuestionInput

if TYPE_CHECKING:
    from textual import events

    from qa.tui.chat_writer import ChatWriter
    from qa.tui.core import WorkspaceLike
    from qa.tui.question_queue import QuestionQueue


class ChatScreen(PastScreen):
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
        super().__init__(workspace, question_queue, chat_writer)
        self._resume = resume
        self.resuming = resume is not None
        self._commands = Commands(self)

    def on_mount(self) -> None:
        # Loading models holds the interpreter's lock now and then: the first frame comes first.
        self.call_after_refresh(self.start)

    def start(self) -> None:
        super().start()
        if self._resume is not None:
            self.resume_matching(self._resume)

    @on(QuestionInput.Commanded)
    async def command(self, message: QuestionInput.Commanded) -> None:
        if not self.hold(message):
            await self._commands.run(message.line)

    async def on_key(self, event: events.Key) -> None:
        """What is typed before the line has the keyboard is not lost, nor taken for a key of the screen."""
        # Keys that came before the line was focused wait here until the screen is up, and then it is.
        early = self.focused is None or (self.focused is self.question and not self.question.had(event))
        if early and await self.question.take(event):
            event.stop()
            event.prevent_default()
            self.set_focus(self.question)

    def on_paste(self, event: events.Paste) -> None:
        """As `on_key`; a paste that the line has had does not come here."""
        if self.focused in (None, self.question):
            event.stop()
            self.question.take_paste(event)
            self.set_focus(self.question)

    def on_app_focus(self) -> None:
        # A page in a browser begins without the keyboard, so that nothing was focused when it came.
        if self.focused is None and self.is_current:
            self.call_later(self.question.focus)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`None` dims a key in the footer: Escape has something to do only while something is open."""
        return None if action == "back" and not self._can_go_back else True

    @property
    def _can_go_back(self) -> bool:
        elsewhere = self.focused is not None and self.focused is not self.question
        opened = self.find_bar.is_open or self.has_class("-sidebar") or self.has_class("-evidence")
        return elsewhere or opened or bool(self.pending)

    def action_back(self) -> None:
        """One thing at a time: the find line, the place of the keyboard, the open question, what covers the chat."""
        if self.find_bar.is_open:
            self.find_bar.close()
            self.question.focus()
        elif self.focused is not self.question:
            self.question.focus()
            self.remove_class("-sidebar")
        elif self.pending:
            self._cancel_newest()
        else:
            self.remove_class("-sidebar", "-evidence")
        self.refresh_bindings()

    def _cancel_newest(self) -> None:
        ask = next(reversed(self.pending))
        ask.cancelled = True
        self.end(ask, Cancelled())
        self.question.offer(ask.question)

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(list(self.active_bindings.values())))

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

    # Evidence

    def action_evidence(self) -> None:
        self.show_pane(not self.pane.display)

    def action_step(self, by: int) -> None:
        self.pane.step(by)

    def action_choose(self, by: int) -> None:
        turns = [turn for turn in self.conversation.turns if turn.exhibits]
        if not turns:
            return
        at = turns.index(self.current) + by if self.current in turns else len(turns) - 1
        if at < 0 and self.conversation.earlier:
            self.choose_earlier()
            return
        turn = turns[min(max(0, at), len(turns) - 1)]
        self.choose_turn(turn)
        self.conversation.go_to(turn)

    def action_copy(self, what: str) -> None:
        exhibit = self.pane.exhibit
        if exhibit is None:
            self.say("There is no answer to copy yet.", severity="warning")
            return
        text = exhibit.place if what == "place" else exhibit.text
        clipboard.copy(self.app, text)
        self.say(f"Copied: {text[:80]}{'…' if len(text) > 80 else ''}")

    @work(exclusive=True, group="edit")
    async def action_edit(self) -> None:
        exhibit = self.pane.exhibit
        if exhibit is None:
            self.say("There is no answer to open yet.", severity="warning")
            return
        if self.app.is_web:
            self.say("From a browser no editor can be opened.", severity="warning")
            return
        try:
            file = await self.question_queue.fetch(lambda assistant: assistant.file_of(exhibit.path))
            editor.run(self.app, editor.opening(file, exhibit.line))
        except QaError as error:
            self.say(str(error), severity="error")
        self.look()

    # Finding

    def action_find(self, words: str = "") -> None:
        self.find_bar.begin(words)
        self.refresh_bindings()

    @on(FindBar.FindRequested)
    def find_requested(self, message: FindBar.FindRequested) -> None:
        self.tell_found(self.conversation.find(message.words))

    def action_find_step(self, by: int) -> None:
        if by < 0 and self.conversation.earlier and not self.conversation.found_before:
            self.find_earlier()
        else:
            self.tell_found(self.conversation.find_step(by))

    # Documents

    def action_index(self) -> None:
        self.index(rebuild=False)

    @work
    async def add_documents(self, given: str) -> None:
        """Copy a file or folder among the documents, after asking, and index it."""
        if self._refused_in_browser():
            return
        source, corpus = Path(given), self.workspace.corpus
        if not await self.app.push_screen_wait(Confirm(f"Copy {source} into {corpus}?")):
            return
        try:
            await self.chat_writer.beside(lambda: self.workspace.add(source))
        except QaError as error:
            self.say(str(error), severity="error")
            return
        self.index(rebuild=False)

    def open_documents(self, given: str) -> None:
        """Ask another folder or file, in a new chat."""
        if self._refused_in_browser():
            return
        try:
            workspace = self.workspace.elsewhere(Path(given))
        except QaError as error:
            self.say(str(error), severity="error")
            return
        self.leave()
        self.post_message(self.Elsewhere(workspace))

    def _refused_in_browser(self) -> bool:
        """A page may be open to others: it must not reach files that it was not given."""
        if self.app.is_web:
            self.say("From a browser the documents stay as they are; use qa in a terminal.", severity="warning")
        return self.app.is_web

    # Chats

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
