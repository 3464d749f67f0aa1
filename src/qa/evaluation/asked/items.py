"""How much of a list was given, and how much of what was given belongs to it: item precision, recall, and F1."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"\w+")
_ALIKE = 0.5
_LONGEST_AROUND = 25
"""Words of an item that may be given as part of what was wanted: a line of a list."""


def item_f1(given: Sequence[str], wanted: Sequence[Sequence[str]]) -> float:
    """F1 of the items that were `given`; each that was `wanted` has one form or more. 0 where none was given."""
    if not given or not wanted:
        return 0.0
    precision = sum(any(is_item(one, forms) for forms in wanted) for one in given) / len(given)
    recall = sum(any(is_item(one, forms) for one in given) for forms in wanted) / len(wanted)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def is_item(given: str, forms: Sequence[str]) -> bool:
    """Whether `given` is the item: token F1 of half and more with one of its `forms`, or a short line that holds it whole."""
    words = _words(given)
    return any(_token_f1(words, _words(form)) >= _ALIKE or _holds(words, _words(form)) for form in forms)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _token_f1(one: Sequence[str], other: Sequence[str]) -> float:
    shared = (Counter(one) & Counter(other)).total()
    return 2 * shared / (len(one) + len(other)) if one and other else 0.0


def _holds(words: Sequence[str], form: Sequence[str]) -> bool:
    return bool(form) and len(words) <= _LONGEST_AROUND and f" {' '.join(form)} " in f" {' '.join(words)} "
