"""Where something stands, as a link: a click shows it in its document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from qa.tui.formatting import place

if TYPE_CHECKING:
    from textual import events

    from qa.tui.evidence_items import EvidenceItem


class PlaceLink(Static):
    """A widget and not a link in a text: nothing that a document says can be one."""

    @dataclass(eq=False)
    class Followed(Message):
        exhibit: EvidenceItem

    def __init__(self, exhibit: EvidenceItem, *, number: int | None = None, classes: str = "") -> None:
        """`number`: which of several places it is."""
        where = place(exhibit.path, exhibit.line, exhibit.page, exhibit.heading)
        if number is not None:
            where = Content.assemble((f"[{number}] ", "$primary"), where)
        super().__init__(where, classes=classes)
        self.exhibit = exhibit

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Followed(self.exhibit))
