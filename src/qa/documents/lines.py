"""Lines as editors count them: a line ends with a line feed, a carriage return, or both."""

from __future__ import annotations

import re

_END = re.compile(r"\r\n|\n|\r")


def line_ends(text: str, start: int, end: int) -> int:
    """How many lines end in `text[start:end]`; of a pair that is cut in two, the line feed counts."""
    lone = text.count("\r", start, end) - text.count("\r\n", start, end + 1)
    return text.count("\n", start, end) + lone


def line_starts(text: str) -> list[int]:
    """Character offsets of all lines."""
    return [0, *(match.end() for match in _END.finditer(text))]
