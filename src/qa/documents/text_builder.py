"""Builds the text of a converted document block by block, with its marks."""

from __future__ import annotations

from collections.abc import Sequence

from qa.documents.model import LONGEST_TITLE, ConvertedText, Mark, Unreadable

_MOST_MARKS = 200_000
_MOST_ENTRIES = 100_000
_LONGEST_NAME = 60
_TITLE_LEVEL = 1
"""Of the headings that are the title of the whole, or stand above it."""
MOST_CHARACTERS = 32_000_000
"""Of the text of one document: some 10,000 pages. What unpacks to more is a bomb or a database, not a document."""

Outline = tuple[tuple[int, str], ...]
"""Levels and titles of headings, the outermost first."""


class TextBuilder:
    """The text so far. A heading holds until the next of its level or above, as in an outline."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._marks: list[Mark] = []
        self._open: list[tuple[int, str]] = []
        self._heading_end = 0
        self._page: int | None = None

    def __len__(self) -> int:
        return self._length

    def block(self, text: str, *, after: str = "\n\n") -> None:
        """A paragraph, followed by `after`. Nothing is written of a blank one. Raises Unreadable when it is too much."""
        text = text.strip()
        if text:
            self.raw(text + after)

    def raw(self, text: str) -> None:
        """`text` as it is. Raises Unreadable when it is too much."""
        self._length += len(text)
        if self._length > MOST_CHARACTERS:
            raise Unreadable(f"its text has more than {MOST_CHARACTERS:,} characters")
        self._parts.append(text)

    def part(self) -> None:
        """A blank line, unless one is there: what follows is no more of the list before it."""
        if self._parts and not self._parts[-1].endswith("\n\n"):
            self.raw("\n")

    def heading(self, level: int, title: str) -> None:
        """A heading that is part of the text."""
        self.under(level, title)
        self.block(title)
        self._heading_end = self._length

    def under(self, level: int, title: str) -> None:
        """A heading that holds from here on without being part of the text (a bookmark, the name of a sheet)."""
        title = " ".join(title.split())[:LONGEST_TITLE]
        self._open = [(above, name) for above, name in self._open if above < level]
        if self._open and self._open[-1][1] == title:
            # Pages that say their title in a banner and again above the text.
            self._open.pop()
        if title:
            self._open.append((level, title))
        self._mark()

    def entry(self, level: int, number: int, kind: str, name: str) -> None:
        """From here on, entry `number` (a row, a record) of a list: a passage by itself, since the values of other entries fit
        a question just as well. After 100,000 headings entries have none, and share passages."""
        title = f"{kind} {number}: {name[:_LONGEST_NAME]}" if name else f"{kind} {number}"
        if len(self._marks) < _MOST_ENTRIES:
            self.under(level, title)
        else:
            self.close(level)

    def term(self, level: int, names: Sequence[str]) -> None:
        """Terms of a list of definitions that are part of the text, a line each: what is said of them is under them, as under a
        heading."""
        if len(self._marks) < _MOST_ENTRIES:
            name = ", ".join(names)
            self.under(level, name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME].rsplit(' ', 1)[0]} …")
        self.block("\n".join(names))

    def close(self, level: int) -> None:
        """What follows is under no heading of this `level` or below."""
        if any(above >= level for above, _ in self._open):
            self.under(level, "")

    def outline(self) -> Outline:
        """The headings that hold here, for `back_to`."""
        return tuple(self._open)

    def back_to(self, outline: Outline) -> None:
        """Headings that came since `outline` hold no more, but for the title of the whole; and for one that nothing was said
        under yet, which is of what follows."""
        if self._length == self._heading_end:
            return
        titles = [heading for heading in self._open if heading[0] <= _TITLE_LEVEL]
        back = list(outline) if set(titles) <= set(outline) else titles
        if back != self._open:
            self._open = back
            self._mark()

    def page(self, number: int) -> None:
        """From here on, page (or slide) `number`, counted from 1."""
        self._page = number
        self._mark()

    def extract(self) -> ConvertedText:
        """The whole."""
        return ConvertedText("".join(self._parts), tuple(mark for mark in self._marks if mark.start < self._length))

    def _mark(self) -> None:
        mark = Mark(self._length, " > ".join(name for _, name in self._open) or None, self._page)
        if self._marks and self._marks[-1].start == self._length:
            self._marks.pop()
        self._marks.append(mark)
        if len(self._marks) > _MOST_MARKS:
            raise Unreadable(f"it has more than {_MOST_MARKS:,} headings and pages")
