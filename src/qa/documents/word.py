"""Word (.docx): paragraphs, lists and tables in their order, with the headings that their styles make.

python-docx is the library that is kept for the format; its parser (lxml) expands no entities and loads nothing from elsewhere.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from qa.documents.archives import open_zip
from qa.documents.model import Extract
from qa.documents.tables import write_table
from qa.documents.writing import Writing

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph

_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
_DEEPEST_TABLE = 10
_DEEPEST_STYLE = 10


def extract(data: bytes) -> Extract:
    """Raises Unreadable, and what python-docx raises."""
    import docx

    open_zip(data, "Word").close()
    document = docx.Document(io.BytesIO(data))
    writing = Writing()
    _write(document, writing)
    return writing.extract()


def _write(document: Document, writing: Writing) -> None:
    from docx.table import Table

    for item in document.iter_inner_content():
        if isinstance(item, Table):
            write_table(writing, _rows(item))
            continue
        level = _level(item)
        if level is None:
            # A list item is a line of its own, and the next one follows it.
            writing.block(item.text, after="\n" if _is_listed(item) else "\n\n")
        elif item.text.strip():
            writing.heading(level, item.text)


def _rows(table: Table) -> Iterator[list[str]]:
    for row in table.rows:
        cells: list[str] = []
        last = None
        for cell in row.cells:
            # A cell that is merged over several columns is given once for each of them.
            cells.append("" if cell._tc is last else _cell_text(cell))
            last = cell._tc
        yield cells


def _cell_text(cell: _Cell, depth: int = 0) -> str:
    """Of its paragraphs and of the tables in it."""
    from docx.table import Table

    parts: list[str] = []
    for item in cell.iter_inner_content():
        if not isinstance(item, Table):
            parts.append(item.text)
        elif depth < _DEEPEST_TABLE:
            parts.extend(_cell_text(inner, depth + 1) for row in item.rows for inner in row.cells)
    return " ".join(part for part in parts if part.strip())


def _level(paragraph: Paragraph) -> int | None:
    """Of a heading, by its style or the one that is based on; 0 is the title of the whole."""
    style = paragraph.style
    for _ in range(_DEEPEST_STYLE):
        if style is None:
            return None
        name = style.name or ""
        match = _HEADING.fullmatch(name)
        if match:
            return int(match[1])
        if name.lower() == "title":
            return 0
        style = style.base_style
    return None


def _is_listed(paragraph: Paragraph) -> bool:
    properties = paragraph._p.pPr
    style = paragraph.style.name if paragraph.style is not None else None
    return (properties is not None and properties.numPr is not None) or (style or "").lower().startswith("list")
