"""Finding words in what is on the screen: the places are marked, one of them is where one is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widgets import Static

_MARK = "$background on $warning"
_HERE = "bold $background on $accent"


@dataclass(frozen=True, slots=True)
class _Match:
    widget: Static
    start: int
    end: int


class Finder:
    def __init__(self) -> None:
        self._places: list[_Match] = []
        self._originals: dict[Static, Content] = {}
        self.at: int | None = None

    @property
    def count(self) -> int:
        return len(self._places)

    def search(self, words: str, widgets: Iterable[Static]) -> None:
        """Mark all places with `words`, in upper or lower case, and go to the last; "" takes the marks away."""
        for marked, original in self._originals.items():
            if marked.is_attached:
                marked.update(original)
        self._originals, self._places, self.at = {}, [], None
        if not words:
            return
        wanted = re.compile(re.escape(words), re.IGNORECASE)
        for widget in widgets:
            if not isinstance(content := widget.content, Content):
                continue
            found = [_Match(widget, *match.span()) for match in wanted.finditer(content.plain)]
            if found:
                self._originals[widget] = content
                self._places += found
        self.at = len(self._places) - 1 if self._places else None

    def go(self, step: int) -> Static | None:
        """Go on by `step` places, from the last to the first; returns the widget of the place."""
        if self.at is None:
            return None
        self.at = (self.at + step) % len(self._places)
        here = self._places[self.at]
        for widget, content in self._originals.items():
            if widget.is_attached:
                widget.update(self._marked(widget, content, here))
        return here.widget if here.widget.is_attached else None

    def _marked(self, widget: Static, content: Content, here: _Match) -> Content:
        for place in self._places:
            if place.widget is widget:
                content = content.stylize(_HERE if place is here else _MARK, place.start, place.end)
        return content
