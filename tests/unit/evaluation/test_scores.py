from __future__ import annotations

import pytest

from qa.evaluation.scores import exact, f1


@pytest.mark.parametrize(
    ("answer", "golds", "em", "overlap"),
    [
        ("49 years", ["49 years"], 1, 1.0),
        ("The 49 years.", ["49 years"], 1, 1.0),
        ("another 49 years", ["49 years"], 0, 0.8),
        ("years", ["49 years", "2009"], 0, 2 / 3),
        ("Oslo", ["Bergen"], 0, 0.0),
        ("the", ["a"], 1, 1.0),
        ("", [], 1, 1.0),
        ("Oslo", [], 0, 0.0),
    ],
)
def test_scores_by_hand(answer: str, golds: list[str], em: int, overlap: float) -> None:
    assert exact(answer, golds) == em
    assert f1(answer, golds) == pytest.approx(overlap)
