"""What is looked up of a query by its words."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+")
_JOINED = re.compile(r"\w+(?:[.,:/-]\w+)+")
_DIGIT = re.compile(r"\d")
_MOST_WORDS = 64


def looked_for(query: str) -> list[str]:
    """The words of `query`, and runs of them that a figure is in ("3.1.0" is "3 1 0"), which must stand together."""
    query = query.lower()
    runs = (" ".join(_WORD.findall(run)) for run in _JOINED.findall(query) if _DIGIT.search(run))
    return list(dict.fromkeys((*_WORD.findall(query), *runs)))[:_MOST_WORDS]


def spelt_in(text: str) -> list[str]:
    """The words of `text` in small letters, as they are spelt."""
    return _WORD.findall(text.lower())
