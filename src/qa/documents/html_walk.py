"""From the tree of a page to its text: paragraphs, headings, terms, items with their numbers, rows with names of columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qa.documents.html_around import tag_of
from qa.documents.html_boxes import OpenBoxes
from qa.documents.html_inline import INVISIBLE, after_inline, before_inline
from qa.documents.html_lists import BULLET, LISTS, OpenLists
from qa.documents.html_tables import CELLS, data_table, is_data
from qa.documents.tables import write_named_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from qa.documents.text_builder import TextBuilder

_DEEPEST_LIST = 20
_HEADING = re.compile(r"h([1-6])")
_TERM_LEVEL = 7
"""Under all headings; deeper by one in a list within a list."""
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hr legend li main menu nav ol option p pre section summary svg table tbody textarea tfoot "
    "thead tr ul".split()
)
_BREAKS = frozenset({"br", "text"})
"""A text of a drawing is a line by itself."""
_KEEPS_LINES = frozenset({"pre", "textarea"})
_KEPT_BY_STYLE = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
_LINE = re.compile(r"(?:^|\s)(?:(?:code|ec|token)-)?line(?:\s|$)")
"""In the class of a line of a listing that is no `<pre>` (Doxygen)."""
_SPACES = re.compile(r"\s+")
_PERMALINK = re.compile(r"^◆\s*|\s*[¶§#]$")
_BAR = " | "
_NEXT_LINE = "\n"
_NEXT_PARAGRAPH = "\n\n"


class Walk:
    """Goes over a tree in the order of the text; a block starts and ends a paragraph. No recursion: trees can be deep."""

    def __init__(self, builder: TextBuilder, left_out: Callable[[_Element], bool]) -> None:
        self._builder = builder
        self._left_out = left_out
        self._pieces: list[str] = []
        self._keeping_lines = 0
        self._listings = 0
        self._boxes = OpenBoxes(builder)
        self._definitions = 0
        self._contents: _Element | None = None
        """The list of definitions, that is none but a table of contents, and that the walk is in."""
        self._terms: list[str] = []
        self._lists = OpenLists()
        self._marker = ""

    def over(self, tree: _Element) -> None:
        """Writes all of it. Raises Unreadable when it is too much."""
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
            elif is_data(element):
                walk.skip_subtree()
                skipped = element
                self._paragraph()
                self._table(element)
            else:
                self._enter(element, tag_of(element))
        self._paragraph()

    def _table(self, element: _Element) -> None:
        """Rows as sentences with the names of their columns, and notes on the whole below."""
        self._builder.block(self._marked("").strip())
        table = data_table(element, self._line_of)
        titles = [*map(self._line_of, element.iterdescendants("caption")), *table.titles]
        for title in titles:
            self._builder.block(title)
        write_named_rows(self._builder, table.rows, " > ".join(filter(None, titles)))
        for note in table.notes:
            self._builder.block(note)

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
        return " ".join("".join(pieces).translate(INVISIBLE).split())

    def _enter(self, element: _Element, tag: str) -> None:
        if tag in _BLOCKS and self._listings:
            self._next_line()
        elif tag in _BLOCKS and not _is_all_of_cell(element, tag):
            # A list in a list follows the item that it is in.
            self._paragraph(_NEXT_LINE if tag in LISTS and self._lists else _NEXT_PARAGRAPH)
            self._boxes.enter(element)
        self._keeping_lines += _keeps_lines(element, tag)
        self._listings += _is_listing(element, tag)
        if tag in ("dl", "details"):
            self._definitions += 1
            if tag == "dl" and self._contents is None and _is_contents(element):
                self._contents = element
        elif tag in LISTS or tag == "li":
            self._marker += self._lists.enter(element)
        elif tag == "img" and _HEADING.fullmatch(tag_of(element.getparent())):
            self._take(f" {element.get('alt', '')} ")
        self._take(before_inline(element, tag, [] if self._keeping_lines else self._pieces))
        self._take(element.text)

    def _leave(self, element: _Element, tag: str) -> None:
        heading = _HEADING.fullmatch(tag)
        if tag in _BLOCKS and self._listings > _is_listing(element, tag):
            self._next_line()
        elif heading:
            self._builder.heading(int(heading[1]), self._named())
        elif tag == "dt" and self._contents is None:
            self._term(element)
        elif tag == "summary":
            self._builder.term(self._term_level, [self._named()])
        elif tag in _BLOCKS and not _is_all_of_cell(element, tag):
            self._paragraph(_NEXT_LINE if _ends_item(element, tag) else _NEXT_PARAGRAPH)
        elif tag in CELLS:
            self._end_cell(element)
        elif tag in _BREAKS:
            self._break()
        self._close(element, tag)
        self._take(after_inline(element, tag))
        self._take(element.tail)

    def _close(self, element: _Element, tag: str) -> None:
        """What began with `element` ends with it."""
        self._boxes.leave(element)
        self._keeping_lines -= _keeps_lines(element, tag)
        self._listings -= _is_listing(element, tag)
        if tag == "dl":
            self._builder.close(self._term_level)
        if tag in ("dl", "details"):
            self._definitions -= 1
            if self._contents is element:
                self._contents = None
        elif tag == "li":
            self._marker = ""
        elif tag in LISTS:
            self._lists.leave()
            if not self._lists:
                self._builder.part()

    def _term(self, element: _Element) -> None:
        """Of several terms in a row the definition below the last is of all."""
        text = self._named()
        after = element.getnext()
        next_tag = tag_of(after) if after is not None else ""
        if next_tag not in ("dt", "dd"):
            self._builder.close(self._term_level)
            for term in [*self._terms, text]:
                self._builder.block(term)
            self._terms.clear()
        elif text:
            self._terms.append(text)
        if next_tag == "dd" and self._terms:
            self._builder.term(self._term_level, self._terms)
            self._terms.clear()

    def _end_cell(self, element: _Element) -> None:
        """A bar parts it from the next one, if there is text in it; a heading of a row is followed by its value."""
        text = "".join(self._pieces).rstrip()
        if not text or text.endswith(_BAR.rstrip()):
            return
        self._pieces = [text]
        after = element.getnext()
        names_row = tag_of(element) == "th" and after is not None and tag_of(after) == "td"
        self._pieces.append((" " if text.endswith(":") else ": ") if names_row else _BAR)

    def _break(self) -> None:
        if self._pieces and not self._keeping_lines:
            self._pieces[-1] = self._pieces[-1].rstrip(" ")
        self._pieces.append("\n")

    def _next_line(self) -> None:
        """Of a listing, unless it has begun."""
        if self._pieces and not self._pieces[-1].endswith("\n"):
            self._pieces.append("\n")

    def _take(self, text: str | None) -> None:
        if not text:
            return
        if self._keeping_lines:
            self._pieces.append(text)
            return
        line = " ".join(_SPACES.split(text))
        if line := line.lstrip(" ") if self._pieces and self._pieces[-1].endswith(("\n", " ")) else line:
            self._pieces.append(line)

    def _text(self) -> str:
        """What was taken since it was asked for last."""
        text = "".join(self._pieces).translate(INVISIBLE).strip().strip("|").strip()
        self._pieces.clear()
        return _PERMALINK.sub("", text)

    def _named(self) -> str:
        """What was taken, as a heading or a term: with the number of its item, but without a dash."""
        while self._marker.endswith(BULLET):
            self._marker = self._marker.removesuffix(BULLET)
        return self._marked(" ".join(self._text().split()))

    def _marked(self, text: str) -> str:
        """With the number or dash of the item that it begins."""
        marker, self._marker = self._marker, ""
        return marker + text

    def _paragraph(self, after: str = _NEXT_PARAGRAPH) -> None:
        text = self._text()
        if not text:
            return
        if self._marker:
            self._builder.raw("  " * (len(self._lists) - 1))
        self._builder.block(self._marked(text), after=after)

    @property
    def _term_level(self) -> int:
        return _TERM_LEVEL + min(self._definitions, _DEEPEST_LIST)


def _keeps_lines(element: _Element, tag: str) -> bool:
    return (
        tag in _KEEPS_LINES or _is_listing(element, tag) or _KEPT_BY_STYLE.search(element.get("style", "")) is not None
    )


def _is_listing(element: _Element, tag: str) -> bool:
    """Whether blocks in it are lines of code."""
    if tag == "pre":
        return True
    return tag == "div" and len(element) > 0 and all(_LINE.search(line.get("class", "")) for line in element)


def _is_all_of_cell(element: _Element, tag: str) -> bool:
    """Whether it is a paragraph by itself in a cell, which stays in the line of its row."""
    above = element.getparent()
    if tag not in ("p", "div") or above is None or tag_of(above) not in CELLS:
        return False
    return len(above) == 1 and not (above.text or "").strip() and not (element.tail or "").strip()


def _ends_item(element: _Element, tag: str) -> bool:
    """Whether an item of a list ends with it: the next one follows in the next line."""
    if tag == "li":
        return True
    parent = element.getparent()
    is_last = element.getnext() is None and not (element.tail or "").strip()
    return is_last and parent is not None and tag_of(parent) == "li"


def _is_contents(element: _Element) -> bool:
    """Whether a list of definitions says nothing but links: a table of contents."""
    links = [link for link in element.iter("a") if link.get("href")]
    said = len("".join("".join(element.itertext()).split()))
    linked = sum(len("".join("".join(link.itertext()).split())) for link in links)
    return len(links) > 1 and linked >= 0.9 * said
