"""A refusal: that no answer was found, how sure it is that there is none, what came closest, and the nearest passages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from qa.answers import AnswerKind
from qa.tui.evidence_items import evidence_items
from qa.tui.formatting import shorten
from qa.tui.widgets.answer_card import candidate_rows
from qa.tui.widgets.place_link import PlaceLink

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from qa.answers import Answer

# Two lines each on a terminal of 80 columns; one on a terminal of few lines, where the style cuts it.
_SHOWN = 125


class RefusalCard(Vertical):
    def __init__(self, answer: Answer) -> None:
        super().__init__(classes="card")
        self.answer = answer

    def compose(self) -> ComposeResult:
        yield Static(Content(self.answer.refusal), classes="card-title")
        if self.answer.kind is AnswerKind.TALK:
            return
        yield Static(Content(self.answer.refusal_sure))
        if self.answer.closest:
            yield Static(Content("What comes closest"), classes="card-section")
        for closest in self.answer.closest:
            yield from candidate_rows(closest, self.answer)
        nearest = evidence_items(self.answer)[len(self.answer.alternatives) :]
        if nearest:
            yield Static(Content("Nearest passages"), classes="card-section")
        for exhibit in nearest:
            yield PlaceLink(exhibit, classes="passage-place")
            yield Static(Content(shorten(exhibit.text, _SHOWN)), classes="passage-text")
