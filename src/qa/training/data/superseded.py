"""Rows whose text tells of a change: what was so at first, and what has been so since.

Documents of all kinds do ("The fee was 5 euros. In 2020 it was raised to 8 euros."), and a question in the present tense asks
for what holds now. The data sets hardly have such rows: a reader trained on them takes either value. Of a row's answering
sentence an earlier version is made, with another value of the same kind, and words that tell which of the two came first; it
stands in front of the sentence, or behind it, so that the order alone tells nothing.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace

from qa.training.data.negatives import Passages
from qa.training.data.surface import FUNCTION_WORDS, content_words, names, numbers, sentences
from qa.training.data.training_rows import TrainingRow

KIND = "superseded"
_PRESENT = re.compile(r"\b(?:is|are|does|do|has|have|can|may|must)\b", re.IGNORECASE)
_PAST = re.compile(
    r"\b(?:was|were|did|had|been|first|original|originally|initially|once|former|formerly|before|after|\d{3,4})\b",
    re.IGNORECASE,
)
_COUNTS = ("Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
_STARTS_WITH_A_NUMBER = re.compile(r"\d[\d,.]*\d|\d")


@dataclass(frozen=True, slots=True)
class _Way:
    """What stands in front of the answering sentence where it has the old value, and where it has the new one."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    old_first: bool


_WAYS = (
    _Way(
        ("In {year}, ", "At first, ", "Originally, ", "Initially, "),
        ("{count} years later, ", "Later, ", "Then "),
        True,
    ),
    _Way(("In {year}, ", "Until {later}, ", "Before {later}, "), ("Since {later}, ", "In {later}, ", "Now "), True),
    _Way(
        ("Until {later}, ", "Before that, ", "Previously, ", "Until then, "), ("", "Since {later}, ", "Today, "), False
    ),
)


def superseded(row: TrainingRow, passages: Passages, rng: random.Random) -> TrainingRow | None:
    """The row over a text in which its answer has replaced another one; None where the question does not ask for today."""
    if not row.answerable or not _PRESENT.search(row.question) or _PAST.search(row.question):
        return None
    other = _another(row.answer, row.context, passages, rng)
    held = [span for span in sentences(row.context) if span[0] <= row.start and row.end <= span[1]]
    if other is None or not held:
        return None
    first, last = held[0]
    before, after = row.context[first : row.start], row.context[row.end : last]
    if not re.search(r"[.!?]$", after) or re.search(r"\b(?:19|20)\d\d\b", before + after):
        return None
    way, year = rng.choice(_WAYS), rng.randint(1960, 2015)
    values = {"year": year, "later": year + rng.randint(1, 9), "count": rng.choice(_COUNTS)}
    old = _led(rng.choice(way.old).format(**values), before) + other + after
    lead = _led(rng.choice(way.new).format(**values), before)
    if way.old_first and _STARTS_WITH_A_NUMBER.match(row.answer) and rng.random() < 0.25:
        lead += "another "
    new = lead + row.answer + after
    at = first + len(lead) + (len(old) + 1 if way.old_first else 0)
    both = f"{old} {new}" if way.old_first else f"{new} {old}"
    context = row.context[:first] + both + row.context[last:]
    return replace(
        row, id=f"{row.id}~{KIND}", context=context, start=at, end=at + len(row.answer), golds=(row.answer,), kind=KIND
    )


def _led(lead: str, sentence: str) -> str:
    """A sentence's beginning with words in front of it."""
    if lead and sentence.split(" ", 1)[0].lower() in FUNCTION_WORDS:
        return lead + sentence[:1].lower() + sentence[1:]
    return lead + sentence


def _another(answer: str, context: str, passages: Passages, rng: random.Random) -> str | None:
    """Another value of the answer's kind: the same words with another number, or another name of the source."""
    found = numbers(answer)
    if found:
        start, end = found[0]
        digits = answer[start:end].replace(",", "")
        if len(found) > 1 or not digits.isdigit():
            return None
        number = int(digits)
        new = max(
            2, rng.choice((number + rng.randint(1, 5), number // 2, number * 2, number * 3, number - rng.randint(1, 5)))
        )
        shown = f"{new:,}" if "," in answer[start:end] else str(new)
        return None if new == number or f" {shown} " in context else answer[:start] + shown + answer[end:]
    if names(f"x {answer}") != [(2, 2 + len(answer))] or not passages.names:
        return None
    taken = set(content_words(context))
    fitting = [
        name
        for name in rng.choices(passages.names, k=12)
        if len(name.split()) == len(answer.split()) and not taken & set(content_words(name))
    ]
    return fitting[0] if fitting else None
