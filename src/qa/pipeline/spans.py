"""Spans of a passage: offsets, a score, and edges as people want them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_STRIPPED = " \t\r\n\f\v\u00a0,;:"
_PAIRS = {"(": ")", "[": "]", "{": "}", "“": "”", "‘": "’", "«": "»", '"': '"'}
_BOLD = re.compile(r"\*\*(?=\S)[^\r\n]*?(?<=\S)\*\*")


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` of the passage it was found in, with the reader's score (start plus end logit)."""

    start: int
    end: int
    score: float


def non_maximum_suppression(spans: Iterable[Span], limit: int) -> tuple[Span, ...]:
    """The first `limit` of `spans` (best first) that overlap no better one: non-maximum suppression.

    No more of `spans` is taken than is needed.
    """
    kept: list[Span] = []
    for span in spans:
        if len(kept) == limit:
            break
        if all(span.end <= other.start or span.start >= other.end for other in kept):
            kept.append(span)
    return tuple(kept)


def trim_span(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without stray white space, separators, marks of Markdown around bold words, and quotes or brackets that are not
    closed within it.

    It takes in the marks that belong to its last character (the tokenizer drops accents, so its offsets leave them out).
    Never empty if `text[start:end]` holds anything else.
    """
    while start < end < len(text) and _continues(text[end]):
        end += 1
    while True:
        before = (start, end)
        while start < end and text[start] in _STRIPPED:
            start += 1
        while start < end and text[end - 1] in _STRIPPED:
            end -= 1
        start, end = _drop_unpaired(text, *_without_bold(text, start, end))
        if (start, end) == before:
            return start, end


def _continues(character: str) -> bool:
    """Combining marks, variation selectors and the zero-width joiner are no characters of their own to a reader."""
    return unicodedata.category(character).startswith("M") or character == "\u200d"


def _without_bold(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the marks at its edges, unless it holds all of the bold words and more."""
    for bold in _BOLD.finditer(text) if "**" in text else ():
        first, last = bold.start() + 2, bold.end() - 2
        if last <= start < bold.end():
            start = min(bold.end(), end)
        if bold.start() < end <= first:
            end = max(bold.start(), start)
        if bold.start() <= start < last and first < end <= bold.end():
            start, end = max(start, first), min(end, last)
    return start, end


def _drop_unpaired(text: str, start: int, end: int) -> tuple[int, int]:
    inner = text[start:end]
    if len(inner) < 2:
        return start, end
    closing = _PAIRS.get(inner[0])
    if closing is not None and closing not in inner[1:]:
        return start + 1, end
    opening = next((o for o, c in _PAIRS.items() if c == inner[-1]), None)
    # A closing single quote is an apostrophe as often as not ("the Smiths’").
    if opening is not None and inner[-1] != "’" and opening not in inner[:-1]:
        return start, end - 1
    return start, end
