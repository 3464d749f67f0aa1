"""Things that a text names one after the other, with commas between: "Ann, Bob and Cy"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from qa.text.sentences import Place

_BETWEEN = re.compile(r"(?:,|;)\s+(?:and\s+|or\s+)?|\s+(?:and|or|&)\s+")
_LABEL = re.compile(r"[^\S\n]*(?:[-*+•]\s+)?\**[^\W\d_][^:|\n]{0,60}:\**[^\S\n]+")
_STOP = re.compile(r"\.(?=\s)|\s*(?=\n)|$")


def parted(text: str, start: int, end: int) -> Iterator[Place]:
    """The places of the things that characters `start` to `end` of `text` enumerate; brackets are left whole."""
    inner = text[start:end]
    edges = [0]
    for match in _BETWEEN.finditer(inner):
        if inner.count("(", 0, match.start()) <= inner.count(")", 0, match.start()):
            edges += match.span()
    edges.append(len(inner))
    for first, last in list(pairwise(edges))[::2]:
        piece = inner[first:last]
        begin = first + len(piece) - len(piece.lstrip(" \n."))
        finish = last - (len(piece) - len(piece.rstrip(" \n.")))
        if begin < finish:
            yield start + begin, start + finish


def labelled_enumeration(text: str, start: int, end: int) -> list[Place]:
    """What the line enumerates behind its label ("Present: Ann, Bob and Cy. Tea was served.") that holds characters `start` to
    `end`; nothing where there is no such line, or those characters are not of its enumeration."""
    begin = text.rfind("\n", 0, start) + 1
    label = _LABEL.match(text, begin)
    if label is None or label.end() > start:
        return []
    stop = _STOP.search(text, label.end())
    if stop is None or stop.start() < end:
        return []
    return list(parted(text, label.end(), stop.start()))
