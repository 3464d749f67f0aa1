"""Tables of data in HTML: which cells name a column, and which cell stands in which column.

Cells span columns and rows (HTML Standard, 4.9.12, "forming a table"); a row that is one cell across the whole table is a note
on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice, takewhile
from typing import TYPE_CHECKING

from qa.documents.html_around import tag_of
from qa.documents.tables import NamedRow, begins_with_names

if TYPE_CHECKING:
    from lxml.etree import _Element

CELLS = frozenset({"td", "th"})
_MOST_SPANNED = 200
"""Columns or rows; a browser stops at 1,000."""
_LOOKED_AT = 20
_FEWEST_ROWS = 3
_LONGEST = 60
"""Characters of a cell, where nothing but the numbers in a table shows that it is one of data."""
_LONG = frozenset("pre ul ol dl h1 h2 h3 h4 h5 h6 form img".split())


@dataclass(frozen=True, slots=True)
class DataTable:
    """`titles` above the headings, the `rows` below them, and `notes` on the whole."""

    titles: tuple[str, ...]
    rows: tuple[NamedRow, ...]
    notes: tuple[str, ...]


def is_data(element: _Element) -> bool:
    """Whether it is a table that says what its columns are, and has no table in it: others are there for the layout."""
    if tag_of(element) != "table" or any(tag_of(inner) == "table" for inner in element.iterdescendants()):
        return False
    rows = [cells for row in islice(_rows(element), _LOOKED_AT) if (cells := list(_cells(row)))]
    rows = rows[_titles(rows) :]
    return bool(rows) and (_names_columns(rows[0]) or _is_set_off(rows) or _is_above_numbers(element, rows))


def data_table(element: _Element, text_of: Callable[[_Element], str]) -> DataTable:
    """The table `element`, which `is_data`; `text_of` gives the text of a cell in one line."""
    grid = list(_grid(element, text_of))
    titles = _titles([row.elements for row in grid])
    heads = 1 + sum(1 for _ in takewhile(lambda row: _names_columns(row.elements), grid[titles + 1 :]))
    heads = heads if _names_columns(grid[titles].elements) else 1
    body = grid[titles + heads :]
    width = max((len(row.cells) for row in grid), default=0)
    names = [
        _joined(row.cells[column].text for row in grid[titles : titles + heads] if column < len(row.cells))
        for column in range(width)
    ]
    rows, notes, group = [], [], ""
    for place, row in enumerate(body):
        if not row.is_across:
            rows.append(NamedRow(group, tuple(_named(row.cells, names))))
        elif _is_name(row.elements[0]) and any(not other.is_across for other in body[place + 1 :]):
            group = row.cells[0].text
        else:
            notes.append(row.cells[0].text)
    return DataTable(tuple(row.cells[0].text for row in grid[:titles]), tuple(rows), tuple(notes))


def _titles(rows: Sequence[Sequence[_Element]]) -> int:
    """How many rows at the top are one cell each, across the whole."""
    return sum(1 for _ in takewhile(lambda row: len(row) == 1 and _span(row[0], "colspan") > 1, rows))


def _names_columns(cells: Sequence[_Element]) -> bool:
    """Whether a row is marked as one of headings; the corner above the names of rows may be an empty cell like others."""
    if len(cells) > 1 and all(tag_of(above) == "thead" for above in islice(cells[0].iterancestors(), 1, 2)):
        return True
    first, *others = cells
    is_corner = tag_of(first) == "th" or (len(others) > 1 and not "".join(first.itertext()).strip())
    return is_corner and bool(others) and all(tag_of(cell) == "th" for cell in others)


def _is_set_off(rows: Sequence[Sequence[_Element]]) -> bool:
    """Whether the first row, and not the second, is all in bold."""
    first, *others = rows
    return len(first) > 1 and bool(others) and all(map(_is_name, first)) and not all(map(_is_name, others[0]))


def _is_name(cell: _Element) -> bool:
    """Whether a cell is a heading, or all in bold."""
    if tag_of(cell) == "th":
        return True
    bold = "".join("".join(inner.itertext()) for inner in cell.iter("b", "strong") if not _is_in_bold(inner))
    return bool(bold.strip()) and "".join(bold.split()) == "".join("".join(cell.itertext()).split())


def _is_in_bold(element: _Element) -> bool:
    above = element.getparent()
    return above is not None and tag_of(above) in ("b", "strong")


def _is_above_numbers(table: _Element, rows: Sequence[Sequence[_Element]]) -> bool:
    """Whether the first row is of words, and a column below it of numbers, where all rows have as many short cells."""
    if len(rows) < _FEWEST_ROWS or any(len(row) != len(rows[0]) for row in rows) or len(rows[0]) < 2:
        return False
    if any(tag_of(inner) in _LONG for inner in table.iterdescendants()):
        return False
    texts = [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in rows]
    return all(len(text) <= _LONGEST for row in texts for text in row) and begins_with_names(texts)


@dataclass(frozen=True, slots=True, eq=False)
class _HtmlCell:
    """A cell, which stands in every column that it spans."""

    text: str
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class _HtmlRow:
    """What stands in each column; `is_across`: one cell, over several columns."""

    elements: tuple[_Element, ...]
    cells: tuple[_HtmlCell, ...]
    is_across: bool


def _grid(table: _Element, text_of: Callable[[_Element], str]) -> Iterator[_HtmlRow]:
    above: dict[int, tuple[int, _HtmlCell]] = {}
    for row in _rows(table):
        elements = tuple(_cells(row))
        if not elements:
            continue
        cells = [
            _HtmlCell(text_of(element), _span(element, "colspan"), _span(element, "rowspan")) for element in elements
        ]
        is_across = not above and len(cells) == 1 and cells[0].columns > 1
        yield _HtmlRow(elements, tuple(_placed(cells, above)), is_across)


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
