"""One line above the question: which documents alone are asked. Hidden while all of them are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from qa.tui.filtering import described

if TYPE_CHECKING:
    from qa.filters import Filter


class FilterBar(Static):
    def __init__(self) -> None:
        super().__init__(id="filter-bar")

    def show(self, only: Filter | None) -> None:
        self.set_class(only is not None, "-open")
        if only is None:
            return
        self.update(
            Content.assemble(
                ("Only  ", "bold $secondary"),
                (described(only), "$foreground"),
                ("   /nofilter", "bold $primary"),
                (" asks all", "$foreground-muted"),
            )
        )
