"""Rows of a table in a text that is kept as it stands (Markdown, plain text): the names of their columns before their cells.

"| bridge | 1932 |" says little by itself. Its heading says what the columns are (qa.documents.tables): "Built > What | Opened >
row 2: bridge". The encoder, the reranker and the reader are shown "| What: bridge | Opened: 1932 |" under "Built > row 2:
bridge", as they are shown the rows of all other tables; answers are never made of the names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa.documents.aligned import cell_places
from qa.documents.tables import NAMELESS
from qa.text.mentions import Insertion, Named

_PART = " > "
_BAR = " | "
_HEADING = re.compile(r"(?:(?P<outer>.*) > )?(?P<names>[^>]* \| [^>]*) > (?P<row>rows? \d+.*)", re.DOTALL)
_CELL_END = re.compile(r"(?<!\\)\|")
_GAP = re.compile(r"  |\t")
NAMED_CELL = re.compile(r"(?:^|; )(?P<name>[^:;]{1,60}): (?P<cell>[^;]*[^;.\s])", re.MULTILINE)
"""A cell of a row of "name: Anna; city: Oslo.", as rows and objects of converted formats are written."""


def with_columns(heading: str | None, text: str, room: int | None = None) -> tuple[str, Named] | None:
    """The heading without the names of columns, and the rows with them, at most `room` characters more; None of what is no
    row."""
    found = _HEADING.fullmatch(heading or "")
    if found is None or ("|" not in text and not _GAP.search(text)):
        return None
    outer = f"{found['outer']}{_PART}" if found["outer"] else ""
    return f"{outer}{found['row']}", _named(text, found["names"].split(_BAR), room)


def _named(text: str, names: Sequence[str], room: int | None) -> Named:
    parts: list[str] = []
    inserted: list[Insertion] = []
    last, grown = 0, 0
    for name, (start, end) in _named_cells(text, names):
        put = f"{name}: "
        if name in ("", NAMELESS) or not text[start:end].strip() or (room is not None and grown + len(put) > room):
            continue
        parts += [text[last:start], put]
        inserted.append(Insertion(start + grown, len(put), grown))
        last, grown = start, grown + len(put)
    return Named("".join([*parts, text[last:]]), tuple(inserted))


def _named_cells(text: str, names: Sequence[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    place = 0
    for line in text.splitlines(keepends=True):
        cells = cells_between_bars(line) if "|" in line else _aligned_cells(line, len(names))
        for name, (start, end) in zip(names, cells, strict=False):
            yield name, (place + start, place + end)
        place += len(line)


def _aligned_cells(text: str, count: int) -> list[tuple[int, int]]:
    """Those of a line of plain text; none where the line has not as many as there are columns: they cannot be told."""
    places = cell_places(text)
    return places if len(places) == count else []


def cells_between_bars(text: str) -> list[tuple[int, int]]:
    """Where the content of each cell of a line begins and ends, without the blanks around it."""
    start = len(text) - len(text.lstrip())
    start += text[start : start + 1] == "|"
    places = []
    for bar in [*_CELL_END.finditer(text, start), None]:
        end = bar.start() if bar else len(text)
        if bar or text[start:end].strip():
            blanks = len(text[start:end]) - len(text[start:end].lstrip())
            places.append((start + blanks, max(start + blanks, len(text[:end].rstrip()))))
        start = bar.end() if bar else end
    return places
