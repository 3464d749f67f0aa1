"""The official SQuAD 2.0 measures over many rows (evaluate-v2.0.py, Rajpurkar et al. 2018), in percent, under its names.

The script's probability of "no answer" is here 1 - the best span's confidence. Its `exact` and `f1` are those of the
decisions as they were made; `best_exact` and `best_f1` sweep the threshold over all rows and give the best there is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from qa.evaluation.outcome import Outcome


def official(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures of SQuAD's official script; None where there are no rows of that sort."""
    answerable = [outcome for outcome in outcomes if outcome.answerable]
    unanswerable = [outcome for outcome in outcomes if not outcome.answerable]
    best_exact, exact_threshold = best_with_threshold(outcomes, lambda outcome: outcome.best_exact)
    best_f1, f1_threshold = best_with_threshold(outcomes, lambda outcome: outcome.best_f1)
    return {
        **_scores("", outcomes),
        **_scores("HasAns_", answerable),
        **_scores("NoAns_", unanswerable),
        "best_exact": best_exact,
        "best_exact_thresh": exact_threshold,
        "best_f1": best_f1,
        "best_f1_thresh": f1_threshold,
    }


def best_with_threshold(
    outcomes: Sequence[Outcome], score: Callable[[Outcome], float]
) -> tuple[float | None, float | None]:
    """The script's `find_best_thresh`: the best mean score in percent, and the threshold on the no-answer probability.

    A row is answered when its probability of "no answer" is at most the threshold. It starts from refusing everything
    (every unanswerable row scores 1) and answers one more row at a time, the surest first: an answerable row adds its
    score, an unanswerable one that gets an answer takes 1 away. As in the script, rows of one probability are taken one
    by one in their order.
    """
    if not outcomes:
        return None, None
    current = best = float(sum(not outcome.answerable for outcome in outcomes))
    threshold = 0.0
    for outcome in sorted(outcomes, key=lambda outcome: 1 - outcome.best_confidence):
        if outcome.answerable:
            current += score(outcome)
        elif outcome.best:
            current -= 1
        if current > best:
            best, threshold = current, 1 - outcome.best_confidence
    return 100 * best / len(outcomes), threshold


def _scores(prefix: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    count = len(outcomes)
    return {
        f"{prefix}exact": 100 * sum(outcome.exact for outcome in outcomes) / count if count else None,
        f"{prefix}f1": 100 * sum(outcome.f1 for outcome in outcomes) / count if count else None,
        f"{prefix}total": count,
    }
