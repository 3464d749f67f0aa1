"""Where the things of a question stand, told without a grammar: by articles, function words and capitals."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.conversation.words import FUNCTION_WORDS, Word, words

Place = tuple[int, int]
"""Character start and end (exclusive)."""

_SUBJECTS = frozenset("i you we he she they it".split())
_LEAD = re.compile(
    r"^(?:(?:and|but|or|so|ok|okay|well|also|then)\b[\s,]*)*(?:(?:what|how) about\b\s*)?(?:(?:and|also)\b[\s,]*)?",
    re.IGNORECASE,
)
_TAIL = re.compile(r"[\s?.!,;:…]+$")


def without_lead(text: str) -> str:
    """Without "and", "what about" before it."""
    return _LEAD.sub("", text, count=1)


def without_tail(text: str) -> str:
    """Without the marks at the end."""
    return _TAIL.sub("", text)


def shape(text: str) -> str:
    """ "number", "name" or "noun", by its words with a meaning."""
    content = [word for word in words(text) if word.is_content]
    if any(word.is_number for word in content):
        return "number"
    return "name" if content and content[-1].is_capital else "noun"


def phrases_in(text: str) -> list[Place]:
    """Runs of content words with their article; not the verb after "I", "they" and the like."""
    found = words(text)
    runs: list[Place] = []
    place = 0
    while place < len(found):
        last = place
        while last < len(found) and _belongs(found, place, last, text):
            last += 1
        if last > place and not (place and found[place - 1].lower in _SUBJECTS):
            first = place - 1 if place and found[place - 1].lower in ("the", "a", "an") else place
            runs.append((found[first].start, found[last - 1].end))
        place = max(last, place + 1)
    return runs


def _belongs(found: Sequence[Word], place: int, at: int, text: str) -> bool:
    word = found[at]
    if word.lower in FUNCTION_WORDS or (at > place and not _same_kind(found[at - 1], word)):
        return False
    return at == place or text[found[at - 1].end : word.start].strip() in ("", "'s", "’s")


def _same_kind(before: Word, word: Word) -> bool:
    """A name does not run on into a common word ("Putin talk"), nor the other way round ("reach England")."""
    return before.is_capital == word.is_capital and not word.lower.endswith("ed")


def word_before(text: str, start: int) -> str:
    """In lower case; empty at the beginning."""
    before = words(text[:start])
    return before[-1].lower if before else ""
