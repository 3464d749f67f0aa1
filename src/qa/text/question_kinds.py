"""The kind of a question, by the word that asks: error tables are read kind by kind."""

from __future__ import annotations

import re

KINDS = ("how long", "how many/much", "when", "who", "where", "why", "which", "what", "how", "yes/no", "other")

_AUXILIARY = re.compile(
    r"(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must)(?:n't|n’t)?\b"
)
_TIME = r"(?:what|which)(?: \w+)? (?:year|years|date|day|month|century|decade|time)"
# The longer phrase stands before the word that it begins with.
_ASKING = re.compile(
    rf"\b(?:(?P<how_long>how long)|(?P<how_many>how (?:many|much))|(?P<when>when|{_TIME})|(?P<who>who|whom|whose)"
    r"|(?P<where>where)|(?P<why>why)|(?P<which>which)|(?P<what>what)|(?P<how>how))\b"
)
_NAMES = {"how_long": "how long", "how_many": "how many/much"}


def kind_of(question: str) -> str:
    """One of KINDS: "yes/no" when it begins with an auxiliary verb, else by the first word that asks.

    "In what year ..." and the like are "when".
    """
    words = " ".join(question.lower().split())
    if _AUXILIARY.match(words):
        return "yes/no"
    found = _ASKING.search(words)
    if found is None or found.lastgroup is None:
        return "other"
    return _NAMES.get(found.lastgroup, found.lastgroup)
