"""Where a document lists things: the items of a list, the rows of a table, short lines under each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.sentences import Place

_LINE = re.compile(r"[^\r\n]+")
_MARKER = re.compile(r"\s*(?:[-*+•–]|\(?(?:\d{1,3}|[a-z])[.)])\s+")
_RULE = re.compile(r"[\s|:+=-]+")
_NAMED_CELL = re.compile(r"(?:^|; )(?P<name>[^:;]{1,60}): (?P<cell>[^;]*[^;.\s])")
_BAR = re.compile(r"(?<!\\)\|")
_GAP = re.compile(r" {2,}|\t+")
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

    units: tuple[Unit, ...]
    intro: str
    names: tuple[Place, ...] = ()
    """Where the names of the columns stand."""


@dataclass(frozen=True, slots=True)
class _Line:
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
        if len(_NAMED_CELL.findall(self.text)) > 1:
            return "named row"
        if len(_GAP.split(self.text.strip())) > 1:
            return "aligned row"
        return "line"

    @property
    def indent(self) -> int:
        return len(self.text) - len(self.text.lstrip())


def blocks(text: str, start: int, end: int) -> list[Block]:
    """The blocks of the document `text` that have a unit between `start` and `end`, in their order."""
    lines = _lines(text)
    found = []
    first = 0
    while first < len(lines):
        last = _end_of_block(lines, first)
        if last - first > 1 and lines[first].start < end and lines[last - 1].end > start:
            units = tuple(_units(lines[first:last]))[:_MOST_UNITS]
            if len(units) > 1:
                intro = lines[first - 1].text.strip() if first else ""
                found.append(Block(units, intro, tuple(_names(lines[first:last]))))
        first = max(last, first + 1)
    return found


def _lines(text: str) -> list[_Line]:
    """Wrapped ones joined, as sentences are parted."""
    found: list[_Line] = []
    for match in _LINE.finditer(text):
        if match[0].strip():
            before = text[found[-1].end : match.start()] if found else "\n\n"
            apart = before.replace("\r\n", "\n").replace(" ", "").count("\n") > 1
            found.append(_Line(match.start(), match.end(), match[0], apart))
    return found


def _end_of_block(lines: Sequence[_Line], first: int) -> int:
    """How far the lines from `first` on are of one kind."""
    goes_on = _is_of_list if lines[first].kind == "item" else _is_alike
    last = first + 1
    while last < len(lines) and goes_on(lines[first], lines[last]):
        last += 1
    return last


def _is_of_list(begin: _Line, line: _Line) -> bool:
    """Whether it is an item of the list that `begin` is the first of, or more of one."""
    return line.kind == "item" or not line.is_apart or line.indent > begin.indent + 1


def _is_alike(begin: _Line, line: _Line) -> bool:
    return not line.is_apart and line.kind == begin.kind and (line.kind != "line" or len(line.text) <= _LONGEST_LINE)


def _units(lines: Sequence[_Line]) -> Iterator[Unit]:
    match lines[0].kind:
        case "row":
            yield from _rows(lines)
        case "item":
            yield from _items(lines)
        case "named row":
            for line in lines:
                cells = tuple(
                    (line.start + a, line.start + b)
                    for a, b in (m.span("cell") for m in _NAMED_CELL.finditer(line.text))
                )
                yield Unit(line.start, line.end, cells)
        case "aligned row":
            for line in lines:
                yield Unit(line.start, line.end, tuple(_parted(line, _GAP)))
        case _:
            for line in lines:
                yield Unit(line.start, line.end)


def _names(lines: Sequence[_Line]) -> Iterator[Place]:
    """Of the columns of rows that have a header."""
    if lines[0].kind == "row" and any(_RULE.fullmatch(line.text) for line in lines[1:3]):
        yield from _parted(lines[0], _BAR)
    elif lines[0].kind == "named row":
        yield from (
            (lines[0].start + start, lines[0].start + end)
            for start, end in (match.span("name") for match in _NAMED_CELL.finditer(lines[0].text))
        )


def _rows(lines: Sequence[_Line]) -> Iterator[Unit]:
    """Those below the header, if a rule parts it from them."""
    ruled = next((place for place, line in enumerate(lines[:3]) if _RULE.fullmatch(line.text)), -1)
    for line in lines[ruled + 1 :]:
        yield Unit(line.start, line.end, tuple(_parted(line, _BAR)))


def _items(lines: Sequence[_Line]) -> Iterator[Unit]:
    """Without their markers; what is indented below an item is more of it."""
    begins = [place for place, line in enumerate(lines) if line.kind == "item" and line.indent <= lines[0].indent + 1]
    for first, after in pairwise([*begins, len(lines)]):
        marker = _MARKER.match(lines[first].text)
        assert marker is not None
        yield Unit(lines[first].start + marker.end(), lines[after - 1].end)


def _parted(line: _Line, between: re.Pattern[str]) -> Iterator[Place]:
    """The cells of a row, empty ones too, without the blanks around them."""
    text = line.text
    edges = [0, *(edge for match in between.finditer(text) for edge in match.span()), len(text)]
    places = list(zip(edges[::2], edges[1::2], strict=True))
    if text.lstrip().startswith("|"):
        # Nothing stands before the first bar, and behind the last one.
        places = places[1 : -1 if text.rstrip().endswith("|") else None]
    for start, end in places:
        inner = text[start:end]
        begin = start + len(inner) - len(inner.lstrip())
        yield line.start + begin, line.start + max(begin, end - (len(inner) - len(inner.rstrip())))
