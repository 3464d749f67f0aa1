"""A note of the chat itself: what a command has to say, as a title and rows of a name and a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from qa.text.escaping import escape_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult


class NoteCard(Vertical):
    def __init__(self, title: str, rows: Mapping[str, str]) -> None:
        super().__init__(classes="card")
        self._title = title
        self._rows = rows

    def compose(self) -> ComposeResult:
        yield Static(Content(escape_line(self._title)), classes="card-title")
        width = max(map(len, self._rows), default=0)
        rows = [
            Content.assemble((f"{name:<{width}}  ", "$foreground-muted"), escape_line(value))
            for name, value in self._rows.items()
        ]
        if rows:
            yield Static(Content("\n").join(rows), classes="note-rows")
