"""The numbers that Word puts before paragraphs: "3.", "b)", "2.1". They stand nowhere in the text, but are counted up.

ECMA-376, part 1, 17.9: a paragraph names a list and a level of it; the definition of the list says from where on the level
counts, in which digits, and with what around them ("%1.%2" is the number of the first level and of the second).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qa.documents.numerals import numeral
from qa.documents.word_parts import part, styles_of

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph
    from lxml.etree import _Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 1
    digits: str = "decimal"
    template: str = ""
    restarts: bool = False
    """Whether a list counts anew, though another one of its definition has begun."""


class Numbers:
    """Counts the numbered paragraphs of a document, which are to be given in their order."""

    def __init__(self, document: Document) -> None:
        self._lists = _lists(document)
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[tuple[str, int]] = set()

    def of(self, paragraph: Paragraph) -> str:
        """What stands before the text of `paragraph`; "" of one without a number, and of a bullet."""
        list_id, level = _place(paragraph)
        counted, levels = self._lists.get(list_id, ("", {}))
        if level not in levels:
            return ""
        counts = self._counts.setdefault(counted, [None] * _LEVELS)
        if levels[level].restarts and (list_id, level) not in self._begun:
            counts[level] = None
        self._begun.add((list_id, level))
        before = counts[level]
        counts[level] = levels[level].start if before is None else before + 1
        counts[level + 1 :] = [None] * (_LEVELS - level - 1)
        return _PLACE.sub(lambda found: _number(levels, counts, int(found[1]) - 1), levels[level].template)


def _number(levels: Mapping[int, _Level], counts: list[int | None], level: int) -> str:
    shown = levels.get(level, _Level())
    count = counts[level]
    return numeral(shown.start if count is None else count, shown.digits)


def _lists(document: Document) -> dict[str, tuple[str, dict[int, _Level]]]:
    """By the number of a list: the definition that it counts by, with the levels of this and its own."""
    root = part(document, "numbering")
    if root is None:
        return {}
    shared = {_value(one, "abstractNumId"): _levels(one) for one in root.iter(f"{_W}abstractNum")}
    return {_value(one, "numId"): _with_own_levels(one, shared) for one in root.iter(f"{_W}num")}


def _with_own_levels(element: _Element, shared: Mapping[str, dict[int, _Level]]) -> tuple[str, dict[int, _Level]]:
    counted = _child(element, "abstractNumId")
    levels = shared.get(counted, {}) | _levels(element)
    for override in element.iter(f"{_W}lvlOverride"):
        level, start = _whole(_value(override, "ilvl"), 0), _child(override, "startOverride")
        if start and level in levels:
            levels[level] = replace(levels[level], start=_whole(start, 1), restarts=True)
    return counted, levels


def _levels(parent: _Element) -> dict[int, _Level]:
    """Those that are defined in `parent` or below its overrides; bullets have an empty template."""
    levels: dict[int, _Level] = {}
    for element in parent.iter(f"{_W}lvl"):
        digits = _child(element, "numFmt") or "decimal"
        template = _child(element, "lvlText") if digits != "bullet" else ""
        levels[_whole(_value(element, "ilvl"), 0)] = _Level(_whole(_child(element, "start"), 1), digits, template)
    return levels


def _place(paragraph: Paragraph) -> tuple[str, int]:
    """The list and the level that the paragraph, its style, or one that this is based on names."""
    for properties in (paragraph._p.pPr, *(style.element.pPr for style in styles_of(paragraph))):
        numbered = properties.find(f"{_W}numPr") if properties is not None else None
        if numbered is not None:
            return _child(numbered, "numId"), _whole(_child(numbered, "ilvl"), 0)
    return "", 0


def _value(element: _Element, name: str) -> str:
    return str(element.get(f"{_W}{name}", ""))


def _child(element: _Element, name: str) -> str:
    """The value of the child of that name, "" where there is none."""
    child = element.find(f"{_W}{name}")
    return _value(child, "val") if child is not None else ""


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else otherwise
