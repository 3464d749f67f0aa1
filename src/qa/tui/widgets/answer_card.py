"""An answer: "Perhaps:" before a tentative one, the span in bold inside its sentence, where it stands, how sure it is.

An extract is its runs of sentences, each with a number, and below them where each stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from qa.answers import AnswerKind, percent
from qa.text.quotation import MOST_ITEMS_SHOWN, first_of_each, lines_of, numbered_places
from qa.tui import wording as confidence
from qa.tui.evidence_items import evidence_items
from qa.tui.formatting import flow, sentence_with_span
from qa.tui.widgets.place_link import PlaceLink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from qa.answers import Answer, Candidate


class AnswerCard(Vertical):
    def __init__(self, answer: Answer) -> None:
        super().__init__(classes="card")
        self.set_class(bool(answer.hedge), "-tentative")
        self.answer = answer

    def compose(self) -> ComposeResult:
        text, citation = self.answer.text or "", self.answer.citation
        if self.answer.hedge:
            yield Static(Content(self.answer.hedge.strip()), classes="card-title")
        if self.answer.kind is AnswerKind.WRITTEN:
            yield Static(
                Content("Written by a language model, and checked against the documents"), classes="card-title"
            )
        if self.answer.in_parts:
            yield from self._parts()
        elif citation is None:
            yield Static(Content.styled(flow(text), "bold $accent"), classes="card-text")
        else:
            yield Static(sentence_with_span(text, citation, self.answer.passages), classes="card-text")
            yield PlaceLink(evidence_items(self.answer)[0], classes="card-place")
        yield from self._about_the_writing()
        colour, most = ("$warning", confidence.MOST_OF_PERHAPS) if self.answer.hedge else ("$success", 1.0)
        with Horizontal(classes="card-foot"):
            yield Static(confidence.bar(self.answer.confidence, colour, most), classes="card-confidence")
            yield Static(_others(len(self.answer.alternatives)), classes="card-others")
        yield from self._rivals()

    def _rivals(self) -> ComposeResult:
        """What another place gives for the same thing, and below a tentative answer what may as well be right."""
        others = self.answer.other_values
        for rival in (*others, *self.answer.rivals):
            yield Static(Content("Elsewhere:" if rival in others else "Or:"), classes="card-section")
            yield from candidate_rows(rival, self.answer)

    def _parts(self) -> ComposeResult:
        numbers = numbered_places(self.answer)
        if self.answer.kind is AnswerKind.LIST:
            yield Static(self._items(numbers), classes="card-text")
        else:
            for number, part in zip(numbers, self.answer.parts, strict=True):
                lines = "\n".join(flow(line).strip() for line in lines_of(part))
                yield Static(
                    Content.assemble(lines, (f" [{number}]", "$primary")), classes=_following("card-text", number)
                )
        exhibits = evidence_items(self.answer)
        for place in first_of_each(numbers):
            number = numbers[place]
            yield PlaceLink(exhibits[place], number=number, classes=_following("card-place", number))

    def _about_the_writing(self) -> ComposeResult:
        """If a language model was asked: the words of the documents, unless they are above, and remarks on the writing."""
        if (extractive := self.answer.extractive) is not None:
            words = flow(extractive.text or "").strip()
            yield Static(Content.assemble(("Word for word: ", "$foreground-muted"), words), classes="card-text -next")
        if (writing := self.answer.writing) is not None and writing.notes:
            yield Static(Content.styled(flow(" ".join(writing.notes)), "$foreground-muted"), classes="card-text -next")

    def _items(self, numbers: Sequence[int]) -> Content:
        """A line for each, as many as are useful."""
        parts = list(zip(numbers, self.answer.parts, strict=True))
        lines = [
            Content.assemble("- ", (flow(part.text).strip(), "bold $accent"), (f" [{number}]", "$primary"))
            for number, part in parts[:MOST_ITEMS_SHOWN]
        ]
        if (more := len(parts) - MOST_ITEMS_SHOWN) > 0:
            lines.append(Content.styled(f"and {more:,} more", "$foreground-muted"))
        return Content("\n").join(lines)


def candidate_rows(candidate: Candidate, answer: Answer) -> ComposeResult:
    """One of the alternatives of `answer`: its sentence, how sure it is, and where it stands."""
    exhibits = evidence_items(answer)[1 if answer.answered else 0 :]
    chance = Content.assemble(" ", (percent(candidate.confidence), "$warning"))
    sentence = sentence_with_span(candidate.text, candidate.citation, answer.passages)
    yield Static(sentence + chance, classes="card-closest")
    yield PlaceLink(exhibits[answer.alternatives.index(candidate)], classes="card-closest-place")


def _following(kind: str, number: int) -> str:
    """The classes of piece `number`, from 1, which has another margin than the first."""
    return kind if number == 1 else f"{kind} -next"


def _others(count: int) -> Content:
    if count == 0:
        return Content("")
    return Content("1 other" if count == 1 else f"{count} others")
