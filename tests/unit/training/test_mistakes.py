"""How answers go wrong."""

from __future__ import annotations

import pytest

from qa.training.reader.error_analysis import SpanMatch, place_of, table
from qa.training.reader.squad_measures import Read

CONTEXT = "The lease runs for 49 years from 1994, says the treaty."


def at(words: str) -> tuple[int, int]:
    start = CONTEXT.index(words)
    return start, start + len(words)


@pytest.mark.parametrize(
    ("span", "place"),
    [
        ("49 years", SpanMatch.EXACT),
        ("for 49 years from 1994", SpanMatch.OVER),
        ("49", SpanMatch.SHORT),
        ("1994", SpanMatch.ELSEWHERE),
        ("The lease", SpanMatch.ELSEWHERE),
    ],
)
def test_a_span_is_placed_by_what_it_shares_with_the_gold_answer(span: str, place: SpanMatch) -> None:
    assert place_of(CONTEXT, at(span), [at("49 years")]) is place


def test_the_gold_answer_that_shares_most_counts() -> None:
    assert place_of(CONTEXT, at("for 49 years"), [at("49"), at("runs for 49 years")]) is SpanMatch.SHORT


def test_exact_means_the_same_words_without_articles() -> None:
    assert place_of(CONTEXT, at("the treaty"), [at("treaty")]) is SpanMatch.EXACT


def test_no_span_is_in_the_wrong_place() -> None:
    assert place_of(CONTEXT, (0, 0), [at("49 years")]) is SpanMatch.ELSEWHERE


def test_the_table_counts_what_the_threshold_makes_of_each_row() -> None:
    rows = [
        Read(True, 1.0, 1.0, 3.0, "when", SpanMatch.EXACT),
        Read(True, 1.0, 1.0, 1.0, "when", SpanMatch.EXACT),
        Read(True, 0.0, 0.5, 4.0, "who", SpanMatch.OVER),
        Read(False, 0.0, 0.0, 5.0, "who"),
        Read(False, 0.0, 0.0, 0.0, "who"),
    ]
    lines = {line.split("  ")[0]: line.split()[-9:] for line in table(rows, 2.0).splitlines()[1:]}
    assert lines == {
        "when": ["2", "1", "0", "0", "0", "1", "0", "0", "0"],
        "who": ["1", "0", "1", "0", "0", "0", "2", "1", "1"],
        "all": ["3", "1", "1", "0", "0", "1", "2", "1", "1"],
    }
