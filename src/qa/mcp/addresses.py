"""Addresses of documents: `qa://notes/2024/may.md#L10-L12`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from qa.errors import UsageError
from qa.text.escaping import escape_line

SCHEME = "qa://"
_LINES = re.compile(r"L(\d{1,9})(?:-L?(\d{1,9}))?")
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class DocumentAddress:
    """A document by its path, which begins with the collection's name, and lines of it, counted from 1; None for all."""

    path: str
    lines: tuple[int, int] | None = None


def address_of(path: str, lines: tuple[int, int] | None = None) -> str:
    """The address of a document, or of lines `first` to `last` of it."""
    if lines is None:
        return f"{SCHEME}{quote(path)}"
    first, last = lines
    return f"{SCHEME}{quote(path)}#L{first}" + (f"-L{last}" if last != first else "")


def place_at(text: str) -> DocumentAddress:
    """What `text` names: an address, or a path as citations have it. Raises UsageError."""
    if not text.startswith(SCHEME):
        if not text.strip():
            raise UsageError("The document's path is empty.", "Paths are those of citations: notes/may.md")
        return DocumentAddress(text)
    path, _, fragment = text.removeprefix(SCHEME).partition("#")
    if not path:
        raise UsageError("The address names no document.", "For example: qa://notes/may.md#L10-L12")
    return DocumentAddress(unquote(path), lines_in(fragment) if fragment else None)


def lines_in(fragment: str) -> tuple[int, int]:
    """The first and the last line of "L10-L12" or "L10". Raises UsageError."""
    match = _LINES.fullmatch(fragment)
    if match is None:
        shown = escape_line(fragment[:_SHOWN])
        raise UsageError(f"#{shown} names no lines.", "Lines are named as in #L10 or #L10-L12.")
    first = max(1, int(match[1]))
    return first, max(first, int(match[2] or first))
