"""Rewrite rows: a follow-up, what was said before, and the question that a person made of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.conversation.history import Utterance, exchanges
from qa.conversation.words import content_keys
from qa.evaluation.json_lines import read_json_lines
from qa.evaluation.question_sets import dialogues_of_set

_USER_ONLY = frozenset(["cast2019", "cast2019-train", "cast2020"])
"""Sources whose history holds the user's turns only."""


@dataclass(frozen=True, slots=True)
class Follow:
    """A follow-up, what was said before, and the question that a person made of it."""

    dialogue: str
    source: str
    pairs: tuple[tuple[str, str], ...]
    topics: tuple[str, ...]
    question: str
    rewrite: str

    @property
    def history(self) -> list[Utterance]:
        return exchanges(self.pairs, self.topics)

    @property
    def terms(self) -> frozenset[str]:
        """Keys of the content words that the person added."""
        return frozenset(content_keys(self.rewrite)) - frozenset(content_keys(self.question))


def read_follows(path: Path) -> list[Follow]:
    """The rows of one file, first turns included. Raises QaError."""
    return [_follow(row) for row in read_json_lines(path)]


def follows_of_set(folder: Path) -> list[Follow]:
    """The turns of the dialogues of the question set in `folder`, each after what was typed and answered before it, first turns
    included. Raises FileUnusable."""
    return [follow for row in dialogues_of_set(folder) for follow in _follows_of_dialogue(folder.name, row)]


def _follows_of_dialogue(source: str, row: dict[str, Any]) -> list[Follow]:
    turns = row["turns"]
    pairs = [(turn["question"], next(iter(turn["answers"]), "")) for turn in turns]
    return [
        Follow(row["id"], source, tuple(pairs[:place]), (), turn["question"], turn["full"])
        for place, turn in enumerate(turns)
    ]


def _follow(row: dict[str, Any]) -> Follow:
    history, source, name = row["history"], row["source"], row["id"]
    topics: tuple[str, ...] = ()
    if source.startswith("canard"):
        topics, history = tuple(history[:2]), history[2:]
    if history and isinstance(history[0], list):
        pairs = [(question or "", answer or "") for question, answer in history]
    elif source in _USER_ONLY:
        pairs = [(question, "") for question in history]
    else:
        pairs = [(history[at], history[at + 1] if at + 1 < len(history) else "") for at in range(0, len(history), 2)]
    return Follow(_dialogue(name), source, tuple(pairs), topics, row["question"], row["rewrite"])


def _dialogue(name: str) -> str:
    """The id without the number of the turn."""
    for mark in ("<::>", "_", "-"):
        head, found, tail = name.rpartition(mark)
        if found and tail.replace("-", "").isdigit():
            return head
    return name
