"""The line on top: the name, what is asked, the chat, and what state the documents are in."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from qa.text.escaping import escape_line

if TYPE_CHECKING:
    from textual.app import ComposeResult


class State(Enum):
    """The value is the dot's colour and the words beside it."""

    OPENING = ("$warning", "opening the documents")
    READY = ("$success", "ready")
    READING = ("$primary", "reading")
    CLOSED = ("$error", "not open")


class TitleBar(Horizontal):
    def __init__(self, corpus: str) -> None:
        super().__init__()
        self._corpus = escape_line(corpus)
        self._title = ""
        self._chat = Static(id="tagline")
        self._state = Static(id="state")

    def compose(self) -> ComposeResult:
        yield Static(Content("qa"), id="name")
        yield self._chat
        yield self._state

    def on_mount(self) -> None:
        self.name_chat("")
        self.show(State.OPENING)

    def name_corpus(self, corpus: str) -> None:
        """Show `corpus` as what is asked."""
        self._corpus = escape_line(corpus)
        self.name_chat(self._title)

    def name_chat(self, title: str) -> None:
        """Show the title of the chat; "" where it has none yet."""
        self._title = title
        chat = [("  ·  ", "$foreground 40%"), (escape_line(title), "$foreground-muted")] if title else []
        self._chat.update(Content.assemble((self._corpus, "$foreground"), *chat))

    def show(self, state: State) -> None:
        colour, words = state.value
        self._state.update(Content.assemble(("●", colour), f" {words}"))
