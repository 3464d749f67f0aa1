"""Two runs over the same question sets: how much better is the second, and could that be chance?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path

from qa.evaluation.asked.resampling import intervals, means, resampled
from qa.evaluation.asked.saved_runs import Run
from qa.evaluation.asked.set_measures import MEASURES
from qa.evaluation.compare import Difference, Measure, paired
from qa.evaluation.outcome import Outcome
from qa.evaluation.question_errors import NothingToCompare

Pairs = Sequence[tuple[Outcome, Outcome]]
COMPARED = (*MEASURES, Measure("mean ms", lambda outcome: outcome.total_ms))


@dataclass(frozen=True, slots=True)
class Comparison:
    """`new` and `seen`: the differences of the means over the sets in both runs (none where there are no such sets).

    A set that either run has seen is a seen one. `only`: how many rows only the first has, and only the second.
    """

    new: tuple[Difference, ...]
    seen: tuple[Difference, ...]
    sets: dict[str, tuple[Difference, ...]]
    only: tuple[int, int]


def compare(first_file: Path, first: Run, second_file: Path, second: Run) -> Comparison:
    """Raises NothingToCompare when the runs have no set in common, or a row is another question."""
    others = {one.name: one for one in second.sets}
    both = [(one, others[one.name]) for one in first.sets if one.name in others]
    if not both:
        raise NothingToCompare(first_file, second_file, "they have no set in common")
    pairs = {one.name: paired(first_file, one.outcomes, second_file, other.outcomes) for one, other in both}
    seen = {one.name for one, other in both if one.seen or other.seen}
    rows = sum(len(several) for several in pairs.values())
    return Comparison(
        new=differences([several for name, several in pairs.items() if name not in seen]),
        seen=differences([several for name, several in pairs.items() if name in seen]),
        sets={name: differences([several]) for name, several in pairs.items()},
        only=(_rows(first) - rows, _rows(second) - rows),
    )


def differences(groups: Sequence[Pairs]) -> tuple[Difference, ...]:
    """Differences of the means over `groups` (each a set's pairs) of each measure that both runs define.

    `rows` are the questions that a measure is about in the first run: what is firm in one may be tentative in the other.
    """
    if not groups:
        return ()
    sides = [[[pair[side] for pair in pairs] for pairs in groups] for side in (0, 1)]
    first, second = (means(side, COMPARED) for side in sides)
    drawn = [resampled(side, COMPARED) for side in sides]
    ends = intervals(drawn[1] - drawn[0])
    rows = [outcome for group in sides[0] for outcome in group]
    return tuple(
        Difference(
            measure.name,
            sum(measure.of(outcome) for outcome in rows),
            float(first[place]),
            float(second[place]),
            float(second[place] - first[place]),
            float(ends[place, 0]),
            float(ends[place, 1]),
        )
        for place, measure in enumerate(COMPARED)
        if not isnan(first[place]) and not isnan(second[place])
    )


def _rows(run: Run) -> int:
    return sum(len(one.outcomes) for one in run.sets)
