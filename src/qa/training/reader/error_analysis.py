"""How answers go wrong, by kind of question: `python -m qa.training evaluate FILES --errors`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from qa.evaluation.scores import exact
from qa.evaluation.table import aligned
from qa.text.question_kinds import KINDS
from qa.training.reader.squad_measures import Read


class SpanMatch(StrEnum):
    """Where the best span lies, seen from the gold answers; `REFUSED` once a threshold is set."""

    EXACT = "exact"
    OVER = "over the edge"
    SHORT = "cut short"
    ELSEWHERE = "wrong place"
    REFUSED = "refused"


def place_of(context: str, span: tuple[int, int], golds: Sequence[tuple[int, int]]) -> SpanMatch:
    """`span` and `golds` are character places in `context`; exact means the same words, wherever they stand.

    A span that shares characters with a gold answer is over the edge if it is the longer of the two, else cut short. Of
    several gold answers the one that shares the largest part with it counts.
    """
    start, end = span
    if exact(context[start:end], [context[first:last] for first, last in golds]):
        return SpanMatch.EXACT
    shared = [(_shared(span, gold) / (max(end, gold[1]) - min(start, gold[0])), gold) for gold in golds]
    most, (first, last) = max(shared)
    if most <= 0:
        return SpanMatch.ELSEWHERE
    return SpanMatch.OVER if end - start > last - first else SpanMatch.SHORT


def table(rows: Sequence[Read], threshold: float | None) -> str:
    """Counts by kind of question, answered from `threshold` on (None: always)."""
    cells = [["kind", "answerable", *SpanMatch, "no answer", "answered", "refused"]]
    for kind in (*KINDS, "all"):
        group = [row for row in rows if kind in (row.kind, "all")]
        if group:
            cells.append([kind, *_counts(group, float("-inf") if threshold is None else threshold)])
    return aligned(cells)


def _counts(rows: Sequence[Read], threshold: float) -> list[str]:
    answerable = [row for row in rows if row.answerable]
    places = Counter(row.place if row.margin >= threshold else SpanMatch.REFUSED for row in answerable)
    margins = [row.margin for row in rows if not row.answerable]
    answered = sum(margin >= threshold for margin in margins)
    counts = (len(answerable), *(places[place] for place in SpanMatch), len(margins), answered, len(margins) - answered)
    return [f"{count:,}" for count in counts]


def _shared(one: tuple[int, int], other: tuple[int, int]) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))
