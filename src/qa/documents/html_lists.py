"""The numbers and dashes that a browser puts before the items of lists: "3. ", "b. ", "- "."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qa.documents.html_around import tag_of
from qa.documents.numerals import numeral

if TYPE_CHECKING:
    from lxml.etree import _Element

LISTS = frozenset({"ul", "ol", "menu", "dir"})
BULLET = "- "
_DIGITS = {
    "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman", "none": "none",
    "lower-alpha": "lowerLetter", "lower-latin": "lowerLetter", "lower-roman": "lowerRoman",
    "upper-alpha": "upperLetter", "upper-latin": "upperLetter", "upper-roman": "upperRoman",
}  # fmt: skip
_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([a-z-]+)", re.IGNORECASE)


class OpenLists:
    """The lists that are open at a place of a page, the innermost last."""

    def __init__(self) -> None:
        self._items: list[Item] = []

    def __len__(self) -> int:
        return len(self._items)

    def enter(self, element: _Element) -> str:
        """What stands before an item that begins, "" where a list does."""
        if tag_of(element) in LISTS:
            self._items.append(Item.before_first(element))
            return ""
        if not self._items:
            return BULLET
        self._items[-1] = self._items[-1].next(element)
        return self._items[-1].marker

    def leave(self) -> None:
        """The innermost one ends."""
        if self._items:
            self._items.pop()


@dataclass(frozen=True, slots=True)
class Item:
    """The `number` of an item of a list whose numbers are written in these `digits`; None of a list without numbers."""

    number: int
    digits: str | None
    step: int = 1

    @classmethod
    def before_first(cls, element: _Element) -> Item:
        """Of the list `element`, whose items are still to come."""
        if tag_of(element) != "ol":
            return cls(0, None)
        step = -1 if element.get("reversed") is not None else 1
        first = sum(1 for item in element if tag_of(item) == "li") if step < 0 else 1
        return cls(_whole(element.get("start"), first) - step, _digits(element), step)

    def next(self, element: _Element) -> Item:
        """The item `element` of the same list."""
        return replace(self, number=_whole(element.get("value"), self.number + self.step))

    @property
    def marker(self) -> str:
        if self.digits is None:
            return BULLET
        number = numeral(self.number, self.digits)
        return f"{number}. " if number else ""


def _digits(element: _Element) -> str:
    styled = _STYLE.search(element.get("style", ""))
    return _DIGITS.get(styled[1].lower() if styled else element.get("type", ""), "decimal")


def _whole(text: str | None, otherwise: int) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.removeprefix("-").isdigit() and len(text) < 7 else otherwise
