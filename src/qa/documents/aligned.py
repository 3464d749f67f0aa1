"""Tables in plain text, whose columns stand below each other with blanks between: timetables, price lists, rosters.

A table is found by its gutters, the columns of characters that are blank in all of its lines (as in Kieninger's T-Recs, 1998,
the other way about: there words that stand above each other make the columns).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_LEAST_ROWS = 3
_WIDEST = 300
"""Columns of a line that can be one of a table."""
_CELL = re.compile(r"\S+(?: \S+)*")
_NAME = re.compile(r"\w.{0,39}")
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")
_WORDS = "words"
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class AlignedTable:
    """The lines from `first` to `last` (exclusive, counted from 0) of a text. `names` are those of its columns, "" of one that
    has none; the line `first` is its header."""

    first: int
    last: int
    names: tuple[str, ...]


def aligned_tables(lines: Sequence[str]) -> Iterator[AlignedTable]:
    """The tables that have a header, in their order. `lines` have no line ends."""
    cells = [_cells(line) for line in lines]
    first = 0
    while first < len(lines):
        last = _end_of_table(cells, first)
        if last - first >= _LEAST_ROWS:
            names = _header(cells[first:last])
            if names is not None:
                yield AlignedTable(first, last, names)
        first = max(last, first + 1)


def cells_of(line: str) -> list[str]:
    """What stands in `line` between two blanks or more, or tabs."""
    return [line[start:end] for start, end in _spans(line)]


@dataclass(frozen=True, slots=True)
class _Cell:
    start: int
    end: int
    text: str


def _cells(line: str) -> list[_Cell]:
    if len(line) > _WIDEST:
        return []
    line = line.expandtabs(8)
    return [_Cell(start, end, line[start:end]) for start, end in _spans(line)]


def _spans(line: str) -> Iterator[Span]:
    return (match.span() for match in _CELL.finditer(line))


def _end_of_table(cells: Sequence[Sequence[_Cell]], first: int) -> int:
    """How far the lines from `first` on share their gutters: at least three of them, each of two cells or more."""
    gutters: list[Span] = [(0, _WIDEST)]
    last = first
    while last < len(cells) and len(cells[last]) > 1:
        shared = _shared(gutters, cells[last])
        if not _part_all_cells(shared, cells[first : last + 1]):
            break
        gutters = shared
        last += 1
    return last


def _shared(gutters: Sequence[Span], cells: Sequence[_Cell]) -> list[Span]:
    """What is blank in the line of `cells`, too."""
    edges = [0, *(edge for cell in cells for edge in (cell.start, cell.end)), _WIDEST]
    blanks = list(zip(edges[::2], edges[1::2], strict=True))
    overlaps = ((max(a, c), min(b, d)) for a, b in gutters for c, d in blanks)
    return [(start, end) for start, end in overlaps if start < end]


def _part_all_cells(gutters: Sequence[Span], rows: Sequence[Sequence[_Cell]]) -> bool:
    """Whether there is a gutter between any two cells of a line: then all double blanks are those of the columns."""
    return all(
        any(start < after.start and end > before.end for start, end in gutters)
        for row in rows
        for before, after in pairwise(row)
    )


def _header(rows: Sequence[Sequence[_Cell]]) -> tuple[str, ...] | None:
    """The names of all columns, if the first row names them; only the first column may go without a name."""
    columns = _columns(rows)
    names, *below = ([_text_in(row, column) for column in columns] for row in rows)
    filled = [name for name in names if name]
    if not all(names[1:]) or len(set(filled)) < len(filled) or not all(map(_NAME.fullmatch, filled)):
        return None
    shapes = [_usual_shape(column) for column in zip(*below, strict=True)][1:]
    named = [_shape(name) for name in names[1:]]
    if all(shape == _WORDS for shape in named):
        is_header = len(columns) > 2 or shapes[0] != _WORDS
    else:
        is_header = len(columns) > 2 and all(a != b for a, b in zip(named, shapes, strict=True))
    return tuple(names) if is_header else None


def _columns(rows: Sequence[Sequence[_Cell]]) -> list[Span]:
    """Where the columns stand: cells of all rows that overlap are of one."""
    columns: list[Span] = []
    for start, end in sorted((cell.start, cell.end) for row in rows for cell in row):
        if columns and start < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(end, columns[-1][1]))
        else:
            columns.append((start, end))
    return columns


def _text_in(row: Sequence[_Cell], column: Span) -> str:
    return " ".join(cell.text for cell in row if cell.start < column[1] and cell.end > column[0])


def _shape(text: str) -> str:
    """Words as such, and what they and numbers are made of: of "6:40" and "11:10" it is "9:9". A year is a name."""
    if not _DIGITS.search(text) or _YEAR.fullmatch(text):
        return _WORDS
    return _WORD.sub("a", _DIGITS.sub("9", text))


def _usual_shape(texts: Sequence[str]) -> str:
    filled = Counter(_shape(text) for text in texts if text)
    return filled.most_common(1)[0][0] if filled else _WORDS
