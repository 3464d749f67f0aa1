"""Tables in plain text, whose columns stand below each other with blanks between: timetables, price lists, rosters.

A table is found by its gutters, the columns of characters that are blank in all of its lines (as in Kieninger's T-Recs, 1998,
the other way about: there words that stand above each other make the columns).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
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

ColumnRange = tuple[int, int]


@dataclass(frozen=True, slots=True)
class AlignedTable:
    """The lines from `first` to `last` (exclusive, counted from 0) of a text. `names` are those of its columns, "" of one that
    has none; the line `first` is its header."""

    first: int
    last: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlignedCell:
    """`text` that reaches from column `start` of a line to `end` (exclusive), 300 at the most."""

    start: int
    end: int
    text: str


def aligned_tables(lines: Sequence[str]) -> Iterator[AlignedTable]:
    """The tables that have a header, in their order. `lines` have no line ends."""
    return tables_of([_cells(line) for line in lines])


def tables_of(lines: Sequence[Sequence[AlignedCell]]) -> Iterator[AlignedTable]:
    """The tables that have a header, in their order; `lines` hold what stands apart in them, from left to right."""
    first = 0
    while first < len(lines):
        rows = _rows_from(lines, first)
        names = _header(rows) if len(rows) >= _LEAST_ROWS else None
        if names is not None:
            yield AlignedTable(first, first + len(rows), names)
        first += max(len(rows), 1)


def cells_of(line: str) -> list[str]:
    """What stands in `line` between two blanks or more, or tabs."""
    return [line[start:end] for start, end in cell_places(line)]


def cell_places(line: str) -> list[ColumnRange]:
    """Where that stands."""
    return [match.span() for match in _CELL.finditer(line)]


def _cells(line: str) -> list[AlignedCell]:
    if len(line) > _WIDEST:
        return []
    line = line.expandtabs(8)
    return [AlignedCell(start, end, line[start:end]) for start, end in cell_places(line)]


def _rows_from(lines: Sequence[Sequence[AlignedCell]], first: int) -> list[Sequence[AlignedCell]]:
    """The lines from `first` on that share their gutters, each of two cells or more."""
    gutters: list[ColumnRange] = [(0, _WIDEST)]
    parted: set[ColumnRange] = set()
    rows: list[Sequence[AlignedCell]] = []
    for place in range(first, len(lines)):
        cells = lines[place]
        shared = _shared(gutters, cells)
        parted |= {(before.end, after.start) for before, after in pairwise(cells)}
        if len(cells) < 2 or not _part_all(shared, parted):
            break
        gutters = shared
        rows.append(cells)
    return rows


def _shared(gutters: Sequence[ColumnRange], cells: Sequence[AlignedCell]) -> list[ColumnRange]:
    """What is blank in the line of `cells`, too."""
    edges = [0, *(edge for cell in cells for edge in (cell.start, cell.end)), _WIDEST]
    blanks = list(zip(edges[::2], edges[1::2], strict=True))
    return [
        (max(start, first), min(end, last))
        for start, end in gutters
        for first, last in blanks
        if first < end and start < last and max(start, first) < min(end, last)
    ]


def _part_all(gutters: Sequence[ColumnRange], blanks: Collection[ColumnRange]) -> bool:
    """Whether a gutter is in each of the `blanks` between two cells of a line: then all of these are those of the columns."""
    return all(any(start < last and end > first for start, end in gutters) for first, last in blanks)


def _header(rows: Sequence[Sequence[AlignedCell]]) -> tuple[str, ...] | None:
    """The names of all columns, if the first row names them; only the first column may go without a name."""
    columns = columns_of(rows)
    names, *below = ([text_in(row, column) for column in columns] for row in rows)
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


def columns_of(rows: Sequence[Sequence[AlignedCell]]) -> list[ColumnRange]:
    """Where the columns stand: cells of all rows that overlap are of one."""
    columns: list[ColumnRange] = []
    for start, end in sorted((cell.start, cell.end) for row in rows for cell in row):
        if columns and start < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(end, columns[-1][1]))
        else:
            columns.append((start, end))
    return columns


def text_in(row: Sequence[AlignedCell], column: ColumnRange) -> str:
    return " ".join(cell.text for cell in row if cell.start < column[1] and cell.end > column[0])


def _shape(text: str) -> str:
    """Words as such, and what they and numbers are made of: of "6:40" and "11:10" it is "9:9". A year is a name."""
    if not _DIGITS.search(text) or _YEAR.fullmatch(text):
        return _WORDS
    return _WORD.sub("a", _DIGITS.sub("9", text))


def _usual_shape(texts: Sequence[str]) -> str:
    filled = Counter(_shape(text) for text in texts if text)
    return filled.most_common(1)[0][0] if filled else _WORDS
