"""A history as the term tagger reads it: one text, the last turn first, and where the content words stand in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.conversation.history import Role, Utterance
from qa.conversation.words import words

_OLDER_ANSWER = 200
"""Characters. Of the last answer all that the history holds is read."""
_BETWEEN = " / "


@dataclass(frozen=True, slots=True)
class WordPlace:
    """A content word of the history: where it starts in the window's text, and its key."""

    start: int
    key: str


@dataclass(frozen=True, slots=True)
class Window:
    text: str
    places: tuple[WordPlace, ...]


def window(history: Sequence[Utterance]) -> Window:
    """Topics, then the turns from the last one back, each question before its answer: what is cut off at the end is old."""
    topics = [said for said in history if said.role is Role.TOPIC]
    turns = sorted(
        (said for said in history if said.role is not Role.TOPIC), key=lambda said: (said.age, said.role is Role.ANSWER)
    )
    text, places = "", []
    for said in [*topics, *turns]:
        read = said.text[:_OLDER_ANSWER] if said.role is Role.ANSWER and said.age > 1 else said.text
        places += [WordPlace(len(text) + word.start, word.key) for word in words(read) if word.is_content]
        text += read + _BETWEEN
    return Window(text, tuple(places))
