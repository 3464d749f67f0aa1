"""The line on top: the name, and what state the documents are in."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult


class State(Enum):
    """The value is the dot's colour and the words beside it."""

    OPENING = ("$warning", "opening the documents")
    READY = ("$success", "ready")
    READING = ("$primary", "reading")
    CLOSED = ("$error", "not open")


class TitleBar(Horizontal):
    def __init__(self) -> None:
        super().__init__()
        self._state = Static(id="state")

    def compose(self) -> ComposeResult:
        yield Static(Content("qa"), id="name")
        yield Static(Content("answers from your documents"), id="tagline")
        yield self._state

    def on_mount(self) -> None:
        self.show(State.OPENING)

    def show(self, state: State) -> None:
        colour, words = state.value
        self._state.update(Content.assemble(("●", colour), f" {words}"))
