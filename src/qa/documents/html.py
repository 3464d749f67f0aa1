"""HTML: all text of a page but what is around it, with its headings.

A page that says where its main text is (`<main>`) is believed. Of every other all is taken that does not say itself that it is
navigation or the like (`html_around`). Libraries that guess the main text (trafilatura, readability) lose the boxes, notes and
definitions of documentation: of the Debian Administrator's Handbook more than a quarter of the words.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from qa.documents.decoding import decode
from qa.documents.html_around import NO_TEXT, Around, tag_of
from qa.documents.model import Extract, Unreadable
from qa.documents.tables import write_table
from qa.documents.writing import Writing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from lxml.etree import _Element

_DEEPEST_LIST = 20
_HEADING = re.compile(r"h([1-6])")
_TERM_LEVEL = 7
"""Under all headings; deeper by one in a list within a list."""
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr legend li main nav ol option p pre section summary svg table tbody textarea tfoot thead tr "
    "ul".split()
)
_CELLS = frozenset({"td", "th"})
_BREAKS = frozenset({"br", "text"})
"""A text of a drawing is a line by itself."""
_KEEPS_LINES = frozenset({"pre", "code", "textarea"})
_SPACES = re.compile(r"\s+")
_PERMALINK = re.compile(r"\s*[¶§#]$")


_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([A-Za-z0-9_-]{2,40})""", re.IGNORECASE)
_DECLARED_WITHIN = 2048


def extract(data: bytes, repeated: Collection[str] = ()) -> Extract:
    """The text of a page with its headings, but for what is around it; `repeated`: the parts (`html_parts`) that the pages of
    its folder have in common. Raises Unreadable, and what lxml raises."""
    tree = parse(data)
    if tree is None:
        return Extract("")
    said = tree.xpath("//main | //*[@role='main']")
    main = said[0] if len(said) == 1 else tree
    around = Around(tree, repeated)
    extract = _text_of(main, tree.findtext(".//title") or "", around.holds)
    return replace(extract, left_out=around.share_outside(main))


def parse(data: bytes) -> _Element | None:
    """The tree, or None of a page without an element. Raises Unreadable when it is nested more deeply than libxml2 follows."""
    from lxml import etree, html

    text = _decoded(data)
    if not text.strip():
        return None
    # What was decoded here is UTF-8 to the parser, whatever the page says of itself.
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True)
    try:
        tree: _Element | None = html.document_fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        raise
    except etree.ParserError:
        return None
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise Unreadable("it is nested too deeply")
    return tree


def write(tree: _Element, writing: Writing) -> None:
    """All text of a page that is nothing but main text: a chapter of a book, the body of a mail."""
    _Walk(writing, lambda element: tag_of(element) in NO_TEXT).over(tree)


def _text_of(tree: _Element, title: str, left_out: Callable[[_Element], bool]) -> Extract:
    """The text of `tree` with its headings, the `title` of the page above them when they do not say it."""
    writing = Writing()
    if not any(_level(element) == 1 for element in tree.iter()):
        writing.under(0, title)
    _Walk(writing, left_out).over(tree)
    return writing.extract()


class _Walk:
    """Goes over a tree in the order of the text; a block starts and ends a paragraph. No recursion: trees can be deep."""

    def __init__(self, writing: Writing, left_out: Callable[[_Element], bool]) -> None:
        self._writing = writing
        self._left_out = left_out
        self._pieces: list[str] = []
        self._keeping_lines = 0
        self._lists = 0

    def over(self, tree: _Element) -> None:
        from lxml import etree

        walk = etree.iterwalk(tree, events=("start", "end"))
        skipped: _Element | None = None
        for event, element in walk:
            if event == "end" and skipped is not None and element is skipped:
                self._take(skipped.tail)
            elif event == "end":
                self._leave(element, tag_of(element))
            elif self._left_out(element):
                walk.skip_subtree()
                skipped = element
                if tag_of(element) in _BLOCKS:
                    self._paragraph()
            elif _is_data(element):
                walk.skip_subtree()
                skipped = element
                self._paragraph()
                self._table(element)
            else:
                self._enter(element, tag_of(element))
        self._paragraph()

    def _table(self, table: _Element) -> None:
        """Rows as sentences with the names of their columns."""
        for caption in table.iter():
            if tag_of(caption) == "caption":
                self._writing.block(self._line_of(caption))
        write_table(self._writing, self._rows(table))

    def _rows(self, table: _Element) -> Iterator[list[str]]:
        for row in table.iter():
            if tag_of(row) == "tr":
                yield [self._line_of(cell) for cell in row if tag_of(cell) in _CELLS]

    def _line_of(self, element: _Element) -> str:
        """In one line."""
        from lxml import etree

        pieces = [element.text or ""]
        walk = etree.iterwalk(element, events=("start", "end"))
        for event, inner in walk:
            if inner is element:
                continue
            tag = tag_of(inner)
            if tag in _BLOCKS or tag in _BREAKS:
                pieces.append(" ")
            if event == "end":
                pieces.append(inner.tail or "")
            elif self._left_out(inner):
                walk.skip_subtree()
            else:
                pieces.append(inner.text or "")
        return " ".join("".join(pieces).split())

    def _enter(self, element: _Element, tag: str) -> None:
        if tag in _BLOCKS:
            self._paragraph()
        if tag in _KEEPS_LINES:
            self._keeping_lines += 1
        if tag == "dl":
            self._lists += 1
        self._take(element.text)

    def _leave(self, element: _Element, tag: str) -> None:
        level = _level(element)
        if level is not None:
            self._writing.heading(level, _PERMALINK.sub("", self._paragraph_text()))
        elif tag == "dt" and _is_defined(element):
            self._writing.term(
                _TERM_LEVEL + min(self._lists, _DEEPEST_LIST), _PERMALINK.sub("", self._paragraph_text())
            )
        elif tag in _BLOCKS:
            self._paragraph()
        elif tag in _CELLS:
            self._pieces.append(" | ")
        elif tag in _BREAKS:
            self._pieces.append("\n")
        if tag in _KEEPS_LINES:
            self._keeping_lines -= 1
        if tag == "dl":
            self._writing.close(_TERM_LEVEL + min(self._lists, _DEEPEST_LIST))
            self._lists -= 1
        self._take(element.tail)

    def _take(self, text: str | None) -> None:
        if text:
            self._pieces.append(text if self._keeping_lines else " ".join(_SPACES.split(text)))

    def _paragraph_text(self) -> str:
        text = "".join(self._pieces).strip().strip("|").strip()
        self._pieces.clear()
        return text

    def _paragraph(self) -> None:
        self._writing.block(_PERMALINK.sub("", self._paragraph_text()))


def _level(element: _Element) -> int | None:
    """Of a heading; None of all else."""
    match = _HEADING.fullmatch(tag_of(element))
    return int(match[1]) if match else None


def _is_defined(term: _Element) -> bool:
    """Whether what it means comes next: a list of terms alone is a table of contents or the like."""
    after = term.getnext()
    return after is not None and tag_of(after) == "dd"


def _is_data(element: _Element) -> bool:
    """Whether it is a table with a row of headings and no table in it: others are there for the layout."""
    if tag_of(element) != "table":
        return False
    head = next((row for row in element.iter() if tag_of(row) == "tr"), None)
    names = [cell for cell in head if tag_of(cell) in _CELLS] if head is not None else []
    is_named = len(names) > 1 and all(tag_of(cell) == "th" for cell in names)
    return is_named and not any(tag_of(inner) == "table" for inner in element.iterdescendants())


def _decoded(data: bytes) -> str:
    """As the page declares it, unless that is no encoding or it is not true."""
    declared = _DECLARED.search(data, 0, _DECLARED_WITHIN)
    if declared and not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            name = codecs.lookup(declared[1].decode("ascii")).name
            # The WHATWG Encoding Standard reads Latin-1 as Windows-1252, for that is what pages that say so hold.
            return data.decode("cp1252" if name in ("iso8859-1", "ascii") else name)
        except (LookupError, ValueError):
            pass
    return decode(data)
