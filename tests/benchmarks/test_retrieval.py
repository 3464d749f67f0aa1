"""The retrieval target on the open half: pytest -m benchmark tests/benchmarks/test_retrieval.py -s"""

from __future__ import annotations

from typing import Any

import pytest

from qa.evaluation.retrieval import compare_fusions

pytestmark = pytest.mark.benchmark


def test_the_right_paragraph_is_first_and_among_the_first_five(squad: list[dict[str, Any]]) -> None:
    found = compare_fusions(squad)
    for name, recall in found.items():
        print(f"\n{name:<26}{recall}", end="")
    shipped, dense, words = (found[name] for name in ("share of best, 0.6 dense", "dense alone", "BM25 alone (FTS5)"))
    assert shipped.at[0] >= 0.80
    assert shipped.at[2] >= 0.95
    assert shipped.at[0] > max(dense.at[0], words.at[0])
