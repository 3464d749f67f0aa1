from __future__ import annotations

from pathlib import Path

import pytest

from qa.training.data.training_rows import preferred, read_prepared, trimmed, write_rows


@pytest.mark.parametrize(
    ("context", "span", "kept"),
    [
        ("in Tashkent, then", "Tashkent,", "Tashkent"),
        ('the "Silk Road" is', '"Silk Road"', '"Silk Road"'),
        ('he said "Silk Road', '"Silk Road', "Silk Road"),
        ("a poet (1441-1501) of", "poet (1441-1501)", "poet (1441-1501)"),
        ("(Alisher) Navoi)", "Navoi)", "Navoi"),
        ("under the U.S.", "U.S.", "U.S."),
        ("It is in Osh.", "Osh.", "Osh"),
    ],
)
def test_an_answer_loses_stray_marks_only(context: str, span: str, kept: str) -> None:
    start = context.index(span)
    first, last = trimmed(context, start, start + len(span))
    assert context[first:last] == kept


def test_of_several_answers_the_most_frequent_then_the_longest_is_taken() -> None:
    context = "The lease runs for 49 years."
    number, quantity = (19, 21), (19, 27)
    assert preferred([number, quantity], context) == quantity
    assert preferred([number, quantity, number], context) == number
    assert preferred([], context) == (-1, -1)


def test_rows_come_back_as_they_were_written(tmp_path: Path, rows: list) -> None:
    path = tmp_path / "rows.jsonl.gz"
    write_rows(path, rows)
    assert read_prepared(path) == rows
