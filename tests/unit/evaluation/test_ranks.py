from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation.ranks import mean_reciprocal_rank, rank_of_right, recall_at
from qa.evaluation.squad_rows import Gold
from tests.unit.evaluation.made import passage

ranks = st.lists(st.one_of(st.none(), st.integers(1, 20)), min_size=1)


@pytest.mark.parametrize(
    ("gold", "path", "rank"),
    [
        (Gold("Oslo", 10), "b.txt", 3),  # overlaps 8..20 of the right document; the second stands before it
        (Gold("Oslo", 7), "b.txt", 2),  # its last characters reach into the passage 0..8
        (Gold("Oslo", 50), "b.txt", None),
        (Gold("Oslo"), "b.txt", 3),  # by its words, in the right document only
        (Gold("the OSLO."), None, 1),  # by its words, anywhere
        (Gold("Osl"), None, None),  # no part of a word
        (Gold("the"), None, None),  # nothing is left of it in normal form
        (Gold("Oslo", 0), None, 1),  # a place in a document that is not known is no place
    ],
)
def test_rank_by_hand(gold: Gold, path: str | None, rank: int | None) -> None:
    passages = [passage("a.txt", "It is Oslo."), passage("b.txt", "Nothing!"), passage("b.txt", "Oslo is here", 8)]
    assert rank_of_right(passages, [gold], path) == rank


def test_no_gold_no_rank() -> None:
    assert rank_of_right([passage("a.txt", "Oslo")], [], "a.txt") is None


def test_recall_and_mrr_by_hand() -> None:
    found = [1, 2, None, 4]
    assert [recall_at(found, cutoff) for cutoff in (1, 3, 5)] == [0.25, 0.5, 0.75]
    assert mean_reciprocal_rank(found) == pytest.approx((1 + 1 / 2 + 1 / 4) / 4)
    assert recall_at([], 1) is None
    assert mean_reciprocal_rank([]) is None


@given(ranks, st.randoms())
def test_always(found: list[int | None], random: Any) -> None:
    recalls = [recall_at(found, cutoff) for cutoff in (1, 3, 5, 10)]
    mrr = mean_reciprocal_rank(random.sample(found, len(found)))
    assert recalls == sorted(recalls, key=lambda recall: recall or 0)
    assert mrr is not None
    assert (recalls[0] or 0) - 1e-9 <= mrr <= 1
    assert mrr == pytest.approx(mean_reciprocal_rank(found))
