"""Item F1: what counts as an item, and how missing and wrong ones count."""

from __future__ import annotations

import pytest

from qa.evaluation.asked.items import is_item, item_f1

WANTED = [["Ada Orla", "Ada"], ["Bo Verrall"], ["Cai"]]


@pytest.mark.parametrize(
    ("given", "score"),
    [
        (["Ada Orla", "Bo Verrall", "Cai"], 1.0),
        (["ADA", "bo verrall."], 0.8),
        (["Ada", "Bo Verrall", "Cai", "nobody", "nothing", "never"], 2 / 3),
        (["nobody"], 0.0),
        ([], 0.0),
    ],
)
def test_precision_and_recall_of_items(given: list[str], score: float) -> None:
    assert item_f1(given, WANTED) == pytest.approx(score)


def test_a_short_line_that_holds_an_item_is_one_and_a_paragraph_is_none() -> None:
    assert is_item("Bo Verrall, who plays the accordion", WANTED[1])
    assert not is_item("Bo Verrall " + "and so on " * 20, WANTED[1])
    assert not is_item("Bo", ["Bo Verrall of Skerrow Harbour"])
