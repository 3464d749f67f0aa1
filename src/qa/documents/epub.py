"""EPUB: the chapters in the order in which they are read, with their headings under the title of the book.

An EPUB is a zip of XHTML pages and a list of them (EPUB 3.3, W3C), which lxml and `html` read in a few lines. The libraries
for it are either under the AGPL (ebooklib, PyMuPDF), which does not go with qa's licence, or no longer kept.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote
from zipfile import ZipFile

from qa.documents import html
from qa.documents.archives import open_zip
from qa.documents.model import ConvertedText, Unreadable
from qa.documents.text_builder import TextBuilder

if TYPE_CHECKING:
    from lxml.etree import _Element

_CONTAINER = "META-INF/container.xml"
_PAGES = ("application/xhtml+xml", "text/html")
_NAMES = {
    "c": "urn:oasis:names:tc:opendocument:xmlns:container",
    "o": "http://www.idpf.org/2007/opf",
    "d": "http://purl.org/dc/elements/1.1/",
}


def extract(data: bytes) -> ConvertedText:
    """Raises Unreadable, and what lxml raises."""
    with open_zip(data, "EPUB") as book:
        rootfile = _xml(book, _CONTAINER).find("c:rootfiles/c:rootfile", _NAMES)
        if rootfile is None:
            raise Unreadable("it is damaged, or no EPUB file")
        package_path = rootfile.get("full-path", "")
        package = _xml(book, package_path)
        builder = TextBuilder()
        builder.under(0, package.findtext("o:metadata/d:title", "", _NAMES))
        for path in _spine(package, posixpath.dirname(package_path)):
            if path in book.NameToInfo:
                _write_chapter(book.read(path), builder)
        return builder.extract()


def _spine(package: _Element, folder: str) -> Iterator[str]:
    """The members that hold the chapters, each once."""
    items = {item.get("id"): item for item in package.iterfind("o:manifest/o:item", _NAMES)}
    references = (reference.get("idref") for reference in package.iterfind("o:spine/o:itemref", _NAMES))
    for name in dict.fromkeys(references):
        item = items.get(name)
        if item is not None and item.get("media-type") in _PAGES:
            yield posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))


def _write_chapter(page: bytes, builder: TextBuilder) -> None:
    tree = html.parse(page)
    if tree is not None:
        builder.under(1, "")
        html.write(tree, builder)


def _xml(book: ZipFile, path: str) -> _Element:
    """Raises Unreadable when the member is not there."""
    from lxml import etree

    if path not in book.NameToInfo:
        raise Unreadable("it is damaged, or no EPUB file")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    root: _Element | None = etree.fromstring(book.read(path), parser)
    if root is None:
        raise Unreadable("it is damaged, or no EPUB file")
    return root
