"""Mined questions -> rows for the reader, over passages as it is shown them.

A question gives up to two passages that hold its answer and one of the best that do not; one without an answer gives a
passage that tempts. Which passages are best is what their order says: mine, then rerank, then make rows.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa.pipeline.inputs import PassageInput
from qa.training.data.mined import MinedPassage, MinedQuestion
from qa.training.data.surface import content_words, sentences
from qa.training.data.training_rows import TrainingRow

NEAR_MISS = "near-miss"


@dataclass(frozen=True, slots=True)
class RowsPerQuestion:
    """Rows of one question: so many `right` passages, `wrong` ones beside them, and `tempting` ones of a near-miss."""

    right: int = 2
    wrong: int = 1
    tempting: int = 1
    elsewhere: int = 1
    reach: int = 8
    """Wrong passages are drawn from the first so many, the first ones more often."""
    unnamed: float = 0.15
    """So many rows go without their document's name, as a text that is no document's has none."""


def reading_rows(questions: Sequence[MinedQuestion], share: RowsPerQuestion, seed: int) -> list[TrainingRow]:
    """The same arguments give the same rows, in an order drawn at random."""
    rng = random.Random(seed)
    rows = [row for one in questions for row in _rows_of(one, share, rng)]
    rng.shuffle(rows)
    return rows


def _rows_of(one: MinedQuestion, share: RowsPerQuestion, rng: random.Random) -> Iterator[TrainingRow]:
    wrong = [passage for passage in one.passages[: share.reach + 4] if not passage.holds][: share.reach]
    if not one.answerable:
        count = share.tempting if one.kind == NEAR_MISS else share.elsewhere
        yield from (_row(one, passage, None, share, rng) for passage in _first_more_often(wrong, count, rng))
        return
    found = 0
    for passage in (passage for passage in one.passages if passage.gold):
        place = passage.answer or answer_place(one.question, one.answers, passage.text)
        if place is not None and found < share.right:
            found += 1
            yield _row(one, passage, place, share, rng)
    yield from (_row(one, passage, None, share, rng) for passage in _first_more_often(wrong, share.wrong, rng))


def answer_place(question: str, answers: Sequence[str], text: str) -> tuple[int, int] | None:
    """Where the first of `answers` that stands in `text` stands: of several places the one whose sentence asks for it most."""
    asked = set(content_words(question))
    for answer in answers:
        places = [match.span() for match in _pattern(answer).finditer(text)]
        if places:
            return max(places, key=lambda place: len(asked & set(content_words(_around(text, *place)))))
    return None


def _pattern(answer: str) -> re.Pattern[str]:
    """Matches `answer` as whole words, whatever the white space and the case."""
    words = r"\s+".join(re.escape(word) for word in answer.split())
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


def _around(text: str, start: int, end: int) -> str:
    return " ".join(text[first:last] for first, last in sentences(text) if first < end and start < last)


def _first_more_often(passages: Sequence[MinedPassage], count: int, rng: random.Random) -> list[MinedPassage]:
    """`count` of them without repeating one; the first is twice as likely as the third, and so on."""
    keyed = sorted(range(len(passages)), key=lambda place: -(rng.random() ** (1 + place / 2)))
    return [passages[place] for place in keyed[:count]]


def _row(
    one: MinedQuestion, passage: MinedPassage, place: tuple[int, int] | None, share: RowsPerQuestion, rng: random.Random
) -> TrainingRow:
    shown = PassageInput.of(passage if rng.random() >= share.unnamed else replace(passage, path=""))
    start, end = (
        (-1, -1)
        if place is None
        else (shown.offset + shown.named.placed(place[0]), shown.offset + shown.named.placed(place[1] - 1) + 1)
    )
    return TrainingRow(
        id=f"{one.id}~{passage.path}~{passage.score:.4f}",
        source=one.source,
        title="",
        context=shown.text,
        question=one.question,
        start=start,
        end=end,
        golds=one.answers,
        kind=one.kind if place is not None or not one.answerable else "retrieved",
    )
