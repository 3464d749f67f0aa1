"""Rows of a table in a PDF whose cells have several lines.

A program writes such a row cell by cell: all lines of the first, then, beside them, those of the next. What stands to the right
of lines and not below them is of the same row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from qa.documents.aligned import AlignedCell

_MOST_LINES = 6
"""Of a cell; more are a column of text."""


class TableLine(NamedTuple):
    """A line of a page with its cells, and from where to where it reaches, in points from the foot of the page."""

    text: str
    cells: tuple[AlignedCell, ...]
    bottom: float
    top: float


def whole_rows(lines: Iterable[TableLine]) -> Iterator[TableLine]:
    """The same lines, those of a row whose cells were written one after the other as one, with all their text."""
    row = _OpenRow()
    for line in lines:
        if not row.take(line):
            yield from row.lines()
            row = _OpenRow()
            row.take(line)
    yield from row.lines()


class _OpenRow:
    """Lines that may be one row: blocks of them, each beside those before it."""

    def __init__(self) -> None:
        self._blocks: list[list[TableLine]] = []

    def take(self, line: TableLine) -> bool:
        """Whether `line` may be of the row, too."""
        if not line.cells:
            return False
        if not self._blocks or self._is_beside(line):
            self._blocks.append([line])
        elif self._is_below(line):
            self._blocks[-1].append(line)
        else:
            return False
        return True

    def lines(self) -> Iterator[TableLine]:
        """One, or where nothing stands beside others all that were taken."""
        taken = [line for block in self._blocks for line in block]
        if len(self._blocks) < 2:
            yield from taken
            return
        yield TableLine(
            "\n".join(line.text for line in taken),
            tuple(cell for block in self._blocks for cell in _cells(block)),
            min(line.bottom for line in taken),
            max(line.top for line in taken),
        )

    def _is_beside(self, line: TableLine) -> bool:
        bottom, top = self._blocks[0][-1].bottom, self._blocks[0][0].top
        if line.top <= bottom or line.bottom >= top:
            return False
        return line.cells[0].start > max(taken.cells[-1].end for block in self._blocks for taken in block)

    def _is_below(self, line: TableLine) -> bool:
        block = self._blocks[-1]
        if len(block) == _MOST_LINES or len(line.cells) > 1 or len(block[-1].cells) > 1:
            return False
        (cell,), (above,) = line.cells, block[0].cells
        reaches_down = len(self._blocks) == 1 or line.top > self._blocks[0][-1].bottom
        return line.top <= block[-1].top and abs(cell.start - above.start) <= 1 and reaches_down


def _cells(block: Sequence[TableLine]) -> tuple[AlignedCell, ...]:
    if len(block) == 1:
        return block[0].cells
    cells = [line.cells[0] for line in block]
    text = " ".join(cell.text for cell in cells)
    return (AlignedCell(min(cell.start for cell in cells), max(cell.end for cell in cells), text),)
