"""An answer: the span in bold inside its sentence, where it stands, and how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from qa.tui import confidence
from qa.tui.text import flow, place, sentence_with_span

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from qa.answers import Answer


class AnswerCard(Vertical):
    def __init__(self, answer: Answer) -> None:
        super().__init__(classes="card")
        self.set_class(answer.confidence >= confidence.SURE, "-sure")
        self.answer = answer

    def compose(self) -> ComposeResult:
        text, citation = self.answer.text or "", self.answer.citation
        if citation is None:
            yield Static(Content.styled(flow(text), "bold $accent"), classes="card-text")
        else:
            yield Static(sentence_with_span(text, citation, self.answer.passages), classes="card-text")
            where = place(citation.path, citation.line, citation.page, citation.heading)
            yield Static(where, classes="card-place")
        yield Static(confidence.bar(self.answer.confidence), classes="card-confidence")
