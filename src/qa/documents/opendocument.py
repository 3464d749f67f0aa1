"""OpenDocument (.odt, .ods, .odp): what LibreOffice writes. Paragraphs, lists, notes and tables in their order, with headings.

The format is a zip with the text in `content.xml` (OASIS OpenDocument 1.3, part 3), which lxml reads in a few lines; odfpy, the
library for it, has not been released since 2020.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import TYPE_CHECKING

from qa.documents.archives import open_zip
from qa.documents.merged_cells import MergedCell, unmerged
from qa.documents.model import ConvertedText, Unreadable
from qa.documents.tables import write_rows, write_table
from qa.documents.text_builder import TextBuilder

if TYPE_CHECKING:
    from lxml.etree import _Element

_CONTENT, _STYLES, _MANIFEST = "content.xml", "styles.xml", "META-INF/manifest.xml"
_NAME = "OpenDocument"
_APART = frozenset("tracked-changes sequence-decls forms scripts shapes".split())
"""What is not shown: text that was deleted, declarations."""
_MOST_REPEATED_CELLS = 200
_MOST_REPEATED_ROWS = 1000
_MOST_COLUMNS = 1000


def extract(data: bytes) -> ConvertedText:
    """Raises Unreadable, and what lxml raises."""
    from lxml import etree

    with open_zip(data, _NAME) as archive:
        if _MANIFEST in archive.NameToInfo and b"encryption-data" in archive.read(_MANIFEST):
            raise Unreadable("it is encrypted and needs a password")
        if _CONTENT not in archive.NameToInfo:
            raise Unreadable(f"it is damaged, or no {_NAME} file")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        root = etree.fromstring(archive.read(_CONTENT), parser)
        styles = etree.fromstring(archive.read(_STYLES), parser) if _STYLES in archive.NameToInfo else None
    builder = TextBuilder()
    for kind in root.iterfind(".//{*}body/*"):
        _OpenDocumentWalk(builder).over(kind)
    if styles is not None:
        _write_edges(styles, builder)
    return builder.extract()


class _OpenDocumentWalk:
    """Goes over the body; a paragraph is a block. libxml2 nests no tree more deeply than 256, so it may call itself."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._slides = 0

    def over(self, element: _Element) -> None:
        """Writes what is in `element`."""
        for inner in element:
            self._write(inner)

    def _write(self, element: _Element) -> None:
        match _tag(element):
            case "h":
                self._builder.heading(_number(element, "outline-level", 1, 10), _text(element))
                self._aside(element)
            case "p":
                # Each entry of a list is a line of its own, and the next one follows it.
                self._builder.block(_text(element), after="\n" if _is_listed(element) else "\n\n")
                self._aside(element)
            case "table":
                self._table(element)
            case "page":
                self._slide(element)
            case tag if tag not in _APART:
                self.over(element)

    def _aside(self, element: _Element) -> None:
        """The notes, comments and text boxes that hang on a paragraph."""
        for inner in element.iter("{*}note-body", "{*}annotation", "{*}text-box"):
            if not any(_tag(above) in ("note-body", "annotation", "text-box") for above in _between(inner, element)):
                self.over(inner)

    def _table(self, table: _Element) -> None:
        name = _attribute(table, "name")
        if table.getparent() is not None and _tag(table.getparent()) == "spreadsheet":
            self._builder.under(1, name)
            write_rows(self._builder, _rows(table), level=2)
            self._builder.raw("\n")
        else:
            write_table(self._builder, _rows(table))

    def _slide(self, page: _Element) -> None:
        self._slides += 1
        self._builder.page(self._slides)
        self._builder.under(1, "")
        titles = [frame for frame in page.iter("{*}frame") if _attribute(frame, "class") == "title"]
        for title in titles[:1]:
            self._builder.heading(1, " ".join(" ".join(map(_text, title.iter("{*}p"))).split()))
        for inner in page:
            if inner not in titles[:1]:
                self._write(inner)


def _write_edges(styles: _Element, builder: TextBuilder) -> None:
    """The headers and footers of pages, each once, at the end: on which page they stand is not known."""
    lines = dict.fromkeys(_text(p) for edge in styles.iter("{*}header", "{*}footer") for p in edge.iter("{*}p"))
    for level in range(2):
        builder.close(level)
    for line in lines:
        builder.block(line)


def _rows(table: _Element) -> Iterator[list[str]]:
    return unmerged(_rows_as_kept(table), _merged(table))


def _rows_as_kept(table: _Element) -> Iterator[list[str]]:
    for row in table.iter("{*}table-row"):
        cells: list[str] = []
        for cell in _cells(row):
            shown = " ".join(" ".join(_text(p) for p in cell.iter("{*}p", "{*}h")).split())
            cells.extend([shown] * min(_columns(cell), _MOST_COLUMNS - len(cells)))
        # A sheet ends with a million empty rows, given as one.
        yield from repeat(cells, _repeated(row) if any(cells) else 1)


def _merged(table: _Element) -> Iterator[MergedCell]:
    number = 0
    for row in table.iter("{*}table-row"):
        column = 0
        for cell in _cells(row):
            rows = _number(cell, "number-rows-spanned", 1, _MOST_REPEATED_ROWS)
            columns = _number(cell, "number-columns-spanned", 1, _MOST_REPEATED_CELLS)
            if rows > 1 or columns > 1:
                yield MergedCell(number, number + rows - 1, column, column + columns - 1)
            column += _columns(cell)
        number += _repeated(row) if any(_text(p) for p in row.iter("{*}p", "{*}h")) else 1


def _cells(row: _Element) -> Iterator[_Element]:
    return (cell for cell in row if _tag(cell) in ("table-cell", "covered-table-cell"))


def _columns(cell: _Element) -> int:
    return _number(cell, "number-columns-repeated", 1, _MOST_REPEATED_CELLS)


def _repeated(row: _Element) -> int:
    return _number(row, "number-rows-repeated", 1, _MOST_REPEATED_ROWS)


def _text(element: _Element) -> str:
    """What a paragraph shows, without the notes that hang on it."""
    pieces = [element.text or ""]
    for inner in element:
        match _tag(inner):
            case "s":
                pieces.append(" " * _number(inner, "c", 1, 100))
            case "tab":
                pieces.append("\t")
            case "line-break":
                pieces.append("\n")
            case "note" | "annotation" | "frame" | "custom-shape" | "":
                pass
            case _:
                pieces.append(_text(inner))
        pieces.append(inner.tail or "")
    return "".join(pieces)


def _between(inner: _Element, outer: _Element) -> Iterator[_Element]:
    for above in inner.iterancestors():
        if above is outer:
            return
        yield above


def _is_listed(element: _Element) -> bool:
    above = element.getparent()
    return above is not None and _tag(above) == "list-item"


def _tag(element: _Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _attribute(element: _Element, name: str) -> str:
    """By its name without the namespace; "" when it is not there."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _number(element: _Element, name: str, otherwise: int, most: int) -> int:
    given = _attribute(element, name)
    return min(max(1, int(given)), most) if given.isdecimal() and len(given) < 12 else otherwise
