"""Means over question sets, and how much they would differ with other questions.

A measure's mean over sets is the mean of the sets' own means: every set counts alike, as a user's folder is like one of them
and not like their sum. The interval is a bootstrap stratified by set (Efron & Tibshirani 1993, section 13.3): within every set
its questions are drawn with replacement, and the 2.5 and 97.5 percentiles of the means are taken. It says nothing about other
sets of documents, which differ more than questions do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.evaluation.compare import SEED, Measure
from qa.evaluation.outcome import Outcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RESAMPLES = 2_000
_AT_A_TIME = 2_000_000
"""Draws held in memory at once."""


def means(groups: Sequence[Sequence[Outcome]], measures: Sequence[Measure]) -> Floats:
    """The mean over `groups` (the questions of each set) of each measure, shape (measures,); NaN where it is about none."""
    return _over_groups([_ratios(_values(group, measures).sum(axis=0)) for group in groups])


def resampled(
    groups: Sequence[Sequence[Outcome]], measures: Sequence[Measure], *, resamples: int = RESAMPLES, seed: int = SEED
) -> Floats:
    """`means` of that many drawings, shape (resamples, measures).

    The same seed draws the same places in every group. So of two runs over the same rows the difference of what this gives
    is that of a paired bootstrap.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    return _over_groups([_drawn(_values(group, measures), rng, resamples) for group in groups])


def intervals(drawn: Floats) -> Floats:
    """The 95 % intervals of shape (measures, 2) of what `resampled` gives; NaN where a measure was about no question."""
    import numpy as np

    ends = np.full((drawn.shape[1], 2), np.nan)
    for place, column in enumerate(drawn.T):
        defined = column[~np.isnan(column)]
        if len(defined):
            ends[place] = np.percentile(defined, (2.5, 97.5))
    return ends


def _values(group: Sequence[Outcome], measures: Sequence[Measure]) -> Floats:
    """For each question the value of each measure, then whether that is about it (else the value is 0): (n, 2, measures)."""
    import numpy as np

    made = np.zeros((len(group), 2, len(measures)))
    for row, outcome in enumerate(group):
        for column, measure in enumerate(measures):
            if measure.of(outcome):
                made[row, :, column] = measure.value(outcome), 1.0
    return made


def _drawn(values: Floats, rng: np.random.Generator, resamples: int) -> Floats:
    """The measures' means over drawings of the rows of `values`, shape (resamples, measures)."""
    import numpy as np

    count, _, measures = values.shape
    if not count:
        return np.full((resamples, measures), np.nan)
    flat = values.reshape(count, -1)
    found = []
    for done in range(0, resamples, block := max(1, _AT_A_TIME // count)):
        size = min(block, resamples - done)
        places = rng.integers(0, count, size=(size, count)) + count * np.arange(size)[:, None]
        # How often each row was drawn: one product of matrices then gives all sums.
        times = np.bincount(places.ravel(), minlength=size * count).reshape(size, count)
        found.append(_ratios((times @ flat).reshape(size, 2, measures)))
    return np.concatenate(found)


def _ratios(sums: Floats) -> Floats:
    """(..., 2, measures) -> (..., measures): sums of values by numbers of questions."""
    return _divided(sums[..., 0, :], sums[..., 1, :])


def _over_groups(found: Sequence[Floats]) -> Floats:
    """The mean over the groups in which a measure is defined; NaN where it is in none."""
    import numpy as np

    stacked = np.stack(found)
    defined = ~np.isnan(stacked)
    return _divided(np.where(defined, stacked, 0.0).sum(axis=0), defined.sum(axis=0).astype(float))


def _divided(total: Floats, number: Floats) -> Floats:
    """NaN where it would be divided by 0."""
    import numpy as np

    found: Floats = np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)
    return found
