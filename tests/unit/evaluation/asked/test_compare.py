from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qa.answers import Certainty
from qa.evaluation.asked.end_to_end import AskedSet
from qa.evaluation.asked.paired_comparison import COMPARED, compare
from qa.evaluation.asked.saved_runs import Run, is_run, load, ready, save
from qa.evaluation.asked.set_table import table_of_comparison
from qa.evaluation.outcome import Outcome
from qa.evaluation.question_errors import FileUnusable, NothingToCompare
from qa.evaluation.question_sets import QuestionSetProblem
from tests.unit.evaluation.made import outcome

A, B = Path("a.json"), Path("b.json")
HEADER = {"qa_eval": 1, "date": "2026-11-28"}
WRONG = {"best_f1": 0.0, "best_exact": 0.0, "f1": 0.0, "exact": 0.0}


def firm(number: int, **values: Any) -> Outcome:
    return outcome(number, certainty=Certainty.FIRM, **values)


def run(*, seen: tuple[str, ...] = (), **sets: list[Outcome]) -> Run:
    asked = (
        AskedSet(name, name in seen, 9, 1, (QuestionSetProblem("x", "it is\nbad"),), tuple(rows))
        for name, rows in sets.items()
    )
    return Run(HEADER, tuple(asked))


def test_a_run_and_itself_differ_by_nothing() -> None:
    rows = [
        firm(0),
        firm(1, **WRONG),
        outcome(2, certainty=Certainty.TENTATIVE),
        outcome(3, answered=False, answer="", **WRONG),
        outcome(4, golds=(), answered=False, answer=""),
    ]
    one = run(news=rows, office=rows, seen=("office",))
    found = compare(A, one, B, one)
    for several in (found.new, found.seen, *found.sets.values()):
        assert {each.name for each in several} == {measure.name for measure in COMPARED}
        assert all((each.difference, each.low, each.high) == (0.0, 0.0, 0.0) for each in several)
    assert found.only == (0, 0)


def test_differences_are_of_the_same_rows_and_their_interval_is_paired() -> None:
    # Every question is a little slower, whatever it was: without pairs the interval would be wide.
    rows = [firm(n, total_ms=float(n % 7) * 100) for n in range(50)]
    slower = [replace(row, total_ms=row.total_ms + 10) for row in reversed(rows)]
    (found,) = [each for each in compare(A, run(news=rows), B, run(news=slower)).new if each.name == "mean ms"]
    assert (found.rows, found.difference, found.low, found.high) == (50, *[pytest.approx(10.0)] * 3)
    assert found.certain


def test_seen_in_either_run_is_seen() -> None:
    rows = [firm(0)]
    found = compare(A, run(news=rows, travel=rows), B, run(news=rows, travel=rows, seen=("travel",)))
    assert {each.rows for each in found.new} == {each.rows for each in found.seen} == {1}
    assert compare(A, run(news=rows, seen=("news",)), B, run(news=rows)).new == ()


def test_rows_and_sets_that_only_one_run_has_are_counted() -> None:
    found = compare(A, run(news=[firm(0), firm(1)]), B, run(news=[firm(1), firm(2)], travel=[firm(0)]))
    assert found.only == (1, 2)
    assert list(found.sets) == ["news"]


def test_precision_is_compared_though_other_questions_are_firm() -> None:
    first = [firm(0), firm(1, **WRONG), outcome(2, certainty=Certainty.TENTATIVE)]
    second = [firm(0), outcome(1, certainty=Certainty.TENTATIVE, **WRONG), firm(2)]
    by_name = {each.name: each for each in compare(A, run(news=first), B, run(news=second)).new}
    assert (by_name["firm precision"].first, by_name["firm precision"].second) == (0.5, 1.0)
    assert (by_name["tentative precision"].first, by_name["tentative precision"].second) == (1.0, 0.0)


def test_nothing_to_compare() -> None:
    with pytest.raises(NothingToCompare, match="no set in common"):
        compare(A, run(news=[firm(0)]), B, run(travel=[firm(0)]))
    with pytest.raises(NothingToCompare, match="not the same in both"):
        compare(A, run(news=[firm(0)]), B, run(news=[firm(0, question="Who?")]))


def test_table() -> None:
    rows = [firm(n) for n in range(4)]
    wrong = [firm(n, **WRONG) for n in range(4)]
    shown = table_of_comparison("a\x1b", "b", compare(A, run(news=wrong, x=rows), B, run(news=rows, x=rows)))
    assert "A  a\u241b\n" in shown
    lines = [line.split() for line in shown.splitlines()]
    assert ["forced", "F1,", "%", "8", "50.0", "100.0", "+50.0", "+50.0", "to", "+50.0", "*"] in lines
    assert ["mean", "ms", "8", "10.0", "10.0", "+0.0", "+0.0", "to", "+0.0"] in lines
    assert lines[-2:] == [
        ["news", "+0.0", "+100.0*", "+100.0*", "+100.0*", "–", "+150.0*"],
        ["x", "+0.0", "+0.0", "+0.0", "+0.0", "–", "+0.0"],
    ]


def test_saved_and_loaded(tmp_path: Path) -> None:
    file, one = tmp_path / "run.json", run(news=[firm(0, answer="\u2028 \ud800"), outcome(1, rank=None)])
    save(one, file)
    assert load(file) == one
    assert is_run(file)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"qa_asked": 1}', '{"qa_asked": 2}', '{"qa_asked": 1, "run": 3}'])
def test_a_file_that_is_no_run(tmp_path: Path, text: str) -> None:
    file = tmp_path / "run.json"
    file.write_text(text)
    with pytest.raises(FileUnusable, match=r"no saved run of question sets|another version"):
        load(file)


def test_what_cannot_be_written_is_said_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match="it is a folder"):
        ready(tmp_path, [])
    with pytest.raises(FileUnusable, match="cannot be written"):
        ready(tmp_path / "none" / "run.json", [])
    ready(tmp_path / "run.json", [])
    assert list(tmp_path.iterdir()) == []
