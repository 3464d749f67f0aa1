"""Rows as sentences: "Name: Anna; City: Oslo." A reader of sentences then finds a value with the words of its column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

_LOOKED_AT = 20
_MOST_COLUMNS = 200
_NUMBER_OR_DATE = re.compile(r"[\s\d.,:/%+()€$£-]*")


def row_sentences(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """One sentence a row, "" for an empty one, in the order of `rows`.

    The header is the first row with as many filled cells as any of the first 20, if its cells are words and all different;
    what stands above it (a title, a note) is given as it is, and so is the header, so that a row keeps its number.
    """
    coming = iter(rows)
    first = [_cleaned(row) for row in islice(coming, _LOOKED_AT)]
    header = _header(first)
    for number, cells in enumerate(chain(first, (_cleaned(row) for row in coming))):
        names = first[header] if header is not None and number > header else []
        yield _sentence(names, cells)


def full_sentence(parts: Sequence[str]) -> str:
    """The parts in one sentence that ends; "" of none."""
    text = "; ".join(parts)
    return text + "." if text and not text.endswith((".", "!", "?")) else text


def _cleaned(row: Sequence[str]) -> list[str]:
    return [" ".join(cell.split()) for cell in row[:_MOST_COLUMNS]]


def _header(rows: Sequence[Sequence[str]]) -> int | None:
    widths = [sum(map(bool, row)) for row in rows]
    widest = max(widths, default=0)
    if widest < 1 or len(rows) < 2:
        return None
    place = widths.index(widest)
    names = [cell for cell in rows[place] if cell]
    is_header = len(set(names)) == len(names) and not any(_NUMBER_OR_DATE.fullmatch(name) for name in names)
    return place if is_header and any(widths[place + 1 :]) else None


def _sentence(names: Sequence[str], cells: Sequence[str]) -> str:
    named = zip(chain(names, [""] * len(cells)), cells, strict=False)
    return full_sentence([f"{name}: {cell}" if name else cell for name, cell in named if cell])
