"""What a search gave: passages, best first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from qa.tui.evidence_items import evidence_items
from qa.tui.formatting import shorten
from qa.tui.widgets.place_link import PlaceLink

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from qa.conversation.storage.outcomes import Found

_SHOWN = 240


class FoundCard(Vertical):
    def __init__(self, found: Found) -> None:
        super().__init__(classes="card")
        self.found = found

    def compose(self) -> ComposeResult:
        count = len(self.found.passages)
        title = "Nothing was found." if count == 0 else "The nearest passage" if count == 1 else "The nearest passages"
        yield Static(Content(title), classes="card-title")
        for exhibit in evidence_items(self.found):
            yield PlaceLink(exhibit, classes="passage-place")
            yield Static(Content(shorten(exhibit.text, _SHOWN)), classes="passage-text")
