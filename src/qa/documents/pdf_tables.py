"""Tables in PDF: which words stand in which column, so that a row names them ("Berth: A 7; Per night: 24.50 EUR.").

A page knows no tables, only where each character stands. What stands apart in a line is a cell, lines whose cells stand below
each other are rows (`aligned`), and it is a table when its first line names the columns and there are numbers below: columns of
text have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

from qa.documents.aligned import AlignedCell, ColumnRange, columns_of, tables_of, text_in
from qa.documents.pdf_rows import TableLine, whole_rows
from qa.documents.pdf_words import PlacedWord
from qa.documents.tables import full_sentence

_WIDE = 300
"""Columns to the width of a page."""
_APART = 1.2
"""Between cells, in widths of a character: a blank has about half of one."""
_FEWEST_LINES = 3
_MOST_WORDS = 30
_EDGE = 3
"""Lines at the top and the foot of a page that need not belong to a table that goes on there."""
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


def may_have_table(text: str) -> bool:
    """Whether a page has lines enough with figures in them."""
    lines = text.splitlines()
    return sum(_DIGIT.search(line) is not None and line.count(" ") < _MOST_WORDS for line in lines) >= _FEWEST_LINES


def cells_of_lines(
    lines: Iterable[tuple[str, Sequence[PlacedWord]]], parting: Set[int], width: float
) -> list[tuple[str, Sequence[AlignedCell]]]:
    """Lines of a page of that width in points with their cells, those of a row that has several as one. `parting` are the
    blanks that stand between cells, empty where only the distance of words tells."""
    scale = _WIDE / max(1.0, width)
    placed = (
        TableLine(
            line,
            tuple(_cells(words, parting, scale)),
            words[0].bottom if words else 0.0,
            words[0].top if words else 0.0,
        )
        for line, words in lines
    )
    return [(row.text, row.cells) for row in whole_rows(placed)]


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
    """Whether a line may be of a cell that began in a line above: of the first column only with a small letter."""
    if len(lines[place]) != 1:
        return False
    above = next((cells for cells in reversed(lines[max(0, place - _EDGE) : place]) if len(cells) > 1), None)
    if above is None:
        return False
    (cell,) = lines[place]
    is_below_first = abs(cell.start - above[0].start) <= 1 and cell.end <= above[1].start
    return cell.start >= above[1].start - 1 or (is_below_first and cell.text[:1].islower())


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
        if values is None or not filled:
            return False
        if filled == 1 and not (self._row and (not values[0] or (self._row[0] and values[0][0].islower()))):
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


def blanks_between_cells(text_page: Any, text: str) -> frozenset[int]:
    """Where PDFium put blanks that the page does not hold, for what stands apart: of a page that holds blanks itself."""
    from pypdfium2.raw import FPDFText_IsGenerated

    blanks = [place for place, character in enumerate(text) if character == " "]
    generated = frozenset(place for place in blanks if FPDFText_IsGenerated(text_page, place) == 1)
    return generated if 2 * len(generated) < len(blanks) else frozenset()


def _cells(words: Sequence[PlacedWord], parting: Set[int], scale: float) -> Iterator[AlignedCell]:
    """Words that a blank of the page parts are of one cell; where the page holds no blanks, those that stand close."""
    characters = sum(len(word.text) for word in words)
    apart = _APART * sum(word.right - word.left for word in words if word.right > word.left) / max(1, characters)
    found: list[tuple[float, float, str]] = []
    first = 0
    for place in range(1, len(words) + 1):
        if place < len(words):
            word, right = words[place], words[place - 1].right
            if word.start - 1 not in parting if parting else -apart < word.left - right < apart:
                continue
        found.append((words[first].left, words[place - 1].right, " ".join([word.text for word in words[first:place]])))
        first = place
    for left, right, text in sorted(found):
        start = min(max(int(left * scale), 0), _WIDE - 1)
        yield AlignedCell(start, min(max(int(right * scale), start + 1), _WIDE), text)


def _has_numbers(rows: Sequence[Sequence[AlignedCell]]) -> bool:
    """Whether most cells of a column have figures."""
    columns = [[text for row in rows if (text := text_in(row, column))] for column in columns_of(rows)]
    return any(2 * sum(_DIGIT.search(text) is not None for text in texts) > len(texts) for texts in columns)
