"""Files of the other formats, read in a second way: the text nodes of their XML as they stand, or another program."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from xml.etree import ElementTree
from zipfile import ZipFile

from qa.evaluation.extraction.visible import VisibleLine, blocks_of

_SECONDS = 120
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
    return [VisibleLine(line.strip()) for line in done.stdout.decode("utf-8", "replace").splitlines() if line.strip()]


def _readers() -> Mapping[str, Callable[[bytes], list[VisibleLine]]]:
    found: dict[str, Callable[[bytes], list[VisibleLine]]] = {"HTML": blocks_of, "EPUB": _epub}
    found |= {name: _zipped(name) for name in _PARTS}
    if shutil.which("pdftotext"):
        found["PDF"] = _pdf
    return MappingProxyType(found)


READERS = _readers()
"""By the name of the format, what reads the bytes of a file into blocks."""
