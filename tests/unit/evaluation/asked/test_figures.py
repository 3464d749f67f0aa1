"""Measures by hand, and what must always hold of means, intervals and reports."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.answers import Certainty
from qa.evaluation.asked.end_to_end import AskedSet
from qa.evaluation.asked.resampling import intervals, means, resampled
from qa.evaluation.asked.set_measures import MEASURES
from qa.evaluation.asked.set_report import figures, report
from qa.evaluation.outcome import Outcome
from tests.unit.evaluation.made import outcome

FIRM, TENTATIVE = Certainty.FIRM, Certainty.TENTATIVE
WRONG = {"best": "Rome", "best_f1": 0.0, "best_exact": 0.0, "f1": 0.0, "exact": 0.0}


def given_(number: int, certainty: Certainty = FIRM, **values: Any) -> Outcome:
    """An answer that is right, unless `values` say otherwise."""
    return outcome(number, certainty=certainty, **values)


def refused(number: int, confidence: float = 0.6, **values: Any) -> Outcome:
    """A refusal although the best candidate is right, unless `values` say otherwise."""
    nothing: dict[str, Any] = {"answered": False, "answer": "", "f1": 0.0, "exact": 0.0}
    return outcome(number, confidence=confidence, **{**nothing, **values})


def unanswerable(one: Outcome) -> Outcome:
    values = {**asdict(one), "golds": (), "best_f1": 0.0, "best_exact": 0.0, "rank": None}
    return Outcome(**{**values, "f1": float(not one.answered), "exact": float(not one.answered)})


def asked_set(name: str, outcomes: list[Outcome], *, seen: bool = False) -> AskedSet:
    return AskedSet(name, seen, len(outcomes), 1, (), tuple(outcomes))


def values(*groups: list[Outcome]) -> dict[str, float | None]:
    return {name: found["value"] for name, found in figures(groups)["measures"].items()}


def test_measures_by_hand() -> None:
    rows = [
        given_(0, rank=1),
        given_(1, rank=3, f1=0.5, best_f1=0.5, exact=0.0, best_exact=0.0),
        given_(2, rank=50, **WRONG),
        given_(3, TENTATIVE, rank=None, **WRONG),
        given_(4, TENTATIVE, rank=2),
        refused(5, 0.6, rank=8),
        refused(6, 0.8, rank=51, **WRONG),
        unanswerable(given_(7)),
        unanswerable(given_(8, TENTATIVE)),
        unanswerable(refused(9, 0.9)),
        unanswerable(refused(10, 0.5)),
        unanswerable(refused(11, 0.5)),
    ]
    assert values(rows) == {
        "recall@1": pytest.approx(1 / 7),
        "recall@3": pytest.approx(3 / 7),
        "recall@8": pytest.approx(4 / 7),
        "recall@50": pytest.approx(5 / 7),
        "forced F1": pytest.approx(3.5 / 7),
        "forced EM": pytest.approx(3 / 7),
        "F1": pytest.approx(2.5 / 7),
        "firm precision": pytest.approx(2 / 4),
        "tentative precision": pytest.approx(1 / 3),
        "answerable firm": pytest.approx(3 / 7),
        "answerable tentative": pytest.approx(2 / 7),
        "answerable refused": pytest.approx(2 / 7),
        "unanswerable firm": pytest.approx(1 / 5),
        "unanswerable tentative": pytest.approx(1 / 5),
        "unanswerable refused": pytest.approx(3 / 5),
        "unanswerable not firm": pytest.approx(4 / 5),
        "found but refused": pytest.approx(1 / 4),
        "sure refusals wrong": pytest.approx(1 / 2),
        "score": pytest.approx((3 - 0.5 - 0.25 - 0.5 - 0.25) / 12),
    }


def test_no_answer_is_right_where_the_official_script_takes_words_away() -> None:
    # "-A" has no words in normal form, so a refusal would have an F1 of 1.
    found = values([refused(0, golds=("-A",), best="", f1=1.0, best_f1=1.0)])
    assert (found["F1"], found["forced F1"], found["found but refused"], found["score"]) == (0.0, 0.0, None, 0.0)
    assert values([unanswerable(given_(1, answer="the"))])["score"] == -0.5


def test_what_a_measure_is_not_about_has_no_value() -> None:
    found = figures([[unanswerable(refused(0))]])
    nothing = {"value": None, "low": None, "high": None, "questions": 0}
    assert found["measures"]["recall@8"] == nothing
    assert found["measures"]["firm precision"] == nothing
    assert found["measures"]["unanswerable refused"] == {"value": 1.0, "low": 1.0, "high": 1.0, "questions": 1}


def test_every_set_counts_alike() -> None:
    large, small = [given_(n) for n in range(9)], [given_(n, **WRONG) for n in range(3)]
    assert values(large, small)["firm precision"] == 0.5
    # A set without any of what a measure is about does not count.
    assert values(large, small, [refused(0)])["firm precision"] == 0.5


def test_calibration_by_hand() -> None:
    rows = [
        given_(0, confidence=0.95, best_confidence=0.95),
        refused(1, 0.95, best_confidence=0.05, **WRONG),
        unanswerable(refused(2, 0.95, best="", best_confidence=0.0)),
    ]
    found = figures([rows])["calibration"]
    assert found["best"] == pytest.approx((0.05 + 0.05) / 2)
    assert found["decisions"] == pytest.approx(abs(2 / 3 - 0.95))


one_row = st.builds(
    lambda kind, right, sure, rank: (
        {
            "firm": given_(0, rank=rank),
            "tentative": given_(0, TENTATIVE, rank=rank),
            "wrong": given_(0, rank=rank, **WRONG),
            "refused": refused(0, sure, rank=rank),
            "nothing": refused(0, sure, best="", best_confidence=0.0),
        }[kind]
        if right
        else unanswerable(given_(0) if kind == "firm" else refused(0, sure))
    ),
    st.sampled_from(["firm", "tentative", "wrong", "refused", "nothing"]),
    st.booleans(),
    st.floats(0, 1),
    st.none() | st.integers(1, 60),
)
some_groups = st.lists(st.lists(one_row, min_size=1, max_size=12), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(groups=some_groups)
def test_what_always_holds(groups: list[list[Outcome]]) -> None:
    found = values(*groups)
    recalls = [found[f"recall@{cutoff}"] for cutoff in (1, 3, 8, 50)]
    assert recalls == sorted(recalls, key=lambda value: value or 0.0)
    for side in ("answerable", "unanswerable"):
        shares = [found[f"{side} {how}"] for how in ("firm", "tentative", "refused")]
        assert shares == [None] * 3 or sum(shares) == pytest.approx(1.0)  # type: ignore[arg-type]
    assert all(value is None or -0.5 <= value <= 1 + 1e-9 for value in found.values())


@settings(max_examples=40, deadline=None)
@given(groups=some_groups)
def test_intervals_are_the_same_twice_and_hold_what_cannot_vary(groups: list[list[Outcome]]) -> None:
    first, second = (resampled(groups, MEASURES, resamples=50) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    ends = intervals(first)
    defined = ~np.isnan(ends[:, 0])
    assert (ends[defined, 0] <= ends[defined, 1]).all()
    same = [[group[0]] * len(group) for group in groups]
    drawn, expected = resampled(same, MEASURES, resamples=20), means(same, MEASURES)
    np.testing.assert_allclose(drawn, np.broadcast_to(expected, drawn.shape))


def test_an_interval_is_about_as_wide_as_the_normal_approximation() -> None:
    rows = [given_(n, **(WRONG if n % 2 else {})) for n in range(400)]
    (precision,) = [n for n, measure in enumerate(MEASURES) if measure.name == "firm precision"]
    low, high = intervals(resampled([rows], MEASURES))[precision]
    assert (low, high) == pytest.approx((0.5 - 1.96 * 0.025, 0.5 + 1.96 * 0.025), abs=0.01)
    # Two sets of the same halve the variance.
    low, high = intervals(resampled([rows, rows], MEASURES))[precision]
    assert high - low == pytest.approx(2 * 1.96 * 0.025 / 2**0.5, abs=0.01)


def test_blocks_of_draws_make_no_difference_to_what_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [given_(n, **(WRONG if n % 3 else {})) for n in range(30)]
    whole = intervals(resampled([rows], MEASURES))
    monkeypatch.setattr("qa.evaluation.asked.resampling._AT_A_TIME", 100)
    np.testing.assert_allclose(intervals(resampled([rows], MEASURES)), whole)


def test_seen_sets_are_a_block_of_their_own_and_in_no_mean_of_the_new() -> None:
    new, seen = [given_(n) for n in range(4)], [given_(n, **WRONG) for n in range(4)]
    found = report([asked_set("news", new), asked_set("office", seen, seen=True)])
    assert list(found["new"]["sets"]) == ["news"]
    assert list(found["seen"]["sets"]) == ["office"]
    assert found["new"]["mean"]["measures"]["firm precision"]["value"] == 1.0
    assert found["seen"]["mean"]["measures"]["firm precision"]["value"] == 0.0
    assert found["new"] == report([asked_set("news", new)])["new"]
    assert report([asked_set("office", seen, seen=True)])["new"] is None


def test_kinds_are_means_over_the_sets_that_have_them_answerable_ones_first() -> None:
    one = [unanswerable(refused(0, kind="near-miss")), given_(1, kind="table"), given_(2, kind="answerable")]
    other = [unanswerable(given_(0, kind="near-miss")), given_(1, kind="answerable", **WRONG)]
    kinds = report([asked_set("one", one), asked_set("other", other)])["new"]["kinds"]
    assert list(kinds) == ["table", "answerable", "near-miss"]
    assert kinds["near-miss"]["measures"]["unanswerable refused"]["value"] == 0.5
    assert kinds["table"]["measures"]["forced F1"] == {"value": 1.0, "low": 1.0, "high": 1.0, "questions": 1}
