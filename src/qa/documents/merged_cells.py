"""Cells of a table that are merged: what they say is said in each row, and in the name of each column, that they span.

A file holds what a merged cell says once, at its upper left corner.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qa.documents.tables import may_name

_HEADINGS_WITHIN = 20
"""Rows from the top."""


@dataclass(frozen=True, slots=True)
class MergedCell:
    """Rows and columns are counted from 0, the last ones included."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


def unmerged(rows: Iterable[Sequence[str]], merged: Iterable[MergedCell]) -> Iterator[list[str]]:
    """`rows`, with what merged cells say repeated downwards. Where they stand above the names of several columns, these begin
    with it ("Week 1, early"), and their own row is empty."""
    starting: dict[int, list[MergedCell]] = defaultdict(list)
    for cell in merged:
        starting[cell.first_row].append(cell)
    reaching: dict[int, tuple[int, str]] = {}
    above: list[str] = []
    spans: list[MergedCell] = []
    for number, row in enumerate(rows):
        cells = _filled(row, reaching, number)
        if spans:
            names = _names(above, spans, cells)
            yield [] if names else above
            cells = names or cells
        begun = [one for one in starting.get(number, ()) if one.first_column < len(cells) and cells[one.first_column]]
        reaching.update(
            {one.first_column: (one.last_row, cells[one.first_column]) for one in begun if one.last_row > number}
        )
        above = cells
        spans = [one for one in begun if one.last_column > one.first_column and number < _HEADINGS_WITHIN]
        if not spans:
            yield cells
    if spans:
        yield above


def _filled(row: Sequence[str], reaching: dict[int, tuple[int, str]], number: int) -> list[str]:
    """Row `number` with what reaches into it, by column with the last row that it reaches; brings that up to date."""
    cells = list(row)
    for column, (last, text) in list(reaching.items()):
        if number > last:
            del reaching[column]
            continue
        cells.extend([""] * (column + 1 - len(cells)))
        cells[column] = cells[column] or text
    return cells


def _names(above: Sequence[str], spans: Sequence[MergedCell], cells: Sequence[str]) -> list[str] | None:
    """The names of columns that two rows give together; None where they do not, as where the upper one is a title."""
    names = list(cells)
    spanned: set[int] = set()
    filled = {column for column, cell in enumerate(cells) if cell}
    for span in spans:
        columns = set(range(span.first_column, min(span.last_column + 1, len(cells))))
        if not columns <= filled or filled <= columns or not all(may_name(cells[column]) for column in columns):
            return None
        spanned |= columns
        for column in columns:
            names[column] = f"{above[span.first_column]}, {cells[column]}"
    for column, text in enumerate(above):
        if text and column not in spanned:
            if column >= len(cells) or cells[column] not in ("", text):
                return None
            names[column] = text
    return names
