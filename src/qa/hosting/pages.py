"""A document's text, a page of lines at a time."""

from __future__ import annotations

from dataclasses import dataclass

from qa.documents.lines import line_starts
from qa.errors import UsageError

MOST_CHARACTERS = 20_000
"""Of a page, whatever number of lines is asked for: a line may be a whole book."""


@dataclass(frozen=True, slots=True)
class TextPage:
    """Lines `first` to `last` of a text of `total` lines. `next` is the line and the character in it where the next page
    begins; None on the last page."""

    text: str
    first: int
    last: int
    total: int
    next: tuple[int, int] | None


def page(text: str, first: int, count: int, character: int = 0) -> TextPage:
    """At most `count` lines of `text` from line `first` on, counted from 1; of the first line what begins at `character`.

    Raises UsageError where the text has no such line.
    """
    starts = line_starts(text)
    if len(starts) > 1 and starts[-1] == len(text):
        # What ends with a line feed has no line after it.
        starts.pop()
    if not 1 <= first <= len(starts):
        lines = "1 line" if len(starts) == 1 else f"{len(starts):,} lines"
        raise UsageError(f"There is no line {first:,}: the document has {lines}.")
    begin = min(starts[first - 1] + character, len(text))
    last = min(first + count - 1, len(starts))
    end = starts[last] if last < len(starts) else len(text)
    if end - begin > MOST_CHARACTERS:
        end = begin + MOST_CHARACTERS
        last = next(number for number in range(last, first - 1, -1) if starts[number - 1] < end)
        whole = starts[last - 1]
        if last > first and whole > begin:
            # Rather whole lines, where there is one.
            return TextPage(text[begin:whole], first, last - 1, len(starts), (last, 0))
        return TextPage(text[begin:end], first, last, len(starts), (last, end - starts[last - 1]))
    following = (last + 1, 0) if last < len(starts) else None
    return TextPage(text[begin:end], first, last, len(starts), following)
