"""The parts of an HTML page that other pages of its folder may have as well: a key for each, by its place and its words.

What many pages of a folder have at the same place is no page's own text: a menu, a banner, an imprint. Headings, the terms of
a list of definitions and the cells of a table of data are never such a part: every page of a manual has its "Examples".
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

from qa.documents.html_around import NO_TEXT, tag_of
from qa.documents.model import ConvertedText

if TYPE_CHECKING:
    from lxml.etree import _Element

_BLOCKS = frozenset(
    "address article aside center details div fieldset figure footer form header li main ol p section table ul".split()
)
_APART = frozenset("dl pre blockquote h1 h2 h3 h4 h5 h6".split())
_FEWEST_WORDS = 3
"""Of a part by itself. An entry of a list may be shorter, if most of its list is repeated."""
_ENTRIES = frozenset({"li", "ul", "ol"})
_KEY_BYTES = 8
_SHARE = 0.6
_FEWEST_PAGES = 3


def extract(data: bytes) -> ConvertedText:
    """The keys as a JSON array: a format to the worker. Raises Unreadable."""
    from qa.documents.html import parse

    tree = parse(data)
    return ConvertedText(json.dumps(sorted({key for _, key in part_keys(tree)} if tree is not None else ())))


def repeated_keys(pages: Sequence[frozenset[str]]) -> dict[str, int]:
    """The keys that at least three, and six of ten, of `pages` have, each with the place of the first page that has it."""
    counts = Counter(key for page in pages for key in page)
    enough = max(_FEWEST_PAGES, _SHARE * len(pages))
    return {
        key: next(place for place, page in enumerate(pages) if key in page)
        for key, count in counts.items()
        if count >= enough
    }


def repeated_parts(tree: _Element, repeated: Collection[str]) -> set[_Element]:
    """The parts of `tree` whose keys are in `repeated`; short entries only of a list most of which is repeated."""
    found = {element for element, key in part_keys(tree) if key in repeated}
    return {element for element in found if tag_of(element) != "li" or _is_long(element) or _is_amid(element, found)}


def part_keys(tree: _Element) -> Iterator[tuple[_Element, str]]:
    """The elements of `tree` that can be such a part, inner ones first, with their keys."""
    from lxml import etree

    contents = [_Part(b"", False)]
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        tag = tag_of(element)
        if event == "start":
            place = contents[-1].place + f"/{tag}".encode()
            part = _Part(place, contents[-1].is_apart or tag in _APART or (tag == "table" and _has_header(element)))
            part.take(element.text if tag not in NO_TEXT else None)
            contents.append(part)
            continue
        part = contents.pop()
        label = (
            b""
            if tag in ("html", "body")
            else f"{element.get('class', '')}#{element.get('id', '')}".encode("utf-8", "replace")
        )
        key = part.key(label)
        if (
            tag in _BLOCKS
            and not part.is_apart
            and not part.holds_apart
            and (part.words >= _FEWEST_WORDS or (part.words and tag in _ENTRIES))
        ):
            yield element, key
        above = contents[-1]
        if tag not in NO_TEXT:
            above.join(part, key)
        above.take(element.tail)


class _Part:
    """What is known of an element that is not closed yet. `place` is the path of tags to it."""

    __slots__ = ("_digest", "holds_apart", "is_apart", "place", "words")

    def __init__(self, place: bytes, is_apart: bool) -> None:
        self.place = place
        self.is_apart = is_apart
        self.holds_apart = is_apart
        self.words = 0
        self._digest = blake2b(place, digest_size=_KEY_BYTES)

    def take(self, text: str | None) -> None:
        words = (text or "").split()
        self.words += len(words)
        self._digest.update(" ".join(words).encode("utf-8", "replace"))

    def join(self, inner: _Part, key: str) -> None:
        self.words += inner.words
        self.holds_apart = self.holds_apart or inner.holds_apart
        self._digest.update(key.encode())

    def key(self, label: bytes) -> str:
        self._digest.update(b"\0" + label)
        return self._digest.hexdigest()


def _is_long(element: _Element) -> bool:
    return len(" ".join(element.itertext()).split()) >= _FEWEST_WORDS


def _is_amid(entry: _Element, found: set[_Element]) -> bool:
    siblings = entry.getparent()
    return siblings is not None and sum(other in found for other in siblings) * 2 > len(siblings)


def _has_header(table: _Element) -> bool:
    return any(tag_of(cell) == "th" for cell in table.iter())
