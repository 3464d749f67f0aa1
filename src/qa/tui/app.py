"""The Textual app: themes, the keys that work everywhere, and the chat screen."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, ClassVar

from platformdirs import user_downloads_path
from textual import on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.events import DeliveryFailed

from qa.tui.chat_writer import ChatWriter
from qa.tui.palette import ChatProvider
from qa.tui.question_queue import Opened, QuestionQueue
from qa.tui.screens.chat_screen import ChatScreen
from qa.tui.themes import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.screen import Screen

    from qa.conversation.storage.chats import Chats
    from qa.workspace import AnyWorkspace


class ChatApp(App[None]):
    """A chat over one workspace, whose assistant is opened in the background once the first frame is on the screen.

    `open_chats` gives the place where chats are kept. With `resume`, the newest chat with that in its title is gone on with.
    `opened` is called each time documents have been opened.
    """

    TITLE = "qa"
    CSS_PATH = "chat.tcss"
    COMMANDS = App.COMMANDS | {ChatProvider}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, tooltip="Leave the chat.", priority=True),
    ]

    def __init__(
        self,
        workspace: AnyWorkspace,
        open_chats: Callable[[], Chats],
        *,
        resume: str | None = None,
        opened: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self._workspace = workspace
        self._open_chats = open_chats
        self._resume = resume
        self._opened = opened
        self._modes_made = itertools.count()
        self.question_queue = QuestionQueue(workspace.open)
        self.chat_writer = ChatWriter(open_chats, workspace.corpus)
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        if "TEXTUAL_THEME" not in os.environ:
            self.theme = DARK.name

    def get_default_screen(self) -> ChatScreen:
        return self._chat_screen()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Textual's own, without those that the chat's commands give already."""
        yield SystemCommand("Themes", "Choose from all themes", self.action_change_theme)
        yield SystemCommand("Screenshot", "Save a picture of the screen as SVG", self.deliver_screenshot)

    def deliver_screenshot(
        self, filename: str | None = None, path: str | None = None, time_format: str | None = None
    ) -> str | None:
        """Into the downloads, or the nearest folder above that is there; in a browser, to its downloads."""
        downloads = user_downloads_path()
        folder = next(each for each in (downloads, *downloads.parents) if each.is_dir())
        return super().deliver_screenshot(filename, path or str(folder), time_format)

    @on(DeliveryFailed)
    def delivery_failed(self, event: DeliveryFailed) -> None:
        """Textual gives no reason."""
        event.prevent_default()
        self.notify(f"It cannot be saved ({event.exception}).", severity="error", markup=False)

    @on(ChatScreen.Elsewhere)
    async def elsewhere(self, message: ChatScreen.Elsewhere) -> None:
        """Leave these documents for others; the screen of those, which is the first of its mode, stays unseen."""
        self._leave()
        self._workspace = message.workspace
        self.question_queue = QuestionQueue(message.workspace.open)
        self.chat_writer = ChatWriter(self._open_chats, message.workspace.corpus)
        self._resume = None
        mode = f"documents-{next(self._modes_made)}"
        self.add_mode(mode, self._chat_screen)
        await self.switch_mode(mode)

    @on(Opened)
    def documents_opened(self) -> None:
        if self._opened is not None:
            self._opened()

    def action_toggle_theme(self) -> None:
        self.theme = LIGHT.name if self.current_theme.dark else DARK.name

    def join(self, timeout: float) -> bool:
        """Wait until what was said is written and the assistant is closed, at most `timeout` seconds each."""
        return self.chat_writer.join(timeout) and self.question_queue.join(timeout)

    def on_unmount(self) -> None:
        self._leave()

    def _chat_screen(self) -> ChatScreen:
        return ChatScreen(self._workspace, self.question_queue, self.chat_writer, self._resume)

    def _leave(self) -> None:
        self.question_queue.leave()
        self.chat_writer.leave()
