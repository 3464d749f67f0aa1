from __future__ import annotations

import pytest

from qa.training.reader.squad_measures import Read, by_kind, measure


def test_hand_computed_scores_at_the_best_threshold() -> None:
    rows = [
        Read(True, exact=1, f1=1, margin=5, kind="who"),
        Read(False, exact=0, f1=0, margin=3),
        Read(True, exact=0, f1=0.5, margin=2, kind="who"),
        Read(False, exact=0, f1=0, margin=-1),
        Read(True, exact=0, f1=0, margin=-4, kind="what"),
    ]
    # Answering only the first row scores 1 + 1 + 0 + 1 + 0 of 5; the first three, 1 + 0 + 0.5 + 1 + 0.
    found = measure(rows)
    assert found.threshold == 5
    assert found.f1 == pytest.approx(60)
    assert found.exact == pytest.approx(60)
    assert found.answerable_f1 == pytest.approx(100 / 3)
    assert found.unanswerable_refused == pytest.approx(100)
    assert found.forced_f1 == pytest.approx(50)
    assert found.forced_exact == pytest.approx(100 / 3)
    assert by_kind(rows) == {"what": (1, 0.0, 0.0), "who": (2, 50.0, 75.0)}


def test_rows_of_one_margin_are_answered_together_or_not_at_all() -> None:
    rows = [Read(True, 1, 1, margin=2), Read(False, 0, 0, margin=2), Read(False, 0, 0, margin=2)]
    found = measure(rows)
    assert found.threshold is None
    assert found.unanswerable_refused == 100


def test_everything_is_answered_where_everything_can_be() -> None:
    found = measure([Read(True, 0, 0.4, margin=-9), Read(True, 1, 1, margin=1)])
    assert found.f1 == pytest.approx(70)
    assert found.f1 == found.forced_f1
