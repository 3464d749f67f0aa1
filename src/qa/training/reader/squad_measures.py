"""The official SQuAD 2.0 measures over many rows (evaluate-v2.0.py, Rajpurkar et al. 2018), all in percent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Read:
    """One row after reading: whether it has an answer, how good the best span is, and its lead over "no answer"."""

    answerable: bool
    exact: float
    f1: float
    margin: float
    kind: str = ""
    place: str = ""
    """Of an answerable row: a qa.training.reader.error_analysis.SpanMatch, before any threshold."""


@dataclass(frozen=True, slots=True)
class Measures:
    """`exact` and `f1` are with the one threshold on the margin that gives the best F1; `forced_*` always answer.

    The threshold is None where answering everything is best, as it is where every row has an answer.
    """

    questions: int
    threshold: float | None
    exact: float
    f1: float
    answerable_f1: float
    unanswerable_refused: float
    forced_exact: float
    forced_f1: float


def measure(rows: Sequence[Read]) -> Measures:
    """A row is answered if its margin is at least the threshold; an unanswerable row scores 1 when it is refused."""
    answerable = np.array([row.answerable for row in rows])
    f1s = np.where(answerable, [row.f1 for row in rows], 0.0)
    exacts = np.where(answerable, [row.exact for row in rows], 0.0)
    margins = np.array([row.margin for row in rows])
    threshold = best_threshold(margins, f1s, ~answerable)
    answered = margins >= threshold
    return Measures(
        questions=len(rows),
        threshold=threshold if np.isfinite(threshold) else None,
        exact=_percent(np.where(answered, exacts, ~answerable)),
        f1=_percent(np.where(answered, f1s, ~answerable)),
        answerable_f1=_percent(np.where(answered, f1s, 0.0)[answerable]),
        unanswerable_refused=_percent(~answered[~answerable]),
        forced_exact=_percent(exacts[answerable]),
        forced_f1=_percent(f1s[answerable]),
    )


def best_threshold(margins: np.ndarray, scores: np.ndarray, unanswerable: np.ndarray) -> float:
    """The margin from which on to answer, for the largest sum of scores; -inf where answering everything is best.

    Arrays of shape (n,). As the official script does it: rows are answered one more at a time, the surest first.
    """
    order = np.argsort(-margins, kind="stable")
    gains = np.where(unanswerable, -1.0, scores)[order]
    totals = np.concatenate([[0.0], np.cumsum(gains)])
    # A threshold can only part rows whose margins differ.
    ranked = margins[order]
    possible = np.concatenate([[True], ranked[:-1] != ranked[1:], [True]]) if len(ranked) else np.array([True])
    count = int(np.argmax(np.where(possible, totals, -np.inf)))
    if count == len(ranked):
        return float("-inf")
    return float("inf") if count == 0 else float(ranked[count - 1])


def by_kind(rows: Sequence[Read]) -> dict[str, tuple[int, float, float]]:
    """Kind of question -> (answerable rows, exact and F1 when forced to answer)."""
    kinds = sorted({row.kind for row in rows if row.answerable})
    groups = {kind: [row for row in rows if row.answerable and row.kind == kind] for kind in kinds}
    return {
        kind: (len(group), _percent([row.exact for row in group]), _percent([row.f1 for row in group]))
        for kind, group in groups.items()
    }


def _percent(values: Sequence[float] | np.ndarray) -> float:
    return 100 * float(np.mean(values)) if len(values) else 0.0
