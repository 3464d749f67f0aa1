"""Tables in PDF: which words stand in which column, so that a row names them ("Berth: A 7; Per night: 24.50 EUR.").

A page knows no tables, only where each character stands. What stands apart in a line is a cell, lines whose cells stand below
each other are rows (`aligned`), and it is a table when its first line names the columns and there are numbers below: columns of
text have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from qa.documents.aligned import AlignedCell, ColumnRange, columns_of, tables_of, text_in
from qa.documents.tables import full_sentence

_WIDE = 300
"""Columns to the width of a page."""
_APART = 1.3
"""Between cells, in widths of a character: a blank has about half of one."""
_FEWEST_LINES = 3
_MOST_WORDS = 30
_EDGE = 3
"""Lines at the top and the foot of a page that need not belong to a table that goes on there."""
_WORD = re.compile(r"\S+")
_LINE = re.compile(r"[^\r\n]+")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class NamedColumns:
    """The columns of a table with their names, "" of one that has none."""

    names: tuple[str, ...]
    columns: tuple[ColumnRange, ...]

    def values(self, cells: Sequence[AlignedCell]) -> list[str] | None:
        """What stands in each column; None where a cell stands in none or in several."""
        edges = [0, *(edge for column in self.columns for edge in column), _WIDE]
        rooms = [(edges[2 * place], edges[2 * place + 3]) for place in range(len(self.columns))]
        texts: list[list[str]] = [[] for _ in rooms]
        for cell in cells:
            within = [place for place, (start, end) in enumerate(rooms) if start <= cell.start and cell.end <= end]
            if len(within) != 1:
                return None
            texts[within[0]].append(cell.text)
        return list(map(" ".join, texts))

    def sentence(self, values: Sequence[str]) -> str:
        """A row as a sentence."""
        named = zip(self.names, values, strict=True)
        return full_sentence([f"{name}: {value}" if name else value for name, value in named if value])


def cells_of_lines(text_page: Any, text: str, width: float) -> list[tuple[str, list[AlignedCell]]]:
    """The lines of `text`, which is all that `text_page` holds, with their cells; none of a page that can have no table."""
    lines = list(_LINE.finditer(text))
    rows = sum(_DIGIT.search(line[0]) is not None and line[0].count(" ") < _MOST_WORDS for line in lines)
    if rows < _FEWEST_LINES or len(text) != text_page.count_chars() or width <= 0:
        return []
    parting = _blanks_between_cells(text_page, text)
    return [(line[0], list(_cells(text_page, line, parting, _WIDE / width))) for line in lines]


def with_named_rows(
    lines: Sequence[tuple[str, Sequence[AlignedCell]]], above: NamedColumns | None = None
) -> tuple[list[str], NamedColumns | None]:
    """The lines of a page, rows of tables as sentences; and the columns of a table that may go on on the next page, as that
    of the page `above` may here."""
    cells = [row for _, row in lines]
    tables = _tables(cells)
    written = _Rows(above)
    for place, (line, row) in enumerate(lines):
        if place in tables:
            written.begin(line, tables[place])
        elif not written.take(row):
            written.end(line, keep=place < _EDGE or place >= len(lines) - _EDGE)
    return written.lines(), written.columns


def _tables(lines: Sequence[Sequence[AlignedCell]]) -> dict[int, NamedColumns]:
    """The columns of each table, by the line with their names."""
    rows = [(place, cells) for place, cells in enumerate(lines) if not _goes_on(lines, place)]
    found = {}
    for table in tables_of([cells for _, cells in rows]):
        (first, header), *below = rows[table.first : table.last]
        body = [cells for _, cells in below]
        if _has_numbers(body):
            found[first] = NamedColumns(table.names, tuple(columns_of([header, *body])))
    return found


def _goes_on(lines: Sequence[Sequence[AlignedCell]], place: int) -> bool:
    """Whether a line may be of a cell that began in a line above, and not in the first column."""
    if len(lines[place]) != 1:
        return False
    above = next((cells for cells in reversed(lines[max(0, place - _EDGE) : place]) if len(cells) > 1), None)
    return above is not None and lines[place][0].start >= above[1].start - 1


class _Rows:
    """The lines of a page so far, the last row still open: a cell may go on in the line below."""

    def __init__(self, columns: NamedColumns | None) -> None:
        self.columns = columns
        self._lines: list[str] = []
        self._row: list[str] = []

    def begin(self, line: str, columns: NamedColumns) -> None:
        """A table whose names are in `line`; they are written once where it goes on from the page before."""
        self._close()
        if self.columns is None or self.columns.names != columns.names:
            self._lines.append(line)
        self.columns = columns

    def take(self, cells: Sequence[AlignedCell]) -> bool:
        """Whether a line is one of the table: a row, or what goes on of the cells of one."""
        values = self.columns.values(cells) if self.columns is not None else None
        filled = sum(map(bool, values or ()))
        if values is None or not filled or (filled == 1 and (values[0] or not self._row)):
            return False
        if filled == 1:
            self._row = [" ".join(filter(None, both)) for both in zip(self._row, values, strict=True)]
        elif self.columns is not None and tuple(values) != self.columns.names:
            self._close()
            self._row = values
        return True

    def end(self, line: str, *, keep: bool) -> None:
        """A line that is none of the table, which may go on after it if it is to be kept."""
        self._close()
        self._lines.append(line)
        if not keep:
            self.columns = None

    def lines(self) -> list[str]:
        self._close()
        return self._lines

    def _close(self) -> None:
        if self._row and self.columns is not None:
            self._lines.append(self.columns.sentence(self._row))
        self._row = []


def _blanks_between_cells(text_page: Any, text: str) -> frozenset[int]:
    """Where PDFium put blanks that the page does not hold, for what stands apart: of a page that holds blanks itself."""
    from pypdfium2.raw import FPDFText_IsGenerated

    blanks = [place for place, character in enumerate(text) if character == " "]
    generated = frozenset(place for place in blanks if FPDFText_IsGenerated(text_page, place) == 1)
    return generated if 2 * len(generated) < len(blanks) else frozenset()


def _cells(text_page: Any, line: re.Match[str], parting: frozenset[int], scale: float) -> Iterator[AlignedCell]:
    """Words that a blank of the page parts are of one cell; where the page holds no blanks, those that stand close."""
    words = list(_WORD.finditer(line[0]))
    places = [
        (text_page.get_charbox(line.start() + word.start())[0], text_page.get_charbox(line.start() + word.end() - 1)[2])
        for word in words
    ]
    characters = sum(len(word[0]) for word in words)
    apart = _APART * sum(max(0.0, right - left) for left, right in places) / max(1, characters)
    found: list[tuple[float, float, str]] = []
    for word, (left, right) in zip(words, places, strict=True):
        blank = line.start() + word.start() - 1
        is_same = blank not in parting if parting else abs(left - found[-1][1]) < apart if found else False
        if found and is_same:
            found[-1] = (found[-1][0], right, f"{found[-1][2]} {word[0]}")
        else:
            found.append((left, right, word[0]))
    for left, right, text in sorted(found):
        start = min(max(int(left * scale), 0), _WIDE - 1)
        yield AlignedCell(start, min(max(int(right * scale), start + 1), _WIDE), text)


def _has_numbers(rows: Sequence[Sequence[AlignedCell]]) -> bool:
    """Whether most cells of a column have figures."""
    columns = [[text for row in rows if (text := text_in(row, column))] for column in columns_of(rows)]
    return any(2 * sum(_DIGIT.search(text) is not None for text in texts) > len(texts) for texts in columns)
