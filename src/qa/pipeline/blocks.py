"""Where a document lists things: the items of a list, the rows of a table, short lines under each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.documents.aligned import cell_places
from qa.text.sentences import Place
from qa.text.table_rows import NAMED_CELL, cells_between_bars

_LINE = re.compile(r"[^\r\n]+")
_MARKER = re.compile(r"\s*(?:[-*+•–]|\(?(?:\d{1,3}|[a-z])[.)])\s+")
_RULE = re.compile(r"[\s|:+=-]+")
_LONGEST_LINE = 160
"""Characters of a line that is one of several short ones."""
_MOST_UNITS = 500


@dataclass(frozen=True, slots=True)
class Unit:
    """One of the things listed: characters `start` to `end` of the document, and the places of the cells of a row."""

    start: int
    end: int
    cells: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Things that are listed one after the other, and the line that says what they are, "" where none does."""

    start: int
    end: int
    units: tuple[Unit, ...]
    intro: str
    names: tuple[Place, ...] = ()
    """Where the names of the columns stand."""

    def touches(self, start: int, end: int) -> bool:
        """Whether a part of it, its header included, stands between `start` and `end`."""
        return self.start < end and self.end > start


@dataclass(frozen=True, slots=True)
class _BlockLine:
    start: int
    end: int
    text: str
    is_apart: bool
    """Whether a blank line stands before it."""

    @property
    def kind(self) -> str:
        if self.text.lstrip().startswith("|"):
            return "row"
        if _MARKER.match(self.text):
            return "item"
        if len(NAMED_CELL.findall(self.text)) > 1:
            return "named row"
        if len(cell_places(self.text)) > 1:
            return "aligned row"
        return "line"

    @property
    def indent(self) -> int:
        return len(self.text) - len(self.text.lstrip())


def blocks(text: str) -> list[Block]:
    """All blocks of the document `text`, in their order."""
    lines = _lines(text)
    found = []
    first = 0
    while first < len(lines):
        last = _end_of_block(lines, first)
        units = tuple(_units(lines[first:last]))[:_MOST_UNITS] if last - first > 1 else ()
        if len(units) > 1:
            above = lines[first - 1] if first else None
            intro = above.text.strip() if above is not None and above.kind != "named row" else ""
            names = tuple(_names(lines[first:last]))
            found.append(Block(lines[first].start, lines[last - 1].end, units, intro, names))
        first = max(last, first + 1)
    return found


def _lines(text: str) -> list[_BlockLine]:
    """Wrapped ones joined, as sentences are parted."""
    found: list[_BlockLine] = []
    for match in _LINE.finditer(text):
        if match[0].strip():
            before = text[found[-1].end : match.start()] if found else "\n\n"
            apart = before.replace("\r\n", "\n").replace(" ", "").count("\n") > 1
            found.append(_BlockLine(match.start(), match.end(), match[0], apart))
    return found


def _end_of_block(lines: Sequence[_BlockLine], first: int) -> int:
    """How far the lines from `first` on are of one kind."""
    goes_on = _is_of_list if lines[first].kind == "item" else _is_alike
    last = first + 1
    while last < len(lines) and goes_on(lines[first], lines[last]):
        last += 1
    return last


def _is_of_list(begin: _BlockLine, line: _BlockLine) -> bool:
    """Whether it is an item of the list that `begin` is the first of, or more of one."""
    return line.kind == "item" or not line.is_apart or line.indent > begin.indent + 1


def _is_alike(begin: _BlockLine, line: _BlockLine) -> bool:
    if line.is_apart or line.kind != begin.kind:
        return False
    if line.kind == "named row":
        return _have_names_in_common(begin.text, line.text)
    return line.kind != "line" or len(line.text) <= _LONGEST_LINE


def _have_names_in_common(one: str, other: str) -> bool:
    """Whether two rows are of one table: each may lack cells of the other."""
    mine, theirs = ({match["name"] for match in NAMED_CELL.finditer(text)} for text in (one, other))
    return 2 * len(mine & theirs) >= min(len(mine), len(theirs))


def _units(lines: Sequence[_BlockLine]) -> Iterator[Unit]:
    kind = lines[0].kind
    if kind == "item":
        yield from _items(lines)
        return
    for line in lines[_header_lines(lines) :]:
        yield Unit(line.start, line.end, tuple(_shifted(line, _CELLS[kind](line.text))) if kind in _CELLS else ())


def _header_lines(lines: Sequence[_BlockLine]) -> int:
    """How many lines are above the rows of a table of bars: its names and the rule that parts them from the rows."""
    if lines[0].kind != "row":
        return 0
    return next((place + 1 for place, line in enumerate(lines[:3]) if _RULE.fullmatch(line.text)), 0)


def _names(lines: Sequence[_BlockLine]) -> Iterator[Place]:
    """Of the columns of rows that have a header."""
    if lines[0].kind == "named row":
        return _shifted(lines[0], [match.span("name") for match in NAMED_CELL.finditer(lines[0].text)])
    return _shifted(lines[0], cells_between_bars(lines[0].text) if _header_lines(lines) > 1 else [])


def _named_cells(text: str) -> list[Place]:
    return [match.span("cell") for match in NAMED_CELL.finditer(text)]


_CELLS: Mapping[str, Callable[[str], list[Place]]] = {
    "row": cells_between_bars,
    "named row": _named_cells,
    "aligned row": cell_places,
}
"""By the kind of a line: where its cells stand in it."""


def _shifted(line: _BlockLine, places: Sequence[Place]) -> Iterator[Place]:
    return ((line.start + start, line.start + end) for start, end in places)


def _items(lines: Sequence[_BlockLine]) -> Iterator[Unit]:
    """Without their markers; what is indented below an item is more of it."""
    begins = [place for place, line in enumerate(lines) if line.kind == "item" and line.indent <= lines[0].indent + 1]
    for first, after in pairwise([*begins, len(lines)]):
        marker = _MARKER.match(lines[first].text)
        assert marker is not None
        yield Unit(lines[first].start + marker.end(), lines[after - 1].end)
