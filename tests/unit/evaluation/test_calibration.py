"""Calibration error and risk by hand, and what must always hold of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation.calibration import Bin, brier, calibration_error, equal_mass, equal_width, reliability
from qa.evaluation.coverage import area_under, coverage_at_risk, risk_coverage

rows = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def test_equal_width_by_hand() -> None:
    assert equal_width([0.0, 0.49, 0.5, 0.99, 1.0], 2) == [0, 0, 1, 1, 1]
    confidences, right = [0.1, 0.3, 0.8, 1.0], [False, True, True, True]
    assert reliability(confidences, right, equal_width, 2) == [
        Bin(2, pytest.approx(0.2), 0.5),
        Bin(2, pytest.approx(0.9), 1.0),
    ]
    assert calibration_error(confidences, right, equal_width, 2) == pytest.approx(0.5 * 0.3 + 0.5 * 0.1)


def test_equal_mass_by_hand() -> None:
    assert equal_mass([0.9, 0.1, 0.91, 0.92], 2) == [0, 0, 1, 1]
    assert equal_mass([0.5] * 4, 2) == [0, 0, 0, 0]
    error = calibration_error([0.9, 0.1, 0.91, 0.93], [True, False, False, True], equal_mass, 2)
    assert error == pytest.approx(0.5 * abs(0.5 - 0.5) + 0.5 * abs(0.5 - 0.92))


def test_brier_by_hand() -> None:
    assert brier([0.8, 0.4], [True, False]) == pytest.approx((0.04 + 0.16) / 2)
    assert brier([], []) is None


@pytest.mark.parametrize("binning", [equal_width, equal_mass])
def test_no_rows_no_error(binning: Any) -> None:
    assert calibration_error([], [], binning) is None


@pytest.mark.parametrize("binning", [equal_width, equal_mass])
@given(rows=rows, random=st.randoms())
def test_a_share_whatever_the_order(binning: Any, rows: list[tuple[float, bool]], random: Any) -> None:
    errors = [
        calibration_error([confidence for confidence, _ in order], [hit for _, hit in order], binning)
        for order in (rows, random.sample(rows, len(rows)))
    ]
    assert errors[0] is not None
    assert 0 <= errors[0] <= 1
    assert errors[1] == pytest.approx(errors[0])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=100, unique=True))
def test_bins_of_equal_mass_are_of_equal_size(confidences: list[float]) -> None:
    sizes = [equal_mass(confidences, 5).count(place) for place in range(5)]
    assert max(sizes) - min(sizes) <= 1


def test_risk_by_hand() -> None:
    points = risk_coverage([0.6, 0.9, 0.8, 0.7], [True, True, False, False])
    assert points == pytest.approx([(0.25, 0.0), (0.5, 0.5), (0.75, 2 / 3), (1.0, 0.5)])
    assert area_under(points) == pytest.approx((0 + 1 / 2 + 2 / 3 + 1 / 2) / 4)
    assert coverage_at_risk(points, 0.1) == 0.25
    assert coverage_at_risk(points, 0.5) == 1.0


def test_rows_of_one_confidence_share_their_wrong_ones() -> None:
    assert risk_coverage([0.5, 0.5], [True, False]) == pytest.approx([(0.5, 0.5), (1.0, 0.5)])


def test_no_rows_no_risk() -> None:
    assert risk_coverage([], []) == []
    assert area_under([]) is None
    assert coverage_at_risk([], 0.5) == 0.0


@given(rows=rows, random=st.randoms())
def test_risk_is_a_share_whatever_the_order(rows: list[tuple[float, bool]], random: Any) -> None:
    first, second = (
        risk_coverage([confidence for confidence, _ in order], [hit for _, hit in order])
        for order in (rows, random.sample(rows, len(rows)))
    )
    assert all(0 <= risk <= 1 and 0 < coverage <= 1 for coverage, risk in first)
    assert [risk for _, risk in first] == pytest.approx([risk for _, risk in second])
    assert first[-1] == pytest.approx((1.0, sum(not hit for _, hit in rows) / len(rows)))
