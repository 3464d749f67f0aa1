"""Texts made ready for the screen: inert, on one line, cut to size, and never read as markup.

Whatever comes from a document, a file name or a question passes through here; widgets get `Content`, which Textual
shows as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.content import Content

from qa.documents.formats import has_lines
from qa.text.escaping import escape_control_characters, escape_line
from qa.text.quotation import around

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from qa.answers import Citation, RetrievedPassage

ELLIPSIS = "…"
# What is shown around a span: a "sentence" of a text without full stops may be as long as the document.
_AROUND = 320
_SPACE = re.compile(r"\s+")


def flow(text: str) -> str:
    """`text` on one line and inert, but with a space kept at either end, so that pieces can be put together."""
    return escape_control_characters(_SPACE.sub(" ", text))


def shorten(text: str, limit: int) -> str:
    """`text` on one line in at most `limit` characters, cut at a word where there is one near."""
    # The slice first: a passage may be far longer than what is shown of it.
    line = escape_line(text[: limit * 4])
    if len(line) <= limit and len(text) <= limit * 4:
        return line
    cut = line[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit * 2 // 3 else cut).rstrip(" ,;:") + ELLIPSIS


def place(path: str, line: int, page: int | None, heading: str | None) -> Content:
    """Where something stands: `path:line` (of a converted document, whose lines nobody sees, the path alone), then page
    and heading if there are any."""
    parts: list[str | tuple[str, str]] = [(escape_line(f"{path}:{line}" if has_lines(path) else path), "$primary")]
    if page is not None:
        parts.append(("  ·  ", "$foreground 40%"))
        parts.append((f"page {page}", "$foreground-muted"))
    if heading:
        parts.append(("  ·  ", "$foreground 40%"))
        parts.append((shorten(heading, 80), "$foreground-muted"))
    return Content.assemble(*parts)


def sentence_with_span(text: str, citation: Citation, passages: Sequence[RetrievedPassage]) -> Content:
    """The cited sentence with the span in bold, clipped far from the span."""
    before, after = around(text, citation, passages)
    head = flow(before[-_AROUND:]).lstrip()
    tail = flow(after[:_AROUND]).rstrip()
    return Content.assemble(
        (ELLIPSIS if len(before) > _AROUND else "") + head,
        (flow(text).strip(), "bold $accent"),
        tail + (ELLIPSIS if len(after) > _AROUND else ""),
    )


def ago(moment: datetime, now: datetime) -> str:
    """How long before `now`, in one unit; the date where that was long ago."""
    seconds = (now - moment).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min ago"
    if seconds < 24 * 3600:
        return f"{seconds / 3600:.0f} h ago"
    days = int(seconds / (24 * 3600))
    if days < 7:
        return "yesterday" if days == 1 else f"{days} days ago"
    return f"{moment.astimezone():%Y-%m-%d}"


def duration(seconds: float) -> str:
    """As one reads it at a glance: "8 s", "3 min", "2 h 05 min"."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def home_short(path: str, home: str) -> str:
    """`path` with "~" for the home folder, as one writes it."""
    return f"~{path.removeprefix(home)}" if path == home or path.startswith(f"{home}/") else path
