"""Questions over the article in any number: what two of its names have to do with each other."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from tests.conftest import ARTICLE

_NAME = re.compile(r"(?:[A-Z][a-z]{3,}|[A-Z]{3,})(?: [A-Z][a-z]+)*")
_FORMS = (
    "What does {} have to do with {}?",
    "When did {} deal with {}?",
    "How much does {} get from {}?",
    "Why does {} need {}?",
)


def distinct(seed: int) -> Iterator[str]:
    """No question twice: what was answered before is of no help."""
    names = sorted(set(_NAME.findall(ARTICLE.read_text("utf-8"))))
    every = [form.format(a, b) for form in _FORMS for a in names for b in names if a != b]
    random.Random(seed).shuffle(every)
    return iter(every)


def repeated(seed: int, different: int) -> Iterator[str]:
    """Without end, some often and many rarely (the share of the n-th most frequent is 1/n), as people ask."""
    source = distinct(seed)
    some = [next(source) for _ in range(different)]
    weights = [1 / place for place in range(1, different + 1)]
    dice = random.Random(seed + 1)
    while True:
        yield dice.choices(some, weights)[0]
