"""Texts made ready for the screen: inert, on one line, cut to size, and never read as markup.

Whatever comes from a document, a file name or a question passes through here; widgets get `Content`, which Textual
shows as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.content import Content

from qa.inert import inert, inert_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.answers import Citation, RetrievedPassage

ELLIPSIS = "…"
# What is shown around a span: a "sentence" of a text without full stops may be as long as the document.
_AROUND = 320
_SPACE = re.compile(r"\s+")


def flow(text: str) -> str:
    """`text` on one line and inert, but with a space kept at either end, so that pieces can be put together."""
    return inert(_SPACE.sub(" ", text))


def shorten(text: str, limit: int) -> str:
    """`text` on one line in at most `limit` characters, cut at a word where there is one near."""
    # The slice first: a passage may be far longer than what is shown of it.
    line = inert_line(text[: limit * 4])
    if len(line) <= limit and len(text) <= limit * 4:
        return line
    cut = line[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit * 2 // 3 else cut).rstrip(" ,;:") + ELLIPSIS


def place(path: str, line: int, page: int | None, heading: str | None) -> Content:
    """Where something stands: `path:line`, then page and heading if there are any."""
    parts: list[str | tuple[str, str]] = [(f"{inert_line(path)}:{line}", "$foreground")]
    if page is not None:
        parts.append(("  ·  ", "$foreground 40%"))
        parts.append((f"page {page}", "$foreground-muted"))
    if heading:
        parts.append(("  ·  ", "$foreground 40%"))
        parts.append((shorten(heading, 80), "$foreground-muted"))
    return Content.assemble(*parts)


def sentence_with_span(text: str, citation: Citation, passages: Sequence[RetrievedPassage]) -> Content:
    """The cited sentence with the span in bold, clipped far from the span."""
    before, after = _around(text, citation, passages)
    head = flow(before[-_AROUND:]).lstrip()
    tail = flow(after[:_AROUND]).rstrip()
    return Content.assemble(
        (ELLIPSIS if len(before) > _AROUND else "") + head,
        (flow(text).strip(), "bold $accent"),
        tail + (ELLIPSIS if len(after) > _AROUND else ""),
    )


def _around(text: str, citation: Citation, passages: Sequence[RetrievedPassage]) -> tuple[str, str]:
    """The sentence before and after the span; two empty strings if the span is not within one sentence."""
    sentence = citation.sentence
    found = [match.start() for match in re.finditer(re.escape(text), sentence)] if text else []
    if not found:
        return "", ""
    # The span's text may stand in its sentence twice ("49" in "from 49 to 49 years"): the offsets say which is meant.
    at = next(
        (each for each in found if _stands_at(sentence, citation.start - each, citation.path, passages)), found[0]
    )
    return sentence[:at], sentence[at + len(text) :]


def _stands_at(sentence: str, start: int, path: str, passages: Sequence[RetrievedPassage]) -> bool:
    return any(
        passage.path == path and passage.start <= start and passage.text.startswith(sentence, start - passage.start)
        for passage in passages
    )
