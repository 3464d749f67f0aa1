"""The Textual app: themes, the keys that work everywhere, and the chat screen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from qa.tui.asking import AssistantLike, Desk
from qa.tui.screens.chat import ChatScreen
from qa.tui.themes import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable


class ChatApp(App[None]):
    """A chat over one assistant, which is opened in the background once the first frame is on the screen."""

    TITLE = "qa"
    CSS_PATH = "chat.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", tooltip="Leave the chat.", priority=True),
    ]

    def __init__(self, open_assistant: Callable[[], AssistantLike]) -> None:
        super().__init__()
        self.desk = Desk(open_assistant)
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        if "TEXTUAL_THEME" not in os.environ:
            self.theme = DARK.name

    def get_default_screen(self) -> ChatScreen:
        return ChatScreen(self.desk)

    def action_toggle_theme(self) -> None:
        self.theme = LIGHT.name if self.current_theme.dark else DARK.name

    def on_unmount(self) -> None:
        self.desk.leave()
