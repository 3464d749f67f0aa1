from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from qa.errors import NothingChosen, UsageError
from qa.filters import Filter
from qa.index.index_reader import _WITH_WORDS_OF
from qa.index.sqlite.database import open_existing
from tests.conftest import ROOT


def at(moment: datetime) -> int:
    return int(moment.timestamp()) * 10**9


@pytest.mark.parametrize(
    ("only", "accepted"),
    [
        (Filter(), ["a.md", "reports/b.pdf", "reports/old/c.PDF", "d.md.gz"]),
        (Filter(path="reports/**"), ["reports/b.pdf", "reports/old/c.PDF"]),
        (Filter(path=("reports/", "!reports/old/**")), ["reports/b.pdf"]),
        (Filter(path="*.md"), ["a.md"]),
        (Filter(path=("*.md", "d.*")), ["a.md", "d.md.gz"]),
        (Filter(ext="pdf"), ["reports/b.pdf", "reports/old/c.PDF"]),
        (Filter(ext=(".MD", "xyz")), ["a.md", "d.md.gz"]),
        (Filter(ext="gz"), ["d.md.gz"]),
        (Filter(path="reports/*", ext="pdf"), ["reports/b.pdf", "reports/old/c.PDF"]),
        (Filter(path="/a.md", ext="pdf"), []),
        (Filter(documents=("a.md", "reports/b.pdf")), ["a.md", "reports/b.pdf"]),
        (Filter(documents=("*.md", "reports/")), []),
        (Filter(documents=("a.md", "reports/b.pdf"), ext="pdf"), ["reports/b.pdf"]),
        (Filter(ext="d"), []),
    ],
)
def test_paths_and_endings(only: Filter, accepted: list[str]) -> None:
    accepts = only.accepts()
    assert [path for path in ("a.md", "reports/b.pdf", "reports/old/c.PDF", "d.md.gz") if accepts(path, 0)] == accepted


def test_times_are_local_from_the_first_and_before_the_last() -> None:
    only = Filter(after=date(2024, 1, 31), before=datetime(2024, 2, 1, 12))
    accepts = only.accepts()
    first, last = datetime(2024, 1, 31), datetime(2024, 2, 1, 12)
    assert accepts("a", at(first))
    assert not accepts("a", at(first) - 1)
    assert accepts("a", at(last) - 1)
    assert not accepts("a", at(last))
    assert Filter(after=datetime(2024, 1, 1, tzinfo=UTC)).accepts()("a", at(datetime(2024, 1, 1, tzinfo=UTC)))


def test_what_cannot_be_is_said_at_once() -> None:
    with pytest.raises(UsageError, match="pattern"):
        Filter(path="!")
    assert not Filter()
    assert Filter(ext="pdf")
    assert str(Filter(path="a/**", ext=("pdf", "md"), after=date(2024, 1, 1))) == (
        "path a/**; ext .pdf, .md; after 2024-01-01"
    )


@pytest.mark.parametrize(
    ("only", "hint"),
    [
        (Filter(path="a/**"), "Patterns are those of .gitignore, on paths as citations show them."),
        (
            Filter(after=date(2024, 1, 1), before=date(2024, 2, 1)),
            "Dates are compared with the last change of each file.",
        ),
        (Filter(ext="md"), ""),
    ],
)
def test_a_filter_that_chooses_nothing_is_told_of_what_it_has(only: Filter, hint: str) -> None:
    assert NothingChosen(str(only), 3).hint == hint


def test_a_filtered_query_is_matched_once_and_not_for_each_passage() -> None:
    connection = open_existing(ROOT / "index")
    plan = [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {_WITH_WORDS_OF}", ('"base"', "[1]", 5))]
    connection.close()
    assert [step for step in plan if step.startswith("SCAN words VIRTUAL TABLE INDEX") and "=" not in step]
