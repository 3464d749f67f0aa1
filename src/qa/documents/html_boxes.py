"""How far a heading of a page holds: to the next of its level, but for that of a box, a note or a tab, which ends with it."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from qa.documents.html_around import HEADINGS, tag_of

if TYPE_CHECKING:
    from lxml.etree import _Element

    from qa.documents.text_builder import Outline, TextBuilder

_SECTIONS = frozenset("article aside blockquote details dialog fieldset figure li section table".split())
_TEXT = frozenset("blockquote dl ol p pre table ul".split())
_LOOKED_AT = 8
_LEVEL = 6
"""Of the name of a tab: under all headings but those that are in it."""
_ENDNOTES = re.compile(r"(?:^|\s)foot-?notes?(?:-list)?(?:\s|$)", re.IGNORECASE)


class OpenBoxes:
    """The boxes that are open at a place of a page, each with the headings that hold around it."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._open: list[tuple[_Element, Outline]] = []
        self._tabs: dict[str, str] | None = None

    def enter(self, element: _Element) -> None:
        """To be called where `element` begins, and what stood before it is written."""
        is_endnotes = _ENDNOTES.search(element.get("class", "")) is not None
        is_panel = element.get("role") == "tabpanel"
        is_foot = _is_foot_of_page(element)
        if not (is_endnotes or is_panel or is_foot or _is_box(element)):
            return
        self._open.append((element, self._builder.outline()))
        if is_endnotes:
            self._builder.close(1)
        elif is_foot:
            self._builder.close(2)
        elif is_panel:
            self._builder.under(_LEVEL, self._name_of(element))

    def leave(self, element: _Element) -> None:
        """To be called where `element` ends, and what is in it is written."""
        if self._open and self._open[-1][0] is element:
            _, outline = self._open.pop()
            self._builder.back_to(outline)

    def _name_of(self, panel: _Element) -> str:
        if self._tabs is None:
            self._tabs = _tab_names(panel)
        return self._tabs.get(panel.get("aria-labelledby") or "") or self._tabs.get(panel.get("id") or "") or ""


def _is_box(element: _Element) -> bool:
    tag = tag_of(element)
    return tag in _SECTIONS or (tag == "div" and _stands_amid_text(element) and _begins_with_heading(element))


def _is_foot_of_page(element: _Element) -> bool:
    """Whether it is the footer of the page and not of a part of it (HTML Living Standard, 4.3.9): of no section's text."""
    return tag_of(element) == "footer" and not any(tag_of(above) in _SECTIONS for above in element.iterancestors())


def _stands_amid_text(element: _Element) -> bool:
    """Whether what is around it has text of its own. Where all is in boxes, one may go on in the next."""
    before = list(islice(element.itersiblings(preceding=True), _LOOKED_AT))
    return any(tag_of(one) in _TEXT or (one.tail or "").strip() for one in before)


def _begins_with_heading(element: _Element) -> bool:
    for inner in islice(element.iter(), _LOOKED_AT):
        if tag_of(inner) in HEADINGS:
            return True
        if (inner.text or "").strip() or (inner is not element and not len(inner) and (inner.tail or "").strip()):
            return False
    return False


def _tab_names(element: _Element) -> dict[str, str]:
    """What the tabs of the page say, by their ids and by those of the panels that they show (WAI-ARIA 1.2, "tabpanel")."""
    tabs = [tab for tab in element.getroottree().iter() if tab.get("role") == "tab"]
    return {name: "".join(tab.itertext()) for tab in tabs for name in (tab.get("id"), tab.get("aria-controls")) if name}
