""" "The other one": of two things that were named, the one that is not being talked of.

Two things stand side by side in what was said ("the ferry or the plane"), or one was asked about after the other ("How long
does the ferry take?" - "And the plane?"). Where neither is so, the next best candidate of the last answer is meant.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from qa.conversation.places import phrases_in, without_lead, without_tail
from qa.conversation.previous_turn import PreviousTurn
from qa.conversation.replacing import CompletedQuestion
from qa.conversation.words import AUXILIARIES, QUESTION_WORDS, content_keys, words

_OTHER = re.compile(r"\bthe\s+other(?:\s+one)?(?=\s*(?:[?.!,;]|$)|\s+(?:\w+))", re.IGNORECASE)
_NOT_ALTERNATIVES = re.compile(r"\bthe\s+other\s+(?:day|way|hand|side|ones|end)\b", re.IGNORECASE)
_BOTH = re.compile(r",?\s+(?:and|or)\s+(?:an?\s+|the\s+|in\s+|at\s+|of\s+)?", re.IGNORECASE)
_RECENT = 4
"""Turns back in which the two things are looked for."""
_LONGEST = 5
"""Words of what one question has in the place of another's."""
_MOST = 3
_LESS = 0.7
"""How much less likely each guess is than the one before it."""


def with_other(question: str, earlier: Sequence[PreviousTurn]) -> list[CompletedQuestion]:
    """`question` with what "the other one" stands for, the likeliest first; empty if it speaks of none. `earlier`: the last
    turn first."""
    found = _OTHER.search(question)
    if found is None or not earlier or _NOT_ALTERNATIVES.search(question):
        return []
    pairs = list(dict.fromkeys(_pairs(earlier[:_RECENT])))[:_MOST]
    return [
        CompletedQuestion(_named(question, found.span(), earlier[0].question, here, other), _LESS**place)
        for place, (here, other) in enumerate(pairs)
    ]


def _named(question: str, place: tuple[int, int], last: str, here: str, other: str) -> str:
    inner = words(without_lead(question[: place[0]] + question[place[1] :]))
    if any(word.lower in QUESTION_WORDS | AUXILIARIES for word in inner):
        return question[: place[0]] + other + question[place[1] :]
    both = rf"(?:{re.escape(here)}{_BOTH.pattern}{re.escape(other)}|{re.escape(other)}{_BOTH.pattern}{re.escape(here)})"
    if re.search(both, last, re.IGNORECASE):
        return re.sub(both, lambda _: other, last, count=1, flags=re.IGNORECASE)
    at = last.lower().find(here.lower())
    if at >= 0:
        return last[:at] + other + last[at + len(here) :]
    return f"{without_tail(last)} ({other})?"


def _pairs(earlier: Sequence[PreviousTurn]) -> Iterator[tuple[str, str]]:
    """(What is being talked of, the other one)."""
    last = earlier[0]
    talked_of = [frozenset(content_keys(text)) for text in (last.answer, last.question)]
    for pair in _alternatives(earlier):
        for here, other in (pair, pair[::-1]):
            mine, theirs = frozenset(content_keys(here)), frozenset(content_keys(other))
            if mine and theirs and any(mine <= keys and not theirs <= keys for keys in talked_of):
                yield here, other
    if last.other and len(words(last.other)) <= _LONGEST:
        yield last.answer, last.other


def _alternatives(earlier: Sequence[PreviousTurn]) -> Iterator[tuple[str, str]]:
    for one in earlier:
        yield from _side_by_side(one.question)
        yield from _side_by_side(one.answer)
    for later, before in itertools.pairwise(earlier):
        if (pair := _difference(later.question, before.question)) is not None:
            yield pair


def _side_by_side(text: str) -> Iterator[tuple[str, str]]:
    """Two things with "and" or "or" between them, and no third."""
    places = phrases_in(text)
    joined = [bool(_BOTH.fullmatch(_between(text, one, two))) for one, two in itertools.pairwise(places)]
    for number, (one, two) in enumerate(itertools.pairwise(places)):
        listed = number > 0 and _between(text, places[number - 1], one).strip() == ","
        if joined[number] and not listed and joined.count(True) == 1:
            yield text[slice(*one)], text[slice(*two)]


def _between(text: str, one: tuple[int, int], two: tuple[int, int]) -> str:
    return text[one[1] : two[0]] or " "


def _difference(one: str, other: str) -> tuple[str, str] | None:
    """The only words in which two questions differ, if they do in few and side by side."""
    mine, theirs = words(one), words(other)
    keys, other_keys = [word.key for word in mine], [word.key for word in theirs]
    start = _alike(keys, other_keys)
    start -= int(start > 0 and keys[start - 1] in ("the", "a", "an"))
    end = _alike(keys[start:][::-1], other_keys[start:][::-1])
    here, there = mine[start : len(mine) - end], theirs[start : len(theirs) - end]
    if not 0 < len(here) <= _LONGEST or not 0 < len(there) <= _LONGEST or start + end < 2:
        return None
    return one[here[0].start : here[-1].end], other[there[0].start : there[-1].end]


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    return next(
        (at for at, (mine, theirs) in enumerate(zip(one, other, strict=False)) if mine != theirs),
        min(len(one), len(other)),
    )
