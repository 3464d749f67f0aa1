"""Document -> Passages: whole sentences, as many as fit, overlapping by one.

A passage is measured in the encoder's own tokens, so that neither the encoder nor the reader cuts off what nobody sees. It
never runs over a heading. A sentence that is too long by itself is cut at the best place there is (semantic-text-splitter).

Sizes measured on the open half of SQuAD 2.0, whole articles as documents (`python -m qa.evaluation.retrieval --sizes`):
recall of a passage that holds the answer at its place, and exact match and F1 of the best span over the passages read.

    tokens   2,000 questions (or as noted), the starting reader                  with the shipped reader, every 5th
             r@1    r@5    r@8    EM    F1    ms an ask                         EM    F1
    48       0.814  0.948  0.962  57.9  69.6   35   (600 questions)
    64       0.798  0.939  0.959  60.2  70.2   38
    80       0.810  0.947  0.963  59.2  70.2   58
    96       0.810  0.952  0.966  56.9  69.1   52   (600 questions)             62.1  72.2
    128      0.834  0.964  0.974  57.8  69.3   81                               60.3  71.5
    160      0.830  0.970  0.984  58.1  69.0   88
    192      0.831  0.955  0.976  55.2  67.3  109   (600 questions)
    224      0.828  0.962  0.976  55.5  67.8  154   (600 questions)

Between 64 and 128 reading differs by less than the noise (1 point); 96 reads best with the shipped reader, finds as well as
longer ones, and is a third quicker than 128.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from qa.documents import Document, Mark
from qa.documents.lines import line_ends
from qa.text.sentences import Place, sentences

if TYPE_CHECKING:
    from semantic_text_splitter import TextSplitter
    from tokenizers import Tokenizer

PASSAGE_TOKENS = 96
_CHARACTERS_PER_TOKEN = 8
"""A word of more than 100 characters is one unknown token to WordPiece: a limit in tokens alone would let it through."""
_HEADING_CHARACTERS = 120
_BATCH = 1024
"""Sentences measured at a time: what the tokenizer says of one takes a hundred times its own memory."""
_WINDOW = 20_000
"""Characters. semantic-text-splitter's time grows with the square of the text: 1 MB without an end of a sentence took 34 s."""
_VERSION = 2


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of a document: `text == document.text[start:end]`. `line` counts from 1."""

    start: int
    end: int
    line: int
    page: int | None
    heading: str | None
    text: str


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a piece of one that is too long."""

    start: int
    end: int
    tokens: int


def with_heading(heading: str | None, text: str) -> str:
    """What the encoder and the reader see: the nearest part of the heading on a line of its own, then the passage."""
    return f"{heading[-_HEADING_CHARACTERS:]}\n{text}" if heading else text


class Splitter:
    """Cuts documents into passages of at most `max_tokens` tokens of `tokenizer` (special tokens not counted)."""

    def __init__(self, tokenizer: Tokenizer, max_tokens: int = PASSAGE_TOKENS) -> None:
        self._tokenizer = tokenizer
        self._max_tokens = max_tokens
        self._max_characters = max_tokens * _CHARACTERS_PER_TOKEN

    @property
    def version(self) -> str:
        """Names the way of cutting: passages made under another name are made anew."""
        return f"sentences-{_VERSION}-{self._max_tokens}"

    def split(self, document: Document) -> list[Passage]:
        """The passages in the order of their start. Every character that is not white space is in at least one."""
        places = [place for section in _sections(document) for place in self._places(document.text, section)]
        lines = lines_at(document.text, [start for start, _ in places])
        marks = Marks(document.marks)
        return [
            Passage(start, end, line, marks.page(start), marks.heading(start), document.text[start:end])
            for (start, end), line in zip(places, lines, strict=True)
        ]

    def count(self, text: str) -> int:
        """Tokens of `text`, special tokens not counted."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _places(self, text: str, section: Place) -> Iterator[Place]:
        units = self._units(text, section)
        first = 0
        while first < len(units):
            last = self._last_that_fits(text, units, first)
            yield units[first].start, units[last].end
            if last + 1 == len(units):
                return
            overlaps = last > first and units[last].tokens + units[last + 1].tokens <= self._max_tokens
            first = last if overlaps else last + 1

    def _last_that_fits(self, text: str, units: list[_Unit], first: int) -> int:
        last, tokens = first, units[first].tokens
        while last + 1 < len(units):
            tokens += units[last + 1].tokens
            if tokens > self._max_tokens or units[last + 1].end - units[first].start > self._max_characters:
                break
            last += 1
        if any(before.end == after.start for before, after in pairwise(units[first : last + 1])):
            while last > first and self.count(text[units[first].start : units[last].end]) > self._max_tokens:
                last -= 1
        return last

    def _units(self, text: str, section: Place) -> list[_Unit]:
        offset = section[0]
        places = [(offset + start, offset + end) for start, end in sentences(text[section[0] : section[1]])]
        units: list[_Unit] = []
        for first in range(0, len(places), _BATCH):
            units.extend(self._units_of(text, places[first : first + _BATCH]))
        return units

    def _units_of(self, text: str, places: list[Place]) -> Iterator[_Unit]:
        short = [place for place in places if place[1] - place[0] <= self._max_characters]
        encodings = self._tokenizer.encode_batch([text[start:end] for start, end in short], add_special_tokens=False)
        tokens = {place: len(encoding.ids) for place, encoding in zip(short, encodings, strict=True)}
        for start, end in places:
            if (start, end) in tokens and tokens[start, end] <= self._max_tokens:
                yield _Unit(start, end, tokens[start, end])
                continue
            for window in _windows(text, start, end):
                yield from self._pieces(text, *window)

    @cached_property
    def _by_characters(self) -> TextSplitter:
        from semantic_text_splitter import TextSplitter

        return TextSplitter(self._max_characters)

    @cached_property
    def _by_tokens(self) -> TextSplitter:
        """Made once: it copies the tokenizer, which takes 20 ms."""
        from semantic_text_splitter import TextSplitter

        return TextSplitter.from_huggingface_tokenizer(self._tokenizer, self._max_tokens)

    def _pieces(self, text: str, start: int, end: int) -> Iterator[_Unit]:
        for outer, part in self._by_characters.chunk_indices(text[start:end]):
            for inner, piece in self._by_tokens.chunk_indices(part):
                place = start + outer + inner
                yield _Unit(place, place + len(piece), self.count(piece))


class Marks:
    """Looks up which heading and page hold at a character."""

    def __init__(self, marks: tuple[Mark, ...]) -> None:
        self._marks = marks
        self._starts = [mark.start for mark in marks]

    def heading(self, at: int) -> str | None:
        mark = self._at(at)
        return mark.heading if mark else None

    def page(self, at: int) -> int | None:
        mark = self._at(at)
        return mark.page if mark else None

    def _at(self, at: int) -> Mark | None:
        position = bisect_right(self._starts, at)
        return self._marks[position - 1] if position else None


def _sections(document: Document) -> list[Place]:
    """The runs between headings and between pages: no passage crosses either, so that its heading and page are its own."""
    cuts = [0]
    for before, after in pairwise((Mark(0), *document.marks)):
        if (before.heading, before.page) != (after.heading, after.page):
            cuts.append(after.start)
    return list(pairwise([*cuts, len(document.text)]))


def _windows(text: str, start: int, end: int) -> Iterator[Place]:
    """`text[start:end]` in runs of at most _WINDOW characters, parted at white space where there is some near."""
    while end - start > _WINDOW:
        space = max(
            text.rfind(" ", start + _WINDOW // 2, start + _WINDOW),
            text.rfind("\n", start + _WINDOW // 2, start + _WINDOW),
        )
        cut = space if space > 0 else start + _WINDOW
        yield start, cut
        start = cut
    yield start, end


def lines_at(text: str, starts: list[int]) -> list[int]:
    """The line of each of the ascending offsets, from 1."""
    lines, line, seen = [], 1, 0
    for start in starts:
        line += line_ends(text, seen, start)
        seen = start
        lines.append(line)
    return lines
