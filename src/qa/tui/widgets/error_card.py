"""An error: what happened and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from qa.tui.text import shorten

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from qa.errors import QaError

_SHOWN = 1000


class ErrorCard(Vertical):
    def __init__(self, error: QaError) -> None:
        super().__init__(classes="card")
        self.error = error

    def compose(self) -> ComposeResult:
        yield Static(Content(shorten(self.error.what, _SHOWN)), classes="card-title")
        if self.error.hint:
            yield Static(Content(shorten(self.error.hint, _SHOWN)), classes="card-hint")
