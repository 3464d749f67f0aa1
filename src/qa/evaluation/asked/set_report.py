"""Asked sets -> the report: by set, by kind of question, and the mean over sets; what was seen apart from what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from qa.evaluation.asked.end_to_end import AskedSet
from qa.evaluation.asked.resampling import intervals, means, resampled
from qa.evaluation.asked.set_measures import MEASURES
from qa.evaluation.calibration import calibration_error, equal_width
from qa.evaluation.outcome import Outcome
from qa.evaluation.report import percentile

Groups = Sequence[Sequence[Outcome]]
"""The questions of each set."""


def report(sets: Sequence[AskedSet]) -> dict[str, Any]:
    """The `new` sets and the `seen` ones, each None where there are none: no figure is of both."""
    return {name: _block([one for one in sets if one.seen is seen]) for name, seen in (("new", False), ("seen", True))}


def problems(sets: Sequence[AskedSet]) -> dict[str, list[str]]:
    """All that is wrong with each set, a line for each."""
    return {one.name: [f"{each.place}: {each.what}" for each in one.problems] for one in sets if one.problems}


def figures(groups: Groups) -> dict[str, Any]:
    """Every figure as the mean over `groups` of the group's own.

    A measure (shares of 0 to 1) has its `value`, the ends of its 95 % interval and the number of `questions` it is about;
    without any the first three are None. Calibration errors have no interval, since a bootstrap of them is biased upwards.
    Milliseconds are over all questions together.
    """
    rows = [outcome for group in groups for outcome in group]
    values, ends = means(groups, MEASURES), intervals(resampled(groups, MEASURES))
    times = [outcome.total_ms for outcome in rows]
    return {
        "questions": len(rows),
        "answerable": sum(outcome.answerable for outcome in rows),
        "measures": {
            measure.name: {
                "value": _defined(values[place]),
                "low": _defined(ends[place, 0]),
                "high": _defined(ends[place, 1]),
                "questions": sum(measure.of(outcome) for outcome in rows),
            }
            for place, measure in enumerate(MEASURES)
        },
        "calibration": {
            "best": _mean(
                [_error([(one.best_confidence, one.best_right) for one in group if one.best]) for group in groups]
            ),
            "decisions": _mean([_error([(one.confidence, one.right) for one in group]) for group in groups]),
        },
        "latency_ms": {"p50": percentile(times, 50), "p95": percentile(times, 95)},
    }


def _block(sets: Sequence[AskedSet]) -> dict[str, Any] | None:
    by_set = {one.name: one.outcomes for one in sets}
    if not by_set:
        return None
    return {
        "mean": figures(list(by_set.values())),
        "kinds": {kind: figures(groups) for kind, groups in _by_kind(by_set).items()},
        "sets": {name: figures([outcomes]) for name, outcomes in by_set.items()},
    }


def _by_kind(by_set: Mapping[str, Sequence[Outcome]]) -> dict[str, Groups]:
    """Answerable kinds first; the questions of the sets that have any of a kind."""
    rows = [outcome for outcomes in by_set.values() for outcome in outcomes]
    kinds = dict.fromkeys(outcome.kind for outcome in sorted(rows, key=lambda outcome: not outcome.answerable))
    groups = {
        kind: [[outcome for outcome in outcomes if outcome.kind == kind] for outcomes in by_set.values()]
        for kind in kinds
    }
    return {kind: [group for group in several if group] for kind, several in groups.items()}


def _error(decided: Sequence[tuple[float, bool]]) -> float | None:
    """The calibration error of confidences, each with whether it was right."""
    return calibration_error([confidence for confidence, _ in decided], [right for _, right in decided], equal_width)


def _mean(values: Sequence[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None


def _defined(value: float) -> float | None:
    return None if isnan(value) else float(value)
