"""The commands that begin with what is typed, above the question."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from qa.tui.slash import matching

_MOST = 8


class SlashHints(Static):
    def __init__(self) -> None:
        super().__init__(id="slash-hints")

    def show(self, typed: str) -> None:
        """Show what `typed` may become; hidden where it is no command in the making."""
        found = matching(typed)[:_MOST]
        self.set_class(bool(found), "-open")
        if not found:
            return
        width = max(len(each.usage) for each in found)
        rows = [Content.assemble((f"{each.usage:<{width}}", "bold $primary"), f"   {each.says}") for each in found]
        self.update(Content("\n").join(rows))
