"""The official figures by hand, and what must always hold of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation.official import best_with_threshold, official
from qa.evaluation.outcome import Outcome
from qa.evaluation.scores import exact, f1
from tests.unit.evaluation.made import outcome, spanned

texts = st.text(alphabet="abc the,.-\u00e9 \n", max_size=12)


def test_golds_without_words_are_no_golds_unless_all_are() -> None:
    assert exact("", ["the", "Oslo"]) == 0
    assert exact("", ["the"]) == 1
    assert f1("a", []) == 1


@given(texts, st.lists(texts, max_size=4))
def test_exact_is_never_above_f1_and_both_are_shares(answer: str, golds: list[str]) -> None:
    assert 0 <= exact(answer, golds) <= f1(answer, golds) <= 1


@given(texts, st.lists(texts, max_size=4), st.randoms())
def test_the_order_of_golds_does_not_matter(answer: str, golds: list[str], random: Any) -> None:
    shuffled = random.sample(golds, len(golds))
    assert (exact(answer, golds), f1(answer, golds)) == (exact(answer, shuffled), f1(answer, shuffled))


@given(texts, st.lists(texts, min_size=1, max_size=4))
def test_a_gold_answer_scores_full(answer: str, golds: list[str]) -> None:
    assert f1(answer, [*golds, answer]) == exact(answer, [*golds, answer]) or not answer.strip()


def test_by_hand() -> None:
    rows = [
        outcome(1),
        outcome(2, answer="Oslo, Norway", exact=0.0, f1=2 / 3, best_exact=0.0, best_f1=2 / 3, best_confidence=0.8),
        outcome(
            3, golds=(), answered=False, answer="", best="Bergen", best_confidence=0.3, best_exact=0.0, best_f1=0.0
        ),
        outcome(4, golds=(), answer="Bergen", exact=0.0, f1=0.0, best_confidence=0.7, best_exact=0.0, best_f1=0.0),
    ]
    assert official(rows) == {
        "exact": 50.0,
        "f1": pytest.approx(100 * (1 + 2 / 3 + 1) / 4),
        "total": 4,
        "HasAns_exact": 50.0,
        "HasAns_f1": pytest.approx(100 * (1 + 2 / 3) / 2),
        "HasAns_total": 2,
        "NoAns_exact": 50.0,
        "NoAns_f1": 50.0,
        "NoAns_total": 2,
        # Refusing all gives 2 of 4; answering row 1 gives 3; row 2 adds 0 (exact) or 2/3 (F1); rows 4 and 3 each take 1.
        "best_exact": 75.0,
        "best_exact_thresh": pytest.approx(0.1),
        "best_f1": pytest.approx(100 * (3 + 2 / 3) / 4),
        "best_f1_thresh": pytest.approx(0.2),
    }


def test_only_one_sort_of_row() -> None:
    found = official([outcome(1)])
    assert (found["HasAns_f1"], found["NoAns_f1"], found["NoAns_total"]) == (100.0, None, 0)
    assert official([])["f1"] is None


def test_refusing_everything_can_be_best() -> None:
    rows = [spanned(1, 0.9, None), spanned(2, 0.5, 1.0)]
    assert best_with_threshold(rows, lambda row: row.best_f1) == (50.0, 0.0)


def test_an_unanswerable_row_without_a_span_costs_nothing() -> None:
    rows = [outcome(1, golds=(), best="", best_confidence=0.0), spanned(2, 0.0, 1.0)]
    assert best_with_threshold(rows, lambda row: row.best_f1) == (100.0, 1.0)


rows_of_distinct_confidence = st.lists(
    st.tuples(st.integers(0, 1000), st.one_of(st.none(), st.floats(0, 1))),
    min_size=1,
    max_size=30,
    unique_by=lambda row: row[0],
).map(lambda rows: [spanned(number, place / 1000, score) for number, (place, score) in enumerate(rows)])


@given(rows_of_distinct_confidence, st.randoms())
def test_the_best_threshold_is_the_best_of_all_thresholds(rows: list[Outcome], random: Any) -> None:
    best, threshold = best_with_threshold(random.sample(rows, len(rows)), lambda row: row.best_f1)
    assert best is not None
    assert threshold is not None

    def mean(limit: float) -> float:
        kept = [1 - row.best_confidence <= limit for row in rows]
        scores = [
            (row.best_f1 if row.answerable else 0.0) if given_ else float(not row.answerable)
            for row, given_ in zip(rows, kept, strict=True)
        ]
        return 100 * sum(scores) / len(rows)

    assert best == pytest.approx(max(mean(limit) for limit in (-1.0, *(1 - row.best_confidence for row in rows))))
    assert 0 <= best <= 100
