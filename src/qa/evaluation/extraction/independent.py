"""Files of the other formats, read in a second way: the text nodes of their XML as they stand, or another program."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from xml.etree import ElementTree
from zipfile import ZipFile

from qa.evaluation.extraction.visible import VisibleLine, blocks_of, words_of

_SECONDS = 120
_EDGE = 3
"""Lines of a page that may be a running head or foot."""
_REPEATED = 3
"""Pages."""
_FIGURES = re.compile(r"\d+")
_COMPOUND = re.compile(r"\w+-\w+")
_DIVIDED = re.compile(r"([^\W_]+)[-\u2010]\n([^\W\d_]+)")
_PARTS = {
    "Word": re.compile(r"word/(?:document|footnotes|endnotes|comments|header\d*|footer\d*)\.xml"),
    "PowerPoint": re.compile(r"ppt/(?:slides|notesSlides)/[^/]+\.xml"),
    "OpenDocument": re.compile(r"content\.xml"),
}
_PARAGRAPHS = frozenset({"p", "h"})
_TEXT = "openxmlformats"
"""In the names of Office Open XML, where only `t` holds text; what others hold are settings."""
_UNSEEN = frozenset({"del", "delText", "instrText", "Fallback", "tracked-changes", "fld"})
"""What was deleted, or is there for older programs; the number of a slide."""


def _zipped(name: str) -> Callable[[bytes], list[VisibleLine]]:
    def read(data: bytes) -> list[VisibleLine]:
        with ZipFile(io.BytesIO(data)) as archive:
            parts = [archive.read(member) for member in archive.namelist() if _PARTS[name].fullmatch(member)]
        return [VisibleLine(text) for part in parts for text in _paragraphs(ElementTree.fromstring(part))]  # noqa: S314

    return read


def _paragraphs(element: ElementTree.Element) -> Iterator[str]:
    """The text of each paragraph; one that holds another is parted by it."""
    pieces: list[str] = []
    for text in _walk(element):
        if text is not None:
            pieces.append(text)
        elif pieces:
            yield " ".join("".join(pieces).split())
            pieces.clear()


def _walk(element: ElementTree.Element) -> Iterator[str | None]:
    """Pieces of text, with None where a paragraph begins or ends."""
    tag = element.tag.rpartition("}")[2]
    if tag in _UNSEEN:
        return
    if tag in _PARAGRAPHS:
        yield None
    if tag in ("s", "tab", "br", "line-break"):
        yield " "
    if tag == "t" or _TEXT not in element.tag:
        yield element.text or ""
    for inner in element:
        yield from _walk(inner)
        yield inner.tail or ""
    if tag in _PARAGRAPHS:
        yield None


def _epub(data: bytes) -> list[VisibleLine]:
    with ZipFile(io.BytesIO(data)) as archive:
        pages = [name for name in archive.namelist() if name.endswith((".xhtml", ".html", ".htm"))]
        return [
            VisibleLine(block.text)
            for page in pages
            if "nav" not in page.lower()
            for block in blocks_of(archive.read(page))
        ]


def _pdf(data: bytes) -> list[VisibleLine]:
    program = shutil.which("pdftotext") or "pdftotext"
    done = subprocess.run(  # noqa: S603
        [program, "-enc", "UTF-8", "-", "-"], input=data, capture_output=True, timeout=_SECONDS, check=False
    )
    return lines_of_pages(done.stdout.decode("utf-8", "replace"))


def lines_of_pages(text: str) -> list[VisibleLine]:
    """The lines of pages that form feeds part. Words divided at the end of a line are whole again; what stands at the edge of
    several pages, whatever figures are in it, is around their text but for the first time."""
    words = set(words_of(text)) | {compound.casefold() for compound in _COMPOUND.findall(text)}

    def whole(found: re.Match[str]) -> str:
        joined, compound = found[1] + found[2], f"{found[1]}-{found[2]}"
        return compound if compound.casefold() in words and joined.casefold() not in words else joined

    pages = [_DIVIDED.sub(whole, page).split("\n") for page in text.split("\f")]
    filled = [[line.strip() for line in page if line.strip()] for page in pages]
    edges = Counter(key for page in filled for key in {_FIGURES.sub("#", line) for line in _edges(page)})
    said: set[str] = set()
    found: list[VisibleLine] = []
    for page in filled:
        for place, line in enumerate(page):
            key = _FIGURES.sub("#", line)
            is_edge = place < _EDGE or place >= len(page) - _EDGE
            found.append(VisibleLine(line, is_edge and edges[key] >= _REPEATED and (key in said or key == "#")))
            said.add(key)
    return found


def _edges(lines: list[str]) -> list[str]:
    return [*lines[:_EDGE], *lines[-_EDGE:]]


def _readers() -> Mapping[str, Callable[[bytes], list[VisibleLine]]]:
    found: dict[str, Callable[[bytes], list[VisibleLine]]] = {"HTML": blocks_of, "EPUB": _epub}
    found |= {name: _zipped(name) for name in _PARTS}
    if shutil.which("pdftotext"):
        found["PDF"] = _pdf
    return MappingProxyType(found)


READERS = _readers()
"""By the name of the format, what reads the bytes of a file into blocks."""
