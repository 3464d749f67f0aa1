"""HTML: the main text, without navigation, banners and footers, and its headings.

A page that says where its main text is (`<main>`) is believed. Else trafilatura decides: of the libraries kept for it, it
does best in comparisons over news, blogs and documentation (Barbaresi 2021, doi:10.18653/v1/2021.acl-demo.15). But it drops
headings and line breaks that it does not trust (those of PostgreSQL's manual, for one), so it only tells pages with much
around the text, where its own extract is taken, from plain ones, where all is taken.
"""

from __future__ import annotations

import codecs
import re
from itertools import islice
from typing import TYPE_CHECKING

from qa.documents.decoding import decode
from qa.documents.model import Extract, Unreadable
from qa.documents.tables import write_table
from qa.documents.writing import Writing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

_ENOUGH = 200
"""Characters. Less than this of a page that has more is not its main text."""
_PLAIN = 0.8
"""The share of all text that is main text in a page with little else."""
_DEEPEST = 200
_DEEPEST_LIST = 20
_HEADING = re.compile(r"h([1-6])")
_TERM_LEVEL = 7
"""Under all headings; deeper by one in a list within a list."""
_NAVIGATION = re.compile(
    r"(?:^|[\s_-])(?:nav(?:bar|header|footer|igation|links?)?|breadcrumbs?|pagination|pager)(?:$|[\s_-])", re.IGNORECASE
)
_MOST_AROUND = 600
"""Characters of navigation, at the most."""
_BLOCKS = frozenset(
    # HTML's, then those of trafilatura's own tree.
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul head item list quote row "
    "title".split()
)
_CELLS = frozenset({"td", "th", "cell"})
_ROWS = frozenset({"tr", "row"})
_BREAKS = frozenset({"br", "lb"})
_KEEPS_LINES = frozenset({"pre", "code"})
_NO_TEXT = frozenset(
    "script style template noscript head svg math object embed iframe canvas select textarea button".split()
)
_AROUND = _NO_TEXT | frozenset("nav header footer aside form".split())
_SPACES = re.compile(r"\s+")
_ROLES_AROUND = frozenset("navigation banner contentinfo search complementary".split())
_PERMALINK = re.compile(r"\s*[¶§#]$")


_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([A-Za-z0-9_-]{2,40})""", re.IGNORECASE)
_DECLARED_WITHIN = 2048


def extract(data: bytes) -> Extract:
    """The main text with its headings. Raises Unreadable, and what lxml and trafilatura raise."""
    from trafilatura import bare_extraction

    tree = parse(data)
    if tree is None:
        return Extract("")
    title = tree.findtext(".//title") or ""
    said = tree.xpath("//main | //*[@role='main']")
    if len(said) == 1:
        return _text_of(said[0], title, _AROUND).extract()
    whole = _text_of(tree, title, _AROUND)
    if _depth(tree) > _DEEPEST:
        return whole.extract()
    found = bare_extraction(tree, favor_recall=True, include_comments=False, with_metadata=False)
    if found is None or found.body is None:
        return whole.extract()
    main = _text_of(found.body, title, frozenset())
    is_plain = _amount(found.body, frozenset()) > _PLAIN * _amount(tree, _AROUND)
    return (whole if is_plain or len(main) < min(_ENOUGH, len(whole)) else main).extract()


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
    _Walk(writing, _NO_TEXT).over(tree)


def _text_of(tree: _Element, title: str, without: frozenset[str]) -> Writing:
    """The text of `tree` with its headings, the `title` of the page above them when they do not say it."""
    writing = Writing()
    if not any(_level(element) == 1 for element in tree.iter()):
        writing.under(0, title)
    _Walk(writing, without).over(tree)
    return writing


def _amount(tree: _Element, without: frozenset[str]) -> int:
    """How much is said in `tree`, as characters: of what is written of it a table would be the most, since its columns are
    named in every row."""
    from lxml import etree

    total = 0
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        text = element.tail
        if event == "start":
            left_out = _is_left_out(element, without)
            text = "" if left_out else element.text
            if left_out:
                walk.skip_subtree()
        total += len("".join((text or "").split()))
    return total


def _is_left_out(element: _Element, without: frozenset[str]) -> bool:
    return _tag(element) in without or (without is _AROUND and _is_around(element))


class _Walk:
    """Goes over a tree in the order of the text; a block starts and ends a paragraph. No recursion: trees can be deep."""

    def __init__(self, writing: Writing, without: frozenset[str]) -> None:
        self._writing = writing
        self._without = without
        self._pieces: list[str] = []
        self._keeping_lines = 0
        self._lists = 0

    def over(self, tree: _Element) -> None:
        from lxml import etree

        walk = etree.iterwalk(tree, events=("start", "end"))
        for event, element in walk:
            tag = _tag(element)
            if event == "end":
                self._leave(element, tag)
            elif _is_left_out(element, self._without):
                walk.skip_subtree()
            elif tag == "table" and _is_data(element):
                walk.skip_subtree()
                self._table(element)
            else:
                self._enter(element, tag)
        self._paragraph()

    def _table(self, table: _Element) -> None:
        """Rows as sentences with the names of their columns."""
        self._paragraph()
        write_table(self._writing, _rows(table))

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
        if level is not None and tag not in self._without:
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
        if tag in _KEEPS_LINES and tag not in self._without:
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


def _tag(element: _Element) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _level(element: _Element) -> int | None:
    """Of a heading, in HTML or in trafilatura's tree; None of all else."""
    tag = _tag(element)
    name = element.get("rend", "") if tag == "head" else tag
    match = _HEADING.fullmatch(name)
    return int(match[1]) if match else None


def _is_around(element: _Element) -> bool:
    """Whether it says that it is navigation or the like: by its role, or by a class and by not holding much."""
    if element.get("role") in _ROLES_AROUND:
        return True
    said = f"{element.get('class', '')} {element.get('id', '')}"
    if not _NAVIGATION.search(said):
        return False
    return sum(map(len, islice(element.itertext(), _MOST_AROUND))) < _MOST_AROUND


def _is_defined(term: _Element) -> bool:
    """Whether what it means comes next: a list of terms alone is a table of contents or the like."""
    after = term.getnext()
    return after is not None and _tag(after) == "dd"


def _is_data(table: _Element) -> bool:
    """Whether it has a row of headings and no table in it: others are there for the layout."""
    head = next((row for row in table.iter() if _tag(row) in _ROWS), None)
    names = [cell for cell in head if _tag(cell) in _CELLS] if head is not None else []
    is_named = len(names) > 1 and all(_tag(cell) == "th" or cell.get("role") == "head" for cell in names)
    return is_named and not any(_tag(inner) == "table" for inner in table.iterdescendants())


def _rows(table: _Element) -> Iterator[list[str]]:
    for row in table.iter():
        if _tag(row) in _ROWS:
            yield ["".join(cell.itertext()) for cell in row if _tag(cell) in _CELLS]


def _depth(tree: _Element) -> int:
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        element, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting.extend((child, depth + 1) for child in element)
    return deepest


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
