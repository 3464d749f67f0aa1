"""Rich Text (.rtf): the text that striprtf, the library that is kept for the format, finds in it. It knows no headings."""

from __future__ import annotations

from itertools import groupby

from qa.documents.model import ConvertedText, Unreadable
from qa.documents.tables import write_table
from qa.documents.text_builder import TextBuilder

_BEGIN = b"{\\rtf"


def extract(data: bytes) -> ConvertedText:
    """Raises Unreadable, and what striprtf raises."""
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip().startswith(_BEGIN):
        raise Unreadable("it is damaged, or no Rich Text file")
    # Everything beyond ASCII is escaped in the format (Rich Text Format 1.9.1, "Character Set").
    text = rtf_to_text(data.decode("latin-1"), errors="replace")
    builder = TextBuilder()
    for is_row, lines in groupby(text.replace("\r", "\n").split("\n"), key=_is_row):
        if is_row:
            write_table(builder, [line.rstrip().removesuffix("|").split("|") for line in lines])
        else:
            for line in lines:
                builder.block(line, after="\n")
    return builder.extract()


def _is_row(line: str) -> bool:
    """striprtf gives a bar after each cell."""
    return line.rstrip().endswith("|")
