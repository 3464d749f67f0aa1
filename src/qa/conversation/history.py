"""What was said before, as the term tagger sees it: questions and answers with their age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_TURNS = 8
"""Turns further back are hardly ever meant, and every one costs time."""
MOST_CHARACTERS = 600


class Role(StrEnum):
    TOPIC = "topic"
    QUESTION = "question"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing said. `age` counts turns back: 1 is the last one. A topic is what all turns are about, if that is known."""

    text: str
    role: Role
    age: int


def exchanges(pairs: Sequence[tuple[str, str]], topics: Sequence[str] = ()) -> list[Utterance]:
    """What was said in `pairs` of question and answer (empty where there was none), oldest first."""
    kept = pairs[-MOST_TURNS:]
    said = [Utterance(topic, Role.TOPIC, len(kept) + 1) for topic in topics if topic.strip()]
    for place, (question, answer) in enumerate(kept):
        age = len(kept) - place
        said.append(Utterance(question[:MOST_CHARACTERS], Role.QUESTION, age))
        if answer.strip():
            said.append(Utterance(answer[:MOST_CHARACTERS], Role.ANSWER, age))
    return said
