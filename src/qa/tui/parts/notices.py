"""Notices: what is said at the edge of the screen, and goes by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from qa.text.escaping import escape_line

if TYPE_CHECKING:
    from textual.widget import Widget


def say(widget: Widget, words: str, *, severity: Literal["information", "warning", "error"] = "information") -> None:
    """Give a notice where `widget` is; nothing in it is markup."""
    widget.notify(escape_line(words), severity=severity, markup=False)
