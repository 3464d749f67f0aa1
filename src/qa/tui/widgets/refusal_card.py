"""A refusal: that the documents do not say, how sure that is, and the passages that came nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from qa.tui import confidence
from qa.tui.text import place, shorten

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from qa.answers import Answer

NEAREST = 3
# Two lines each on a terminal of 80 columns, so that a refusal fits 24 lines.
_SHOWN = 125


class RefusalCard(Vertical):
    def __init__(self, answer: Answer) -> None:
        super().__init__(classes="card")
        self.answer = answer

    def compose(self) -> ComposeResult:
        yield Static(Content("The documents do not say."), classes="card-title")
        yield Static(confidence.bar(self.answer.confidence, colour="$secondary"), classes="card-confidence")
        nearest = self.answer.passages[:NEAREST]
        if nearest:
            yield Static(Content("Nearest passages"), classes="card-section")
        for passage in nearest:
            where = place(passage.path, passage.line, passage.page, passage.heading)
            yield Static(where, classes="passage-place")
            yield Static(Content(shorten(passage.text, _SHOWN)), classes="passage-text")
