"""The part of a document that surrounds a piece of evidence, ready for the screen: inert, highlighted, its lines numbered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from textual.content import Content

from qa.text.escaping import escape_control_characters

if TYPE_CHECKING:
    from qa.tui.evidence_items import EvidenceItem

# Characters before and after the passage: several screens, and little enough to be wrapped within a frame.
REACH = 6_000
_NUMBER_LEAST = 3
_CUT = "⋯"


@dataclass(frozen=True)
class Excerpt:
    """`before`, `lead`, `span`, `rest`, `after` are the text in pieces: around the passage, the span within the passage.

    `first_line` is the number of the line in which it begins.
    """

    before: str
    lead: str
    span: str
    rest: str
    after: str
    first_line: int
    cut_before: bool
    cut_after: bool

    @classmethod
    def of(cls, exhibit: EvidenceItem, document: str) -> Excerpt:
        """The excerpt around a place; offsets beyond the document are clamped to it."""
        length = len(document)
        passage_start = min(exhibit.passage_start, length)
        start = min(max(exhibit.start, passage_start), length)
        end = min(max(exhibit.end, start), length)
        passage_end = min(max(exhibit.passage_end, end), length)
        begin = _line_start(document, max(0, passage_start - REACH), passage_start)
        stop = _line_end(document, min(length, passage_end + REACH), passage_end)
        return cls(
            escape_control_characters(document[begin:passage_start]),
            escape_control_characters(document[passage_start:start]),
            escape_control_characters(document[start:end]),
            escape_control_characters(document[end:passage_end]),
            escape_control_characters(document[passage_end:stop]),
            document.count("\n", 0, begin) + 1,
            begin > 0,
            stop < length,
        )

    @cached_property
    def content(self) -> Content:
        return Content.assemble(
            (f"{_CUT}\n" if self.cut_before else "", "$foreground 40%"),
            (self.before, "$foreground-muted"),
            (self.lead, "$foreground"),
            (self.span, "bold $background on $accent"),
            (self.rest, "$foreground"),
            (self.after, "$foreground-muted"),
            (f"\n{_CUT}" if self.cut_after else "", "$foreground 40%"),
        )

    @property
    def numbers_width(self) -> int:
        """The columns that the line numbers take, with the space between them and the text."""
        last = self.first_line + self._text.count("\n")
        return max(_NUMBER_LEAST, len(str(last))) + 2

    def numbers(self, width: int) -> Content:
        """The numbers of the lines, each beside the first of the rows that it takes at `width` columns."""
        rows = [""] if self.cut_before else []
        for number, line in enumerate(self._text.split("\n"), self.first_line):
            rows.append(f"{number:>{self.numbers_width - 2}}")
            rows += [""] * (_rows(line, width) - 1)
        return Content("\n".join(rows))

    def line_of_span(self, width: int) -> int:
        """The row, from 0, in which the span begins (the passage, where there is no span) at `width` columns."""
        ahead = self.before + (self.lead if self.span else "")
        *whole, begun = ahead.split("\n")
        above = sum(_rows(line, width) for line in whole)
        # The word that the span begins with decides where its line is wrapped.
        rest_of_line = (self.span or self.lead or self.after).partition("\n")[0]
        word = rest_of_line.split(maxsplit=1)[:1]
        return int(self.cut_before) + above + _rows(begun + "".join(word), width) - 1

    @property
    def _text(self) -> str:
        return f"{self.before}{self.lead}{self.span}{self.rest}{self.after}"


def _rows(line: str, width: int) -> int:
    return max(1, Content(line).get_height({}, width)) if line else 1


def _line_start(document: str, at: int, before: int) -> int:
    """The next start of a line from `at` on; `at` itself where there is none before `before`."""
    if at == 0:
        return 0
    found = document.find("\n", at, before)
    return found + 1 if found >= 0 else at


def _line_end(document: str, at: int, after: int) -> int:
    """The last end of a line up to `at`; `at` itself where there is none after `after`."""
    if at >= len(document):
        return len(document)
    found = document.rfind("\n", after, at)
    return found if found >= 0 else at
