"""Names in questions typed in small letters get the capitals that the documents give them: "what does bev pay", "Bev"."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LETTERS = re.compile(r"[^\W\d_]+")
_SMALL = r"[^\W\d_A-Z]"
_NAME = re.compile(rf"(?:(?<={_SMALL} )|(?<={_SMALL}[,;] ))[A-Z][a-z]+|(?<=[:;,(] )[A-Z][a-z]+(?= [A-Z][a-z])")
"""A word with a capital that no sentence or heading begins with."""


def with_capitals(question: str, texts: Iterable[str]) -> str:
    """`question` with a capital on each word that `texts` only ever write with one, as they do names."""
    small = [word for word in _LETTERS.findall(question) if word.islower()]
    if not small:
        return question
    whole = "\n".join(texts)
    names = {name.lower() for name in _NAME.findall(whole)}
    names -= set(_LETTERS.findall(whole))
    return _LETTERS.sub(lambda word: word[0].capitalize() if word[0] in names else word[0], question)
