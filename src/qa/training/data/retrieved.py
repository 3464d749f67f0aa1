"""Contexts as the retriever cuts them: any run of whole sentences, a neighbour's text beside it, the heading in front."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from qa.training.data.surface import sentences
from qa.training.data.training_rows import TrainingRow


@dataclass(frozen=True, slots=True)
class Cut:
    """How often a row is seen otherwise than as its paragraph. `longest` is in characters."""

    window: float = 0.45
    neighbour: float = 0.10
    heading: float = 0.20
    longest: int = 1100


def as_retrieved(row: TrainingRow, neighbours: list[str], cut: Cut, rng: random.Random) -> TrainingRow:
    """The row over a context cut, joined and headed at random; the answer, if any, stays whole and its offsets right.

    Answerable and unanswerable rows pass through alike, so the cut itself tells nothing.
    """
    if len(row.context) > cut.longest or rng.random() < cut.window:
        row = windowed(row, cut.longest, rng)
    others = [text for text in neighbours if text != row.context]
    if others and len(row.context) < 0.7 * cut.longest and rng.random() < cut.neighbour:
        row = joined(row, rng.choice(others), cut.longest - len(row.context), rng)
    if row.title and rng.random() < cut.heading:
        row = headed(row)
    return row


def windowed(row: TrainingRow, longest: int, rng: random.Random) -> TrainingRow:
    """A run of whole sentences, of random length, around the answer or anywhere."""
    spans = sentences(row.context)
    if not spans:
        return row
    if row.answerable:
        holding = [n for n, (start, end) in enumerate(spans) if start < row.end and end > row.start]
        first, last = (holding[0], holding[-1]) if holding else (0, len(spans) - 1)
    else:
        first = last = rng.randrange(len(spans))
    goal = rng.randint(min(longest, 250), longest)
    begin, stop = min(spans[first][0], row.start if row.answerable else spans[first][0]), max(spans[last][1], row.end)
    while True:
        before = spans[first - 1][0] if first > 0 else None
        after = spans[last + 1][1] if last + 1 < len(spans) else None
        room_before = before is not None and stop - before <= goal
        room_after = after is not None and after - begin <= goal
        if not room_before and not room_after:
            break
        if room_before and (not room_after or rng.random() < 0.5):
            assert before is not None
            first, begin = first - 1, before
        else:
            assert after is not None
            last, stop = last + 1, after
    return _over(row, row.context[begin:stop], -begin)


def joined(row: TrainingRow, other: str, room: int, rng: random.Random) -> TrainingRow:
    """Whole sentences of another paragraph in front or behind, none that holds a gold answer's words."""
    spans = sentences(other)
    if rng.random() < 0.5:
        piece = other[: max((end for _, end in spans if end <= room), default=0)]
        return _over(row, f"{row.context}\n{piece}", 0) if piece else row
    piece = other[min((start for start, _ in spans if len(other) - start <= room), default=len(other)) :]
    return _over(row, f"{piece}\n{row.context}", len(piece) + 1) if piece else row


def headed(row: TrainingRow) -> TrainingRow:
    heading = row.title.replace("_", " ")
    return _over(row, f"{heading}\n{row.context}", len(heading) + 1)


def _over(row: TrainingRow, context: str, moved: int) -> TrainingRow:
    if not row.answerable:
        return replace(row, context=context)
    return replace(row, context=context, start=row.start + moved, end=row.end + moved)
