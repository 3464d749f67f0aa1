"""Where the words of a page of a PDF stand, and where two of them are written without a blank.

PDFium tells words by the distance of their characters, which fails where a file spaces its characters out, and where a raised
number follows: "anyof", "line5" for the note 5.
"""

from __future__ import annotations

import ctypes
import re
from array import array
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from itertools import islice, pairwise, repeat
from typing import Any, NamedTuple

HYPHEN = "\ufffe"
"""What PDFium puts where a word was divided at the end of a line."""
Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""
_WORD = re.compile(rf"[^\s{HYPHEN}]+{HYPHEN}?|{HYPHEN}")
_LINE = re.compile(r"[^\r\n]+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_NOTE = re.compile(r"(?<=[^\W\d_]{3})()\d{1,2}(?!\w)|(?m:^)\d{1,2}()(?=[^\W\d_]{2})")
"""A number that may be the mark of a note, after a word or before the note itself; the group is between them."""
_RAISED = 0.15
"""Of the height of the line."""
_BLANK = 0.2
"""Of the height of the line, between two letters."""
_AT_ONCE = 1024


class PlacedWord(NamedTuple):
    """A word with the place of its first character in the text of the page, and its box in points from the lower left
    corner of the page."""

    text: str
    start: int
    left: float
    bottom: float
    right: float
    top: float


class CharacterBoxes:
    """Gives the boxes of characters, many at once: a call for each of them is most of what reading a page costs."""

    def __init__(self) -> None:
        from pypdfium2.raw import FS_RECTF

        self._found = array("f", bytes(4 * 4 * _AT_ONCE))
        self._rooms = [ctypes.byref(FS_RECTF.from_buffer(self._found, 16 * place)) for place in range(_AT_ONCE)]

    def of(self, text_page: Any, characters: Sequence[int]) -> Iterator[Box]:
        """The room that each of the `characters`, which are places in the text of the page, takes in its line: from where it
        begins to where the next would."""
        from pypdfium2.raw import FPDFText_GetLooseCharBox

        for first in range(0, len(characters), _AT_ONCE):
            some = characters[first : first + _AT_ONCE]
            deque(map(FPDFText_GetLooseCharBox, repeat(text_page.raw, len(some)), some, self._rooms), maxlen=0)
            found = self._found[: 4 * len(some)].tolist()
            yield from zip(found[::4], found[3::4], found[2::4], found[1::4], strict=True)


def placed_lines(
    text_page: Any, text: str, boxes: CharacterBoxes, joints: Collection[int] = ()
) -> Iterator[tuple[str, list[PlacedWord]]]:
    """The lines of `text`, which is all that `text_page` holds, with their words; before the `joints` a blank is lacking."""
    lines = [(line, list(_words(text, line, joints))) for line in _LINE.finditer(text)]
    places = boxes.of(text_page, [place for _, words in lines for start, end in words for place in (start, end - 1)])
    for line, words in lines:
        placed = [
            PlacedWord(text[start:end], start, left, bottom, right, top)
            for (start, end), (left, bottom, _, top), (_, _, right, _) in zip(words, places, places, strict=False)
        ]
        yield with_blanks(text, joints, *line.span()), placed


def with_blanks(text: str, joints: Collection[int], start: int = 0, end: int | None = None) -> str:
    """What `text` has from `start` to `end`, with a blank before each of the `joints`."""
    end = len(text) if end is None else end
    if not joints:
        return text[start:end]
    places = [start, *(place for place in sorted(joints) if start < place < end), end]
    return " ".join(text[first:last] for first, last in pairwise(places))


def _words(text: str, line: re.Match[str], joints: Collection[int]) -> Iterator[tuple[int, int]]:
    if not joints:
        yield from (found.span() for found in _WORD.finditer(text, *line.span()))
        return
    for found in _WORD.finditer(text, *line.span()):
        inner = [place for place in range(found.start() + 1, found.end()) if place in joints]
        yield from pairwise([found.start(), *inner, found.end()])


def marks_of_notes(text_page: Any, text: str) -> frozenset[int]:
    """The places between a word and a raised number beside it, where `text` has no blank."""
    from pypdfium2.raw import FPDFText_GetCharOrigin

    page = text_page.raw
    x, y = ctypes.c_double(), ctypes.c_double()

    def baseline(character: int) -> float:
        FPDFText_GetCharOrigin(page, character, ctypes.byref(x), ctypes.byref(y))
        return y.value

    found = set()
    for note in _NOTE.finditer(text):
        place = max(note.start(1), note.start(2))
        height = text_page.get_charbox(place, loose=True)
        rise = baseline(place - 1) - baseline(place)
        if abs(rise) > _RAISED * (height[3] - height[1]) and (rise > 0) == (note.start(2) > 0):
            found.add(place)
    return frozenset(found)


def joints_of(text_page: Any, text: str, boxes: CharacterBoxes) -> frozenset[int]:
    """The places between two letters that stand apart like words, where `text` has no blank."""
    found: set[int] = set()
    words = [letters.span() for letters in _LETTERS.finditer(text)]
    places = boxes.of(text_page, [place for start, end in words for place in range(start, end)])
    for start, end in words:
        apart = [
            start + place
            for place, (before, after) in enumerate(pairwise(islice(places, end - start)), 1)
            if after[0] - before[2] > _BLANK * (before[3] - before[1]) and before[1] < after[3] and after[1] < before[3]
        ]
        # Letters that are all spaced out are one word.
        if 2 * len(apart) < end - start - 1 or end - start == 2:
            found.update(apart)
    return frozenset(found)


def runs_of(text_page: Any) -> Iterator[Box]:
    """The boxes of all that was written in one go, in the order of the file: quick, but it does not say what it is."""
    from pypdfium2.raw import FPDFText_CountRects, FPDFText_GetRect

    page = text_page.raw
    left, top, right, bottom = (ctypes.c_double() for _ in range(4))
    places = [ctypes.byref(place) for place in (left, top, right, bottom)]
    for run in range(FPDFText_CountRects(page, 0, -1)):
        FPDFText_GetRect(page, run, *places)
        yield left.value, bottom.value, right.value, top.value
