"""An error: what happened and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from qa.tui.formatting import shorten

if TYPE_CHECKING:
    from textual.app import ComposeResult

_SHOWN = 1000


class ErrorCard(Vertical):
    def __init__(self, what: str, hint: str) -> None:
        super().__init__(classes="card")
        self._what = what
        self._hint = hint

    def compose(self) -> ComposeResult:
        yield Static(Content(shorten(self._what, _SHOWN)), classes="card-title")
        if self._hint:
            yield Static(Content(shorten(self._hint, _SHOWN)), classes="card-hint")
