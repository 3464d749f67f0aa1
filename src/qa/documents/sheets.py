"""Excel (.xlsx): each row a sentence with the names of its columns, each sheet a heading, and each row one below it.

openpyxl is the library that is kept for the format, and reads row by row: python-calamine is quicker, but takes memory for
every cell that a sheet claims to have. Of a formula the value is taken that was there when the file was saved.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from qa.documents.archives import open_zip
from qa.documents.cell_formats import shown_date, shown_number
from qa.documents.merged_cells import MergedCell, unmerged
from qa.documents.model import ConvertedText
from qa.documents.tables import write_rows
from qa.documents.text_builder import TextBuilder

_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]{0,99}?ref=["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']""")
_MOST_MERGED = 10_000
_BLOCK = 1 << 20
_LONGEST_TAG = 200


def extract(data: bytes) -> ConvertedText:
    """Raises Unreadable, and what openpyxl raises."""
    import openpyxl

    open_zip(data, "Excel").close()
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    builder = TextBuilder()
    for sheet in book.worksheets:
        builder.under(1, sheet.title)
        # What a sheet says of its own size may be wrong, or made up.
        sheet.reset_dimensions()
        write_rows(builder, unmerged(_rows(sheet), _merged(sheet)), level=2)
        builder.raw("\n")
    return builder.extract()


def _rows(sheet: Any) -> Iterator[list[str]]:
    for row in sheet.iter_rows():
        yield [_shown(cell.value, cell.number_format if cell.value is not None else "") for cell in row]


def _merged(sheet: Any) -> Iterator[MergedCell]:
    """Of a sheet that is read row by row openpyxl does not say it: it is written after the rows."""
    rest, found = b"", 0
    with sheet._get_source() as source:
        while (block := source.read(_BLOCK)) and found < _MOST_MERGED:
            block = rest + block
            end = 0
            for one in islice(_MERGED.finditer(block), _MOST_MERGED - found):
                first, first_row, last, last_row = (part.decode("ascii") for part in one.groups())
                yield MergedCell(int(first_row) - 1, int(last_row) - 1, _column(first), _column(last))
                found, end = found + 1, one.end()
            rest = block[max(end, len(block) - _LONGEST_TAG) :]


def _column(letters: str) -> int:
    """From 0."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def _shown(value: object, form: str) -> str:
    """As the sheet shows it, where that is alike on every computer."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return shown_number(value, form) or f"{value:.15g}"
        case datetime() if (value.hour, value.minute, value.second) == (0, 0, 0):
            # A day by itself is kept as its midnight.
            return shown_date(value.date(), form) or value.date().isoformat()
        case datetime():
            return shown_date(value, form) or value.isoformat(" ", "seconds")
        case date() | time():
            return shown_date(value, form) or value.isoformat()
    return str(value)
