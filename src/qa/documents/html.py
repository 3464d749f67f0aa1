"""HTML: all text of a page but what is around it, with its headings.

A page that says where its main text is (`<main>`) is believed, but for its footer and what stands aside, which may hold an
address or opening hours. Of every other all is taken that does not say itself that it is
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
from qa.documents.html_walk import Walk
from qa.documents.model import ConvertedText, Unreadable
from qa.documents.text_builder import TextBuilder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from lxml.etree import _Element

_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([A-Za-z0-9_-]{2,40})""", re.IGNORECASE)
_DECLARED_WITHIN = 2048
_WORD = re.compile(r"\w+")


def extract(data: bytes, repeated: Collection[str] = ()) -> ConvertedText:
    """The text of a page with its headings, but for what is around it; `repeated`: the parts (`html_parts`) that the pages of
    its folder have in common. Raises Unreadable, and what lxml raises."""
    tree = parse(data)
    if tree is None:
        return ConvertedText("")
    said = tree.xpath("//main | //*[@role='main']")
    main = said[0] if len(said) == 1 else tree
    around = Around(tree, repeated)
    parts = [main, *_beside(main, around)]
    extract = _text_of(parts, tree.findtext(".//title") or "", around.holds)
    return replace(extract, left_out=around.share_outside(parts))


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


def write(tree: _Element, builder: TextBuilder) -> None:
    """All text of a page that is nothing but main text: a chapter of a book, the body of a mail."""
    Walk(builder, lambda element: tag_of(element) in NO_TEXT).over(tree)


def _beside(main: _Element, around: Around) -> list[_Element]:
    """The footers of the page and what it sets aside that stand beside its main text and are not around it."""
    around_main = {main, *main.iterancestors()}
    set_apart = dict.fromkeys(part for part in main.getroottree().iter("footer", "aside") if part not in around_main)
    return [
        part
        for part in set_apart
        if not any(above is main or above in set_apart for above in part.iterancestors())
        and not any(map(around.holds, (part, *part.iterancestors())))
        and not (tag_of(part) == "aside" and around.is_mostly_links(part))
    ]


def _text_of(parts: Sequence[_Element], title: str, left_out: Callable[[_Element], bool]) -> ConvertedText:
    """The text of `parts` with its headings, the `title` of the page above them when they do not say it."""
    builder = TextBuilder()
    first_headings = [element for part in parts for element in part.iter() if tag_of(element) == "h1"]
    if len(first_headings) != 1 and not any(_says(heading, title) for heading in first_headings):
        builder.under(0, title)
    for part in parts:
        Walk(builder, left_out).over(part)
    return builder.extract()


def _says(heading: _Element, title: str) -> bool:
    """Whether it is the title, but for what of the site or of a chapter either says besides."""
    words = frozenset(_WORD.findall("".join(heading.itertext()).casefold()))
    wanted = frozenset(_WORD.findall(title.casefold()))
    return len(words & wanted) * 2 >= min(len(words), len(wanted))


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
