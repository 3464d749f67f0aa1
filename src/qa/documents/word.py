"""Word (.docx): paragraphs, lists, tables, text boxes, notes and comments in their order, with the headings that styles make.

python-docx is the library that is kept for the format; its parser (lxml) expands no entities and loads nothing from elsewhere.
It knows styles and the cells of tables; of the text it passes over what was inserted while changes were tracked, content
controls and text boxes, so that the words are taken from the XML (ECMA-376, part 1, 17.3).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import groupby, islice
from typing import TYPE_CHECKING

from qa.documents.archives import open_zip
from qa.documents.merged_cells import MergedCell, unmerged
from qa.documents.model import ConvertedText
from qa.documents.tables import NamedRow, write_named_rows, write_table
from qa.documents.text_builder import TextBuilder
from qa.documents.word_numbers import Numbers
from qa.documents.word_parts import part, styles_of

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table
    from docx.text.paragraph import Paragraph
    from lxml.etree import _Element

_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
_UNSEEN = frozenset("del moveFrom txbxContent Fallback pPr rPr instrText".split())
"""What was deleted, what is shown beside the paragraph, and a second version of it for old programs."""
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "den": "/", "sup": "^"}
"""What elements stand for; the last two are the lower part of a fraction and a power in a formula."""
_NOTES = ("footnotes", "endnotes", "comments")
_REFERENCES = {"footnoteReference": "footnotes", "endnoteReference": "endnotes", "commentReference": "comments"}


def extract(data: bytes) -> ConvertedText:
    """Raises Unreadable, and what python-docx raises."""
    import docx

    open_zip(data, "Word").close()
    document = docx.Document(io.BytesIO(data))
    builder = TextBuilder()
    _WordWalk(document, builder).over(document.element.body)
    _write_edges(document, builder)
    return builder.extract()


class _WordWalk:
    """Goes over a document. libxml2 lets no tree be nested more deeply than 256, so it may call itself."""

    def __init__(self, document: Document, builder: TextBuilder) -> None:
        self._document = document
        self._builder = builder
        self._numbers = Numbers(document)
        self._notes = {kind: _notes(document, kind) for kind in _NOTES}

    def over(self, parent: _Element) -> None:
        """Writes what is in `parent`: the body, a text box, a note."""
        from docx.text.paragraph import Paragraph

        for element in parent:
            match _tag(element):
                case "p":
                    self._paragraph(Paragraph(element, self._document._body))
                case "tbl" if not _is_layout(element):
                    self._table(element)
                    self._aside(element)
                case "del" | "moveFrom" | "sectPr":
                    pass
                case _:
                    self.over(element)

    def _table(self, element: _Element) -> None:
        from docx.table import Table

        rows = list(_rows(Table(element, self._document._body)))
        if _has_names_of_rows(element):
            write_named_rows(self._builder, [NamedRow("", ((row[0], " ".join(row[1:])),)) for row in rows])
        else:
            write_table(self._builder, rows)

    def _paragraph(self, paragraph: Paragraph) -> None:
        text, level = _text(paragraph._p), _level(paragraph)
        if number := self._numbers.of(paragraph) if text.strip() else "":
            text = f"{number} {text.lstrip()}"
        if level is None:
            # A list item is a line of its own, and the next one follows it.
            self._builder.block(text, after="\n" if _is_listed(paragraph) else "\n\n")
        elif text.strip():
            self._builder.heading(level, text)
        self._aside(paragraph._p)

    def _aside(self, element: _Element) -> None:
        """The text boxes that are anchored in `element`, and the notes that it refers to."""
        for inner in element.iter("{*}txbxContent", *(f"{{*}}{name}" for name in _REFERENCES)):
            if any(_tag(above) in ("Fallback", "txbxContent") for above in inner.iterancestors()):
                continue
            if _tag(inner) == "txbxContent":
                self.over(inner)
            else:
                note = self._notes[_REFERENCES[_tag(inner)]].pop(_identity(inner), None)
                if note is not None:
                    self.over(note)


def _notes(document: Document, kind: str) -> dict[str, _Element]:
    """By their numbers, the notes of a kind; none where there is no such part."""
    root = part(document, kind)
    return {_identity(note): note for note in root if _type(note) in ("", "normal")} if root is not None else {}


def _write_edges(document: Document, builder: TextBuilder) -> None:
    """The headers and footers of pages, each line once, at the end: on which page they stand is not known."""
    lines: dict[str, None] = {}
    for section in document.sections:
        for edge in (section.header, section.first_page_header, section.footer, section.first_page_footer):
            if not edge.is_linked_to_previous:
                lines |= dict.fromkeys(_text(paragraph) for paragraph in edge._element.iter("{*}p"))
    if any(line.strip() for line in lines):
        builder.close(0)
    for line in lines:
        builder.block(line)


def _rows(table: Table) -> Iterator[list[str]]:
    rows: list[list[str]] = []
    merged: list[MergedCell] = []
    for number, row in enumerate(table.rows):
        cells: list[str] = []
        # A cell that is merged over several columns is given once for each of them; one over several rows in each.
        for element, same in groupby(cell._tc for cell in row.cells):
            width = len(list(same))
            if width > 1:
                merged.append(MergedCell(number, number, len(cells), len(cells) + width - 1))
            cells += [" ".join(filter(None, map(_text, element.iter("{*}p")))), *[""] * (width - 1)]
        rows.append(cells)
    return unmerged(rows, merged)


def _is_layout(table: _Element) -> bool:
    """Whether a table is there for the look of the page: it has one column, or tables in it."""
    if sum(1 for _ in islice(table.iter("{*}tbl"), 2)) > 1:
        return True
    return all(sum(1 for _ in row.iter("{*}tc")) == 1 for row in table.iter("{*}tr"))


def _has_names_of_rows(table: _Element) -> bool:
    """Whether it is of two columns of which the first is in bold, and the other is not: names and what they are."""
    rows = [list(row.iter("{*}tc")) for row in table.iter("{*}tr")]
    return all(len(row) == 2 and _is_bold(row[0]) and not _is_bold(row[1]) for row in rows)


def _is_bold(cell: _Element) -> bool:
    runs = [run for run in cell.iter("{*}r") if _text(run).strip()]
    return bool(runs) and all(run.find("{*}rPr/{*}b") is not None for run in runs)


def _text(paragraph: _Element) -> str:
    from lxml import etree

    pieces: list[str] = []
    walk = etree.iterwalk(paragraph, events=("start",))
    for _, element in walk:
        tag = _tag(element)
        if tag in _UNSEEN:
            walk.skip_subtree()
        elif tag == "t":
            pieces.append(element.text or "")
        elif tag in _BREAKS:
            pieces.append(_BREAKS[tag])
    return "".join(pieces)


def _level(paragraph: Paragraph) -> int | None:
    """Of a heading, by its style or the one that is based on; 0 is the title of the whole."""
    for style in styles_of(paragraph):
        name = style.name or ""
        match = _HEADING.fullmatch(name)
        if match:
            return int(match[1])
        if name.lower() == "title":
            return 0
    return None


def _is_listed(paragraph: Paragraph) -> bool:
    properties = paragraph._p.pPr
    style = paragraph.style.name if paragraph.style is not None else None
    return (properties is not None and properties.numPr is not None) or (style or "").lower().startswith("list")


def _tag(element: _Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _identity(element: _Element) -> str:
    return next((value for key, value in element.attrib.items() if key.endswith("}id")), "")


def _type(element: _Element) -> str:
    return next((value for key, value in element.attrib.items() if key.endswith("}type")), "")
