"""Tables of data in HTML: which cells name a column, and which cell stands in which column.

Cells span columns and rows (HTML Standard, 4.9.12, "forming a table"); a row that is one cell across the whole table is a note
on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from qa.documents.html_around import tag_of

if TYPE_CHECKING:
    from lxml.etree import _Element

CELLS = frozenset({"td", "th"})
_MOST_SPANNED = 200
"""Columns or rows; a browser stops at 1,000."""


@dataclass(frozen=True, slots=True)
class DataTable:
    """The `rows` below the headings, each of pairs of the name of a column, "" where it has none, and what stands there; and
    `notes` on the whole."""

    rows: tuple[tuple[tuple[str, str], ...], ...]
    notes: tuple[str, ...]


def is_data(element: _Element) -> bool:
    """Whether it is a table with a row of headings and no table in it: others are there for the layout."""
    if tag_of(element) != "table" or any(tag_of(inner) == "table" for inner in element.iterdescendants()):
        return False
    head = next(_rows(element), None)
    names = list(_cells(head)) if head is not None else []
    return len(names) > 1 and all(tag_of(cell) == "th" for cell in names)


def data_table(element: _Element, text_of: Callable[[_Element], str]) -> DataTable:
    """The table `element`, which `is_data`; `text_of` gives the text of a cell in one line."""
    grid = list(_grid(element, text_of))
    heads = [row for row in grid if row.is_head]
    width = max((len(row.cells) for row in grid), default=0)
    names = [_joined(row.cells[column].text for row in heads if column < len(row.cells)) for column in range(width)]
    body = [row for row in grid if not row.is_head]
    return DataTable(
        rows=tuple(tuple(_named(row.cells, names)) for row in body if not row.is_note),
        notes=tuple(row.cells[0].text for row in body if row.is_note),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _HtmlCell:
    """A cell, which stands in every column that it spans."""

    text: str
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class _HtmlRow:
    """What stands in each column."""

    cells: tuple[_HtmlCell, ...]
    is_head: bool
    is_note: bool


def _grid(table: _Element, text_of: Callable[[_Element], str]) -> Iterator[_HtmlRow]:
    above: dict[int, tuple[int, _HtmlCell]] = {}
    in_heads = True
    for row in _rows(table):
        elements = list(_cells(row))
        if not elements:
            continue
        in_heads = in_heads and all(tag_of(element) == "th" for element in elements)
        cells = [
            _HtmlCell(text_of(element), _span(element, "colspan"), _span(element, "rowspan")) for element in elements
        ]
        is_note = not (in_heads or above) and len(cells) == 1 and cells[0].columns > 1
        yield _HtmlRow(tuple(_placed(cells, above)), in_heads, is_note)


def _placed(cells: Sequence[_HtmlCell], above: dict[int, tuple[int, _HtmlCell]]) -> Iterator[_HtmlCell]:
    """The cells of a row with those that reach into it from `above`, by their column and for how many rows; brings that up to
    date."""
    reaching = dict(above)
    above.clear()
    above.update({column: (rows - 1, cell) for column, (rows, cell) in reaching.items() if rows > 1})
    column = 0
    for cell in cells:
        while column in reaching:
            yield reaching.pop(column)[1]
            column += 1
        for _ in range(cell.columns):
            if cell.rows > 1:
                above[column] = (cell.rows - 1, cell)
            yield cell
            column += 1
    while column in reaching:
        yield reaching.pop(column)[1]
        column += 1


def _named(cells: Sequence[_HtmlCell], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each cell once, with the names of all columns that it spans."""
    column = 0
    for cell, spanned in groupby(cells):
        width = len(list(spanned))
        yield _joined(names[column : column + width]), cell.text
        column += width


def _joined(names: Iterable[str]) -> str:
    """Each name once."""
    return ", ".join(dict.fromkeys(filter(None, names)))


def _rows(table: _Element) -> Iterator[_Element]:
    """In the order that they are shown in: the foot of a table may be written before its body."""
    feet = list(table.iterdescendants("tfoot"))
    yield from (row for row in table.iterdescendants("tr") if not any(foot in row.iterancestors() for foot in feet))
    for foot in feet:
        yield from foot.iterdescendants("tr")


def _cells(row: _Element) -> Iterator[_Element]:
    return (cell for cell in row if tag_of(cell) in CELLS)


def _span(cell: _Element, name: str) -> int:
    text = cell.get(name, "1").strip()
    return min(max(int(text), 1), _MOST_SPANNED) if text.isascii() and text.isdigit() and len(text) < 6 else 1
