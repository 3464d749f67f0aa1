"""The sidebar: past chats about these documents, and the documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from qa.text.escaping import escape_line
from qa.tui.formatting import ago

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from textual import events
    from textual.app import ComposeResult

    from qa.conversation.storage.chats import Chat

    TakesKey = Callable[[events.Key], Awaitable[object]]

# A list of more would be slow to fill; /documents and the command palette do not end there.
MOST_SHOWN = 500


class ChatList(OptionList):
    """The past chats. `typed` gets the keys that come after one was picked: they are meant for the question."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Resume", tooltip="Go on with the past chat."),
        Binding("r", "screen.rename_listed", "Rename", tooltip="Give the past chat another name."),
        Binding("d,delete", "screen.delete_listed", "Delete", tooltip="Delete the past chat; ^z brings it back."),
    ]

    def __init__(self, typed: TakesKey) -> None:
        super().__init__(id="chats", markup=False)
        self._typed = typed

    async def _on_key(self, event: events.Key) -> None:
        # At once, not as a binding: "d" right after Enter is the first letter of a question, and deletes nothing.
        if self.screen.focused is not self:
            event.stop()
            await self._typed(event)
        elif event.key == "enter" and self.highlighted is not None:
            event.stop()
            self.action_select()
            self.screen.set_focus(None)


class DocumentPicker(OptionList):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Show", tooltip="Show the document."),
    ]


class Sidebar(Vertical):
    @dataclass(eq=False)
    class ChatPicked(Message):
        chat: Chat

    @dataclass(eq=False)
    class DocumentPicked(Message):
        path: str

    def __init__(self, typed: TakesKey, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(id="sidebar")
        self._now = now
        self._chats: Sequence[Chat] = ()
        self._current: int | None = None
        self._documents: Sequence[str] = ()
        self._stale: Collection[str] = ()
        self.chat_list = ChatList(typed)
        self.document_list = DocumentPicker(id="documents", markup=False)
        self._documents_title = Static(Content("Documents"), id="documents-title", classes="sidebar-title")

    def compose(self) -> ComposeResult:
        yield Static(Content("Chats"), classes="sidebar-title")
        yield self.chat_list
        yield self._documents_title
        yield self.document_list

    def show_chats(self, chats: Sequence[Chat], current: int | None) -> None:
        """The past chats, the one on the screen marked."""
        self._chats, self._current = chats[:MOST_SHOWN], current
        now = self._now()
        rows = [self._chat(chat, now) for chat in self._chats]
        self._fill(self.chat_list, rows, "None yet.")

    def show_documents(self, paths: Sequence[str], stale: Collection[str]) -> None:
        """The documents that are indexed, those that have changed since marked."""
        self._documents, self._stale = paths[:MOST_SHOWN], stale
        rows = [self._document(path) for path in self._documents]
        self._fill(self.document_list, rows, "None yet.")
        count = f"  {len(paths):,}" if paths else ""
        self._documents_title.update(Content.assemble("Documents", (count, "$foreground-muted")))

    def mark(self, current: int | None) -> None:
        """Mark the chat that is on the screen now."""
        if current != self._current:
            self.show_chats(self._chats, current)

    @property
    def listed(self) -> Chat | None:
        """The past chat that the keyboard is at."""
        at = self.chat_list.highlighted
        return self._chats[at] if at is not None and at < len(self._chats) else None

    @on(OptionList.OptionSelected, "#chats")
    def _picked_chat(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_index < len(self._chats):
            self.post_message(self.ChatPicked(self._chats[event.option_index]))

    @on(OptionList.OptionSelected, "#documents")
    def _picked_document(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_index < len(self._documents):
            self.post_message(self.DocumentPicked(self._documents[event.option_index]))

    def _chat(self, chat: Chat, now: datetime) -> Content:
        dot = ("● ", "$success") if chat.id == self._current else ("  ", "")
        when = ago(chat.changed, now)
        return Content.assemble(dot, escape_line(chat.title), ("\n  " + when, "$foreground-muted"))

    def _document(self, path: str) -> Content:
        mark = ("± ", "$warning") if path in self._stale else ("  ", "")
        return Content.assemble(mark, escape_line(path))

    def _fill(self, options: OptionList, rows: Sequence[Content], nothing: str) -> None:
        at = options.highlighted
        options.clear_options()
        if not rows:
            options.add_option(Option(Content.styled(nothing, "$foreground-muted"), disabled=True))
            return
        options.add_options(rows)
        if at is not None:
            options.highlighted = min(at, len(rows) - 1)
