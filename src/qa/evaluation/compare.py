"""Two saved runs over the same rows: how much better is the second, and could that be chance?

The interval is a paired bootstrap (Efron & Tibshirani 1993, section 13.3): rows are drawn with replacement, a row's two
results always together, and the 2.5 and 97.5 percentiles of the mean difference are taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qa.evaluation.outcome import Outcome
from qa.evaluation.question_errors import NothingToCompare

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RESAMPLES = 10_000
SEED = 0
_AT_A_TIME = 2_000_000
"""Draws held in memory at once."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that is the mean of something about each row; `of` says which rows it is about.

    `of_retrieval`: it means nothing where the passage was given.
    """

    name: str
    value: Callable[[Outcome], float]
    of: Callable[[Outcome], bool] = lambda outcome: True
    of_retrieval: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """`second - first` over `rows` shared rows, and its 95 % interval."""

    name: str
    rows: int
    first: float
    second: float
    difference: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """The interval does not hold 0."""
        return self.low > 0 or self.high < 0


def answerable(outcome: Outcome) -> bool:
    return outcome.answerable


def unanswerable(outcome: Outcome) -> bool:
    return not outcome.answerable


def recall(cutoff: int) -> Measure:
    """Whether a right passage is among the first `cutoff`."""
    return Measure(
        f"recall@{cutoff}",
        lambda outcome: float(outcome.rank is not None and outcome.rank <= cutoff),
        answerable,
        of_retrieval=True,
    )


MEASURES = (
    Measure("EM", lambda outcome: 100 * outcome.exact),
    Measure("F1", lambda outcome: 100 * outcome.f1),
    Measure("answerable EM", lambda outcome: 100 * outcome.exact, answerable),
    Measure("answerable F1", lambda outcome: 100 * outcome.f1, answerable),
    Measure("no answer F1", lambda outcome: 100 * outcome.f1, unanswerable),
    Measure("best span F1", lambda outcome: 100 * outcome.best_f1, answerable),
    *(recall(cutoff) for cutoff in (1, 5, 10)),
    Measure("MRR", lambda outcome: 1 / outcome.rank if outcome.rank else 0.0, answerable, of_retrieval=True),
    Measure("right decisions", lambda outcome: float(outcome.right)),
    Measure("Brier score", lambda outcome: (outcome.confidence - outcome.right) ** 2),
    Measure("refused", lambda outcome: float(not outcome.answered)),
    Measure("mean ms", lambda outcome: outcome.total_ms),
)


def paired(
    first_file: Path, first: Sequence[Outcome], second_file: Path, second: Sequence[Outcome]
) -> list[tuple[Outcome, Outcome]]:
    """The rows in both runs, by id. Raises NothingToCompare when there are none, or when a row is another question."""
    of_second = {outcome.id: outcome for outcome in second}
    pairs = [(outcome, of_second[outcome.id]) for outcome in first if outcome.id in of_second]
    if not pairs:
        raise NothingToCompare(first_file, second_file, "they have no row in common")
    for one, other in pairs:
        if (one.question, one.golds) != (other.question, other.golds):
            raise NothingToCompare(first_file, second_file, f'the row "{one.id}" is not the same in both')
    return pairs


def differences(
    pairs: Sequence[tuple[Outcome, Outcome]],
    measures: Sequence[Measure] = MEASURES,
    *,
    retrieved: bool = True,
    resamples: int = RESAMPLES,
) -> list[Difference]:
    """One Difference per measure that is about any of the rows. `retrieved`: no run had its passages given."""
    import numpy as np

    found = []
    for measure in measures:
        if measure.of_retrieval and not retrieved:
            continue
        values = np.array([(measure.value(one), measure.value(other)) for one, other in pairs if measure.of(one)])
        if not len(values):
            continue
        first, second = values.mean(axis=0)
        changes = values[:, 1] - values[:, 0]
        low, high = bootstrap_interval(changes, resamples=resamples)
        found.append(
            Difference(measure.name, len(values), float(first), float(second), float(changes.mean()), low, high)
        )
    return found


def bootstrap_interval(
    changes: NDArray[np.float64], *, resamples: int = RESAMPLES, seed: int = SEED
) -> tuple[float, float]:
    """The 95 % percentile interval of the mean of `changes`, shape (n,). The same seed gives the same draws."""
    import numpy as np

    if not changes.any():
        return 0.0, 0.0
    rng = np.random.default_rng(seed)
    count = len(changes)
    block = max(1, _AT_A_TIME // count)
    means = np.concatenate(
        [
            changes[rng.integers(0, count, size=(min(block, resamples - done), count))].mean(axis=1)
            for done in range(0, resamples, block)
        ]
    )
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)
