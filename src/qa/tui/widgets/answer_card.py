"""An answer: "Perhaps:" before a tentative one, the span in bold inside its sentence, where it stands, how sure it is.

An extract is its runs of sentences, each with a number, and below them where each stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from qa.answers import AnswerKind
from qa.quotation import lines_of
from qa.tui import confidence
from qa.tui.exhibits import exhibits_of
from qa.tui.text import flow, sentence_with_span
from qa.tui.widgets.place_link import PlaceLink

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from qa.answers import Answer


class AnswerCard(Vertical):
    def __init__(self, answer: Answer) -> None:
        super().__init__(classes="card")
        self.set_class(bool(answer.hedge), "-tentative")
        self.answer = answer

    def compose(self) -> ComposeResult:
        text, citation = self.answer.text or "", self.answer.citation
        if self.answer.hedge:
            yield Static(Content(self.answer.hedge.strip()), classes="card-title")
        if self.answer.kind is AnswerKind.EXTRACT:
            yield from self._extract()
        elif citation is None:
            yield Static(Content.styled(flow(text), "bold $accent"), classes="card-text")
        else:
            yield Static(sentence_with_span(text, citation, self.answer.passages), classes="card-text")
            yield PlaceLink(exhibits_of(self.answer)[0], classes="card-place")
        colour = "$warning" if self.answer.hedge else "$success"
        with Horizontal(classes="card-foot"):
            yield Static(confidence.bar(self.answer.confidence, colour), classes="card-confidence")
            yield Static(_others(len(self.answer.alternatives)), classes="card-others")

    def _extract(self) -> ComposeResult:
        for number, part in enumerate(self.answer.parts, 1):
            lines = "\n".join(flow(line).strip() for line in lines_of(part))
            yield Static(
                Content.assemble(lines, (f" [{number}]", "$primary")),
                classes=_following("card-text", number),
            )
        for number, exhibit in enumerate(exhibits_of(self.answer), 1):
            yield PlaceLink(exhibit, number=number, classes=_following("card-place", number))


def _following(kind: str, number: int) -> str:
    """The classes of piece `number`, from 1, which has another margin than the first."""
    return kind if number == 1 else f"{kind} -next"


def _others(count: int) -> Content:
    if count == 0:
        return Content("")
    return Content("1 other" if count == 1 else f"{count} others")
