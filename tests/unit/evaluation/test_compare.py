from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.evaluation.compare import Measure, bootstrap_interval, differences, paired
from qa.evaluation.question_errors import NothingToCompare
from tests.unit.evaluation.made import outcome

A, B = Path("a.jsonl"), Path("b.jsonl")
F1 = Measure("F1", lambda outcome: 100 * outcome.f1)


def test_pairs_are_the_rows_in_both() -> None:
    first, second = [outcome(1), outcome(2, f1=0.0), outcome(3)], [outcome(3, f1=0.5), outcome(2), outcome(9)]
    pairs = paired(A, first, B, second)
    assert [(one.id, one.f1, other.f1) for one, other in pairs] == [("2", 0.0, 1.0), ("3", 1.0, 0.5)]


def test_no_row_in_common_or_other_rows() -> None:
    with pytest.raises(NothingToCompare, match="no row in common"):
        paired(A, [outcome(1)], B, [outcome(2)])
    with pytest.raises(NothingToCompare, match='the row "1" is not the same'):
        paired(A, [outcome(1)], B, [outcome(1, question="Who?")])


def test_difference_by_hand() -> None:
    pairs = [(outcome(n, f1=0.5), outcome(n, f1=1.0 if n % 2 else 0.5)) for n in range(100)]
    (found,) = differences(pairs, [F1])
    assert (found.rows, found.first, found.second, found.difference) == (100, 50.0, 75.0, 25.0)
    # The mean of 100 draws of 0 or 50 has a standard deviation of 2.5, so 95 % of them lie within about 4.9.
    assert found.low == pytest.approx(25 - 4.9, abs=0.6)
    assert found.high == pytest.approx(25 + 4.9, abs=0.6)
    assert found.certain


def test_the_same_twice_differs_by_nothing() -> None:
    rows = [outcome(n, golds=() if n % 2 else ("Oslo",)) for n in range(4)]
    found = differences(list(zip(rows, rows, strict=True)))
    assert found
    assert all((each.low, each.difference, each.high, each.certain) == (0, 0, 0, False) for each in found)


def test_measures_of_rows_that_are_not_there_are_left_out() -> None:
    names = [each.name for each in differences([(outcome(1), outcome(1))])]
    assert "answerable F1" in names
    assert "no answer F1" not in names


def test_recall_is_not_compared_with_a_run_that_retrieved_nothing() -> None:
    names = [each.name for each in differences([(outcome(1), outcome(1, rank=None))], retrieved=False)]
    assert "F1" in names
    assert not {"recall@1", "recall@10", "MRR"} & set(names)


def test_the_same_seed_gives_the_same_interval() -> None:
    changes = np.random.default_rng(1).normal(size=500)
    assert bootstrap_interval(changes) == bootstrap_interval(changes)


@settings(max_examples=25)
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=40))
def test_the_interval_lies_within_the_changes(changes: list[float]) -> None:
    low, high = bootstrap_interval(np.array(changes), resamples=200)
    assert min(changes) - 1e-9 <= low <= high <= max(changes) + 1e-9
