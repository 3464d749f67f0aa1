"""Documents that a question names: "what does akerlof_lemons.md say of guarantees", "the Skerry Line half-year report"; or
all of them: "what are these documents about?"."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from posixpath import basename, splitext

_WORD = re.compile(r"[^\W_]+")
_LEAST_SHARE = 0.6
"""Of what the words of a file's name tell, by their rarity among the names."""
_LEAST_WORDS = 2
_SAYS_NOTHING_MORE = frozenset(
    "a about all an and at brief can content contents could describe do document does explain file for from gist give have i in"
    " is it know main me my note notes of on outline overview page please point points quick read say says short show sum"
    " summarise summarize summary tell text that the there this to up us version what with would you your s".split()
)
"""Words of a question that asks for nothing but the documents."""

_ALL_OF_THEM = frozenset(
    "docs documents files folder collection here these those them are cover covered covers kind kinds there sort topic topics"
    " subject subjects thing things deal talk".split()
)
_DOCUMENTS = frozenset("docs documents files folder collection".split())


def named_document(question: str, paths: Sequence[str]) -> str | None:
    """The one of the documents at `paths` that `question` names: by its file name, or by most of the words of it."""
    asked = set(_words(question))
    lower = question.casefold()
    exact = [path for path in paths if "." in basename(path) and basename(path).casefold() in lower]
    if exact:
        return exact[0] if len(exact) == 1 else None
    holding = Counter(word for path in paths for word in set(_words(_stem(path))))
    rated = sorted(((_share(asked, path, holding, len(paths)), path) for path in paths), reverse=True)[:2]
    if not rated or rated[0][0] < _LEAST_SHARE or (len(rated) > 1 and rated[1][0] == rated[0][0]):
        return None
    return rated[0][1]


def asks_for_all(question: str) -> bool:
    """Whether it asks for nothing but what the documents are about, all of them."""
    asked = set(_words(question))
    return bool(asked & _DOCUMENTS) and asked <= _SAYS_NOTHING_MORE | _ALL_OF_THEM


def _share(asked: set[str], path: str, holding: Mapping[str, int], count: int) -> float:
    words = set(_words(_stem(path)))
    if len(words & asked) < _LEAST_WORDS:
        return 0.0
    told = {word: math.log((count + 1) / holding[word]) for word in words}
    return sum(told[word] for word in words & asked) / sum(told.values())


def _stem(path: str) -> str:
    return splitext(basename(path))[0]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
