"""Where sentences stand: used to cut passages and to show the whole sentence around an answer.

Paragraphs and deliberate line breaks (captions, list items, verses) end a sentence whatever the punctuation; inside a
paragraph sentencex (Wikimedia's segmenter, kept for some 300 languages) decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

Place = tuple[int, int]
"""Character start and end (exclusive)."""

_LINE = re.compile(r"[^\r\n]+")
_LIST_ITEM = re.compile(r"\s*(?:[-*+•–—#>|]|\d{1,3}[.)])\s")
_IN_BRACKETS = re.compile(r"\s*(\([^()]*[.!?]\))\s+(?=[^\W\d_a-z])")
_CLOSING_BOLD = re.compile(r"\*\*(?=\s|$)")
_BYTE_ORDER_MARK = "\ufeff"
_WIDEST_WRAPPED_LINE = 120
"""Columns. Text that an editor or a mail program wrapped is narrower; longer lines were ended on purpose."""

_NARROWEST_WRAPPED = 60
_WRAPPED_SHARE = 0.6
"""Of the longest line of the paragraph: what a line is long that an editor wrapped."""


def sentences(text: str) -> list[Place]:
    """The sentences of `text` in order, without the white space (and byte order mark) around them. All else is in them."""
    return [place for block in _blocks(text) for place in _sentences_of(text, block)]


def sentence_around(text: str, start: int, end: int) -> str:
    """The sentence of `text` that holds `text[start:end]`, or all sentences it touches."""
    return text[slice(*sentence_place(text, start, end))]


def sentence_place(text: str, start: int, end: int) -> Place:
    """Where that sentence stands, or all sentences it touches; the place itself where there is none."""
    touched = [place for place in sentences(text) if place[0] < end and place[1] > start]
    if not touched:
        return start, end
    return touched[0][0], touched[-1][1]


def _sentences_of(text: str, block: Place) -> Iterator[Place]:
    import sentencex

    start, end = block
    found = sentencex.get_sentence_boundaries("en", text[start:end])
    whole = [(start + boundary["start_index"], start + boundary["end_index"]) for boundary in found]
    for place in _with_closing_marks(text, whole):
        for part in _parted(text, *place):
            trimmed = _trim(text, *part)
            if trimmed[0] < trimmed[1]:
                yield trimmed


def _with_closing_marks(text: str, places: Sequence[Place]) -> Iterator[Place]:
    """Of "**All is well.** So it is." the first sentence ends behind its marks, which sentencex gives to the second."""
    starts = [start for start, _ in places]
    ends = [end for _, end in places]
    for number in range(1, len(places)):
        closing = _CLOSING_BOLD.match(text, starts[number], ends[number])
        if closing and text.count("**", starts[number - 1], ends[number - 1]) % 2:
            starts[number] = ends[number - 1] = closing.end()
    return zip(starts, ends, strict=True)


def _parted(text: str, start: int, end: int) -> Iterator[Place]:
    """After a sentence in brackets the next one begins, which sentencex takes for more of it."""
    inside = _IN_BRACKETS.match(text, start, end)
    if inside:
        yield inside.span(1)
        start = inside.end()
    yield start, end


def _blocks(text: str) -> Iterator[Place]:
    """Runs of lines that are one paragraph, with wrapped lines joined and deliberate breaks parted."""
    lines = [match.span() for match in _LINE.finditer(text)]
    paragraph: list[Place] = []
    for line in lines:
        if not text[line[0] : line[1]].strip():
            continue
        if paragraph and _blank_between(text, paragraph[-1][1], line[0]):
            yield from _unwrapped(text, paragraph)
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield from _unwrapped(text, paragraph)


def _blank_between(text: str, end: int, start: int) -> bool:
    return len(text[end:start].replace("\r\n", "\n").replace("\r", "\n").replace(" ", "")) > 1


def _unwrapped(text: str, paragraph: list[Place]) -> Iterator[Place]:
    width = max(end - start for start, end in paragraph)
    start, end = paragraph[0]
    for line in paragraph[1:]:
        if _wrapped(text, (start, end), line, width):
            end = line[1]
            continue
        yield start, end
        start, end = line
    yield start, end


def _wrapped(text: str, before: Place, line: Place, width: int) -> bool:
    """Whether the break before `line` is only an editor's: its first word would not have fitted on the line above, or it goes
    on in small letters with what a line of some length has begun."""
    if width > _WIDEST_WRAPPED_LINE or _LIST_ITEM.match(text, line[0], line[1]):
        return False
    last_break = max(text.rfind("\n", before[0], before[1]), text.rfind("\r", before[0], before[1]), before[0] - 1)
    above = text[last_break + 1 : before[1]]
    first_word = text[line[0] : line[1]].split(maxsplit=1)[0]
    return len(first_word) + 1 > width - len(above) or (first_word.isalpha() and _goes_on(above, first_word, width))


def _goes_on(above: str, first_word: str, width: int) -> bool:
    """Lines that an editor wrapped are of about one length, whatever the longest of the paragraph; those of a shopping list or
    of a program are short."""
    is_long = width >= _NARROWEST_WRAPPED and len(above) >= _WRAPPED_SHARE * width and "   " not in above.strip()
    ends_nothing = above.rstrip()[-1:].isalnum() or above.rstrip().endswith(",")
    return is_long and first_word[0].islower() and ends_nothing


def _trim(text: str, start: int, end: int) -> Place:
    inner = text[start:end].replace(_BYTE_ORDER_MARK, " ")
    stripped = inner.strip()
    if not stripped:
        return start, start
    start += len(inner) - len(inner.lstrip())
    return start, start + len(stripped)
