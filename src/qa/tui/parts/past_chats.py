"""The past chats beside the conversation: listed, renamed, deleted and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.conversation.storage.chats import title_of
from qa.tui.chat_writer import ChatRenamed, ChatsListed, KeepingFailed
from qa.tui.parts.notices import say
from qa.tui.parts.workers import begin
from qa.tui.screens.prompt import InputDialog

if TYPE_CHECKING:
    from textual.screen import Screen

    from qa.conversation.storage.chats import Chat
    from qa.tui.chat_writer import ChatWriter, ChatWriterMessage
    from qa.tui.parts.chat_switching import ChatSwitcher
    from qa.tui.parts.chat_widgets import ChatWidgets
    from qa.tui.parts.current_chat import CurrentChat


class PastChats:
    """Those over the same documents, newest first, with the one on the screen among them."""

    def __init__(
        self,
        screen: Screen[None],
        widgets: ChatWidgets,
        chat_writer: ChatWriter,
        chat: CurrentChat,
        switcher: ChatSwitcher,
    ) -> None:
        self._screen = screen
        self._sidebar = widgets.sidebar
        self._chat_writer = chat_writer
        self._chat = chat
        self._switcher = switcher
        self._deleted: list[int] = []
        self.listed: tuple[Chat, ...] = ()

    def take(self, message: ChatWriterMessage) -> None:
        """Show what is told of the chats that are kept."""
        match message:
            case ChatsListed(chats=chats):
                self.listed = chats
                self._sidebar.show_chats(chats, self._chat.id)
            case ChatRenamed():
                self._chat.renamed(message)
            case KeepingFailed(error=error):
                say(self._screen, str(error), severity="error")

    def rename_current(self) -> None:
        """Ask for another name of the chat on the screen, and give it."""
        begin(self._screen, self._rename_current)

    def rename_listed(self) -> None:
        """Ask for another name of the chat that the keyboard is at, and give it."""
        begin(self._screen, self._rename_listed)

    async def delete_current(self) -> None:
        await self._delete(self._chat.id, self._chat.title)

    async def delete_listed(self) -> None:
        """Delete the chat that the keyboard is at."""
        chat = self._sidebar.listed
        if chat is not None:
            await self._delete(chat.id, chat.title)

    def undo(self) -> None:
        """Bring back the chat that was deleted last."""
        if self._deleted:
            self._chat_writer.restore(self._deleted.pop())
            say(self._screen, "The chat is back.")
        else:
            say(self._screen, "No chat was deleted.", severity="warning")

    async def _delete(self, chat: int | None, title: str) -> None:
        """The screen is emptied if the chat is the one on it."""
        if chat is None:
            say(self._screen, "This chat is not kept yet.", severity="warning")
            return
        self._chat_writer.delete(chat)
        self._deleted.append(chat)
        if chat == self._chat.id:
            await self._switcher.begin_new()
        say(self._screen, f"Deleted: {title}. ^z or /undo brings it back.")

    async def _rename_current(self) -> None:
        title = await self._screen.app.push_screen_wait(InputDialog("Name of this chat", self._chat.title))
        if title:
            self._chat.rename(title)

    async def _rename_listed(self) -> None:
        chat = self._sidebar.listed
        if chat is None:
            return
        title = await self._screen.app.push_screen_wait(InputDialog("Name of the chat", chat.title))
        if title and chat.id == self._chat.id:
            self._chat.rename(title)
        elif title:
            self._chat_writer.rename(chat, title_of(title))
