"""Typing errors in a question: a word that the documents do not hold, and that is one letter off a word that they do hold.

Edits are those of Damerau (1964, "A technique for computer detection and correction of spelling errors"): a letter left out,
put in, exchanged, or two neighbours swapped, which are four of five errors. The first letter stays. A common word of the
language is no error though the documents lack it, and what stands in quotation marks is meant as it is typed.

Every 8th question of SQuAD's open half, asked over its articles (`python -m qa.training.decision.misspellings`), with the
models and the one threshold of 26 November 2026:

                              F1    answerable  refused  best span, answered always
    as people wrote them     69.7      63.7       75.6      79.9
    the same, mended         70.1      64.3       75.9      80.0    (84 of all 5,661 change, most for a real error)
    an error in a word       62.0      41.6       82.1      70.6
    the same, mended         68.2      59.1       77.0      77.1    (508 of 708 are as they were)
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator
from typing import Protocol

_WORD = re.compile(r"[^\W\d_]{6,}")
"""Shorter words have too many neighbours: "repel" would be "rebel"."""
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”")
_MOST_LETTERS = 24
_MOST_WORDS = 3
"""That are looked for: each costs some hundred lookups."""


class Lexicon(Protocol):
    """The words of the documents; what is asked about is in small letters."""

    def document_frequency(self, word: str) -> int:
        """In how many passages the word stands, in any of its forms; any number that grows with it will do."""
        ...

    def spells(self, word: str) -> bool:
        """Whether it stands there in just this form."""
        ...


def corrected(question: str, lexicon: Lexicon, is_common: Callable[[str], bool]) -> str:
    """`question` with its typing errors mended: as it is where none is found."""
    quoted = [match.span() for match in _QUOTED.finditer(question)]
    left = _MOST_WORDS
    for match in reversed(list(_WORD.finditer(question))):
        typed = match.group()
        within_quotes = any(start < match.start() and match.end() < end for start, end in quoted)
        if (
            within_quotes
            or len(typed) > _MOST_LETTERS
            or is_common(typed.lower())
            or lexicon.document_frequency(typed.lower())
        ):
            continue
        if not left:
            break
        left -= 1
        if meant := _meant(typed.lower(), lexicon):
            question = question[: match.start()] + _in_case_of(typed, meant) + question[match.end() :]
    return question


def _meant(typed: str, lexicon: Lexicon) -> str:
    """Of the words one edit away the one that stands in most passages; "" where none does."""
    counts = {word: count for word in sorted(set(_edits(typed))) if (count := lexicon.document_frequency(word))}
    # "Slowes" is held too, where "slow" is.
    return next((word for word in sorted(counts, key=lambda word: -counts[word]) if lexicon.spells(word)), "")


def _edits(word: str) -> Iterator[str]:
    for at in range(1, len(word) + 1):
        before, after = word[:at], word[at:]
        for letter in string.ascii_lowercase:
            yield before + letter + after
            if after:
                yield before + letter + after[1:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


def _in_case_of(typed: str, meant: str) -> str:
    return meant.upper() if typed.isupper() else typed[0] + meant[1:]
