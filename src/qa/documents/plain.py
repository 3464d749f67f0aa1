"""Plain text: the text as it is, with a mark where a title or a term has a block below it, and one per row of a table.

What is indented belongs to the line above it that is not: the options of a man page, the terms of a list of definitions, the
sections of notes. Titles that are underlined or in capitals are headings, as in reStructuredText and in what people type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.documents.aligned import aligned_tables, cells_of
from qa.documents.decoding import decode
from qa.documents.lines import line_starts
from qa.documents.model import LONGEST_TITLE, ConvertedText, Mark
from qa.documents.tables import row_heading

_LONGEST_TERM = 80
_LONG_BLOCK = 350
"""Characters below a term from which on they are under it as under a heading. Shorter ones share a passage with their term and
its neighbours: a passage for each of them loses 4 points of recall@8 (options of man pages)."""
_MOST_MARKS = 100_000
_UNDERLINE = re.compile(r"([=~*#^_-])\1{2,}")
_LIST_ITEM = re.compile(r"(?:[-*+•–—#>|o]|\(?\w{1,3}[.)])\s")
_PART = " > "


def extract(data: bytes) -> ConvertedText:
    """Raises Unreadable for what is no text."""
    text = decode(data)
    return ConvertedText(text, marks(text))


def marks(text: str) -> tuple[Mark, ...]:
    """In the order of their start; a line that has a block below it starts that block's passage itself."""
    starts = line_starts(text)
    lines = [text[start:end].rstrip("\r\n") for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    found: list[Mark] = []
    for line, heading in _headings(lines):
        if heading != ((found[-1].heading or "") if found else ""):
            found.append(Mark(starts[line], heading or None))
        if len(found) >= _MOST_MARKS:
            break
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _PlainLine:
    """A line that is not blank: its number from 0, its indentation in columns, and what it says."""

    number: int
    indent: int
    text: str

    @property
    def name(self) -> str:
        """What the block below is about: "-c" of "-c     sort by time", whose description goes on below itself."""
        return cells_of(self.text)[0].rstrip(":")

    @property
    def is_item(self) -> bool:
        return _LIST_ITEM.match(self.text) is not None


def _headings(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines from which on a heading holds, and that heading, "" of none."""
    filled = [_line(number, line) for number, line in enumerate(lines) if line.strip()]
    tables = {table.first: table for table in aligned_tables(lines)}
    document, title = _document_title(filled, lines), ""
    above: list[_PlainLine] = []
    table_end = 0
    for at, line in enumerate(filled):
        if line.number < table_end:
            continue
        begins = _begins_block(filled, at, above)
        above = [term for term in above if term.indent < line.indent]
        if _is_title(filled, at, lines):
            title, above = "" if document and at == 0 else line.text, []
        elif begins and _has_block(filled, at) and _length_below(filled, at) > _LONG_BLOCK:
            above.append(line)
        section = _PART.join([*filter(None, [document, title]), *(term.name for term in above)])[-LONGEST_TITLE:]
        yield line.number, section
        if line.number in tables:
            table = tables[line.number]
            for number in range(table.first + 1, table.last):
                name = cells_of(lines[number])[0]
                yield number, row_heading(section, table.names, number - table.first + 1, name)
            table_end = table.last


def _line(number: int, text: str) -> _PlainLine:
    expanded = text.expandtabs(8)
    return _PlainLine(number, len(expanded) - len(expanded.lstrip()), text.strip())


def _document_title(filled: Sequence[_PlainLine], lines: Sequence[str]) -> str:
    """The first line, if it is a title or stands by itself as one does: every section of the document is under it."""
    if len(filled) < 2 or _has_block(filled, 0):
        return ""
    first = filled[0]
    stands_apart = filled[1].number > first.number + 1 and len(first.text) <= _LONGEST_TERM
    is_name = first.text[:1].isupper() and not first.text.endswith((".", ",", ";", ":")) and ": " not in first.text
    return first.text if _is_title(filled, 0, lines) or (stands_apart and is_name) else ""


def _is_title(filled: Sequence[_PlainLine], at: int, lines: Sequence[str]) -> bool:
    """Whether the line stands by itself in capitals, or is underlined."""
    line = filled[at]
    if len(line.text) > _LONGEST_TERM or not any(map(str.isalpha, line.text)):
        return False
    if line.number + 1 < len(lines) and _UNDERLINE.fullmatch(lines[line.number + 1].strip()):
        return True
    alone = line.number == 0 or not lines[line.number - 1].strip()
    return alone and line.text.isupper() and at + 1 < len(filled) and len(line.text) > 3


def _begins_block(filled: Sequence[_PlainLine], at: int, above: Sequence[_PlainLine]) -> bool:
    """Whether the line goes on no paragraph: it stands after a blank line, or is the next term or the first one of a block."""
    line = filled[at]
    if at == 0 or filled[at - 1].number + 1 < line.number:
        return True
    return filled[at - 1].indent < line.indent or any(term.indent == line.indent for term in above)


def _has_block(filled: Sequence[_PlainLine], at: int) -> bool:
    """Whether what comes right below the line, or after one blank line, is indented further."""
    line = filled[at]
    if at + 1 == len(filled) or len(line.text) > _LONGEST_TERM or line.is_item:
        return False
    after = filled[at + 1]
    return after.number <= line.number + 2 and after.indent >= line.indent + 2 and not line.text.endswith((",", ";"))


def _length_below(filled: Sequence[_PlainLine], at: int) -> int:
    """Characters of the block below a line, up to what decides."""
    length = 0
    for line in filled[at + 1 :]:
        if line.indent <= filled[at].indent or length > _LONG_BLOCK:
            break
        length += len(line.text)
    return length
