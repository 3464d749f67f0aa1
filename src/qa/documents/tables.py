"""Rows as sentences: "Name: Anna; City: Oslo." A reader of sentences then finds a value with the words of its column."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count, islice, takewhile, zip_longest

from qa.documents.text_builder import TextBuilder

_LOOKED_AT = 20
NAMELESS = "-"
"""A column without a name, in a heading that has the others."""
_LONGEST_NAMES = 100
_LONGEST_NAME = 60
_MOST_COLUMNS = 200
_FEWEST_COLUMNS = 3
"""Of a table that pairs below it are surely no rows of, at least one more."""
_UNDER_ALL = 30
"""A level deeper than those of all headings; the two above it are for the title of a table and headings amid it."""
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_NUMBER_OR_DATE = re.compile(r"[\s\d.,:/%+()€$£-]*")


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table: its number from 1, and what it says, "" of an empty one. `name` is its first cell that is filled."""

    number: int
    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class NamedRow:
    """Pairs of the name of a column, "" where it has none, and what stands there; `group` is the heading amid the table that
    the row is under, "" of none."""

    group: str
    cells: tuple[tuple[str, str], ...]


def write_rows(builder: TextBuilder, rows: Iterable[Sequence[str]], level: int) -> None:
    """A line for each of `rows` that is not empty, under a heading of its own of that `level`. Raises Unreadable."""
    for row in table_rows(rows):
        if row.sentence:
            builder.entry(level, row.number, "row", row.name)
            builder.block(row.sentence, after="\n")


def write_named_rows(builder: TextBuilder, rows: Iterable[NamedRow], title: str = "") -> None:
    """A line for each of `rows`, unless it is empty; the names themselves are row 1.

    Each is under a heading of its own, below the `title` of the table and the headings that held before. Raises Unreadable."""
    group = ""
    builder.under(_UNDER_ALL - 2, title)
    for number, row in enumerate(rows, 2):
        if row.group != group:
            group = row.group
            builder.under(_UNDER_ALL - 1, group)
        cells = [(name, text) for name, text in row.cells[:_MOST_COLUMNS] if text]
        if cells:
            builder.entry(_UNDER_ALL, number, "row", cells[0][1])
            parts = [f"{name}: {text}" if name else text for name, text in cells]
            builder.block(full_sentence([*filter(None, [group]), *parts]), after="\n")
    builder.close(_UNDER_ALL - 2)
    builder.raw("\n")


def write_table(builder: TextBuilder, rows: Iterable[Sequence[str]]) -> None:
    """As `write_rows`, amid a text: what follows is under the headings that held before. Raises Unreadable."""
    write_rows(builder, rows, _UNDER_ALL)
    builder.close(_UNDER_ALL)
    builder.raw("\n")


def row_sentences(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """What each of `rows` says, in their order."""
    return (row.sentence for row in table_rows(rows))


def table_rows(rows: Iterable[Sequence[str]]) -> Iterator[TableRow]:
    """Each of `rows`, with its values named after their columns.

    The header is the first row with as many filled cells as any of the first 20, if its cells are words and all different;
    what stands above it (a title, a note) is given as it is. So is the header itself, which may be a row like the others,
    unless most of a column below it are numbers or dates: then it says nothing that the rows do not, and is left out. After an
    empty row another table may begin, if its header is as sure, or a list of pairs that no column of a wide one names.
    """
    coming = map(_cleaned, rows)
    ahead = deque(islice(coming, _LOOKED_AT))
    header = _header(ahead)
    names: Sequence[str] = []
    begins = True
    for number in count():
        if not ahead:
            return
        block = list(takewhile(any, ahead)) if begins else []
        is_surely_header = begins_with_names(block)
        if len(names) > _FEWEST_COLUMNS and _are_pairs(block):
            names = []
        if number == header:
            names, is_surely_header = [], _is_surely_header(ahead[0], list(ahead)[1:])
        cells = ahead.popleft()
        ahead.extend(islice(coming, 1))
        begins = not any(cells)
        name = next(filter(None, cells), "")
        yield TableRow(number + 1, name, "" if is_surely_header else _sentence(names, cells))
        if is_surely_header or number == header:
            names = cells


def _are_pairs(rows: Sequence[Sequence[str]]) -> bool:
    return bool(rows) and all(any(row[1:2]) and not any(row[2:]) for row in rows)


def may_name(cell: str) -> bool:
    """Whether a cell that is filled may be the name of a column: words, or a year."""
    return not _NUMBER_OR_DATE.fullmatch(cell) or _YEAR.fullmatch(cell) is not None


def begins_with_names(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of `rows` names the columns beyond doubt: words, with a column of numbers or dates below."""
    return len(rows) > 1 and _header(rows) == 0 and _is_surely_header(rows[0], rows[1:])


def row_heading(outer: str, names: Sequence[str], number: int, name: str) -> str:
    """Of row `number` (the header is row 1) of a table that is kept as it stands: the heading of its section, the names of its
    columns, and its first cell. "Built > What | Opened > row 2: bridge"."""
    columns = " | ".join(_plain(one) or NAMELESS for one in names)
    known = columns if len(names) > 1 and any(map(_plain, names)) and len(columns) <= _LONGEST_NAMES else ""
    row = f"row {number}: {_plain(name)[:_LONGEST_NAME]}" if name.strip() else f"row {number}"
    return " > ".join(part for part in (outer, known, row) if part)


def _plain(name: str) -> str:
    """In one line, without what parts a heading."""
    return " ".join(name.replace("|", " ").replace(">", " ").split())


def full_sentence(parts: Sequence[str]) -> str:
    """The parts in one sentence that ends; "" of none."""
    text = "; ".join(parts)
    return text + "." if text and not text.endswith((".", "!", "?")) else text


def _cleaned(row: Sequence[str]) -> list[str]:
    return [" ".join(cell.split()) for cell in row[:_MOST_COLUMNS]]


def _header(rows: Sequence[Sequence[str]]) -> int | None:
    widths = list(map(_width, rows))
    widest = max(widths, default=0)
    if widest < 1 or len(rows) < 2:
        return None
    place = widths.index(widest)
    names = [cell for cell in rows[place] if cell]
    below = list(rows)[place + 1 :]
    is_header = len(set(names)) == len(names) and all(
        _is_name(name, below, column) for column, name in enumerate(rows[place])
    )
    return place if is_header and any(widths[place + 1 :]) else None


def _is_name(cell: str, below: Sequence[Sequence[str]], column: int) -> bool:
    """Whether a cell may name its column: it is words, or a year above what is none."""
    if not cell or not _NUMBER_OR_DATE.fullmatch(cell):
        return True
    values = [row[column] for row in below if column < len(row) and row[column]]
    return _YEAR.fullmatch(cell) is not None and not any(map(_YEAR.fullmatch, values))


def _width(row: Sequence[str]) -> int:
    """Its filled cells; the corner above the names of rows may be empty."""
    filled = sum(map(bool, row))
    has_corner = filled > 1 and not row[0] and all(row[1 : filled + 1])
    return filled + has_corner


def _is_surely_header(header: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    columns = zip_longest(*below, fillvalue="")
    return any(name and _are_mostly_numbers(column) for name, column in zip(header, columns, strict=False))


def _are_mostly_numbers(column: Sequence[str]) -> bool:
    filled = [cell for cell in column if cell]
    return sum(_NUMBER_OR_DATE.fullmatch(cell) is not None for cell in filled) * 2 > len(filled)


def _sentence(names: Sequence[str], cells: Sequence[str]) -> str:
    named = zip(chain(names, [""] * len(cells)), cells, strict=False)
    return full_sentence([f"{name}: {cell}" if name else cell for name, cell in named if cell])
