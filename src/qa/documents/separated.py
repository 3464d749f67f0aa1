"""CSV and TSV: each row a sentence with the names of its columns, under a heading with its number and first value.

The standard library's csv reads them, once it is told what parts the values.
"""

from __future__ import annotations

import csv
import io
from collections import Counter

from qa.documents.decoding import decode
from qa.documents.model import ConvertedText, Unreadable
from qa.documents.tables import write_rows
from qa.documents.text_builder import TextBuilder

_SAMPLE = 8192
_DELIMITERS = ",;\t|"
_LONGEST_VALUE = 1 << 24


def extract(data: bytes) -> ConvertedText:
    """Raises Unreadable."""
    text = decode(data).removeprefix("\ufeff")
    csv.field_size_limit(_LONGEST_VALUE)
    builder = TextBuilder()
    try:
        write_rows(builder, csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)), level=1)
    except csv.Error as error:
        raise Unreadable(f"it is no table of values ({error})") from error
    return builder.extract()


def _delimiter(text: str) -> str:
    """The one that parts the first rows most evenly. (csv.Sniffer takes any character that is there often.)"""
    # The last line is left out, for it may be cut in the middle of a value.
    sample = text[:_SAMPLE]
    sample = sample[: sample.rfind("\n") + 1] or sample
    return max(_DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter))


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    """The share of the rows that have as many values as most have, if that is more than one, and how many they have."""
    widths = Counter(len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row)
    if not widths:
        return 0.0, 0
    width, rows = widths.most_common(1)[0]
    return (rows / widths.total(), width) if width > 1 else (0.0, 0)
