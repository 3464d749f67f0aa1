"""Plain text: what titles, terms and tables in it say about the lines below them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.documents.aligned import aligned_tables
from qa.documents.plain import marks
from qa.text.table_rows import with_columns

LONG = "do not ignore entries that begin with a full stop, whatever else was said before;" + " and so on" * 30
MANUAL = f"""\
NAME
       ls - list directory contents

OPTIONS
       -a, --all
              {LONG}

       -c     with -lt: sort by, and show, ctime (time of last modification of
              file status information)

       -d     as -c, and
              {LONG}

       -C     list entries by columns

AUTHOR
       Written by Richard M. Stallman.
"""
TIMETABLE = """\
LINE 31 TO UPPER MERROW

Mon to Fri                1       2       3
Stellen, market         6:40    8:10   11:10
Ardle Mill              7:05            11:35

Back every two hours.
"""


def headings_of(text: str) -> dict[str, str | None]:
    return {text[mark.start :].split("\n")[0].strip(): mark.heading for mark in marks(text)}


def test_what_is_indented_belongs_to_the_line_above_it_and_short_entries_share_a_passage() -> None:
    assert headings_of(MANUAL) == {
        "NAME": "NAME",
        "OPTIONS": "OPTIONS",
        "-a, --all": "OPTIONS > -a, --all",
        "-c     with -lt: sort by, and show, ctime (time of last modification of": "OPTIONS",
        "-d     as -c, and": "OPTIONS > -d",
        "-C     list entries by columns": "OPTIONS",
        "AUTHOR": "AUTHOR",
    }


def test_a_long_definition_belongs_to_its_term_in_the_line_above_it_or_before_a_blank_line() -> None:
    text = f"Kettle:\n    boils water\n    {LONG}\nUrn\n\n    for forty cups\n    {LONG}\n\nBoth are in the cellar.\n"
    assert headings_of(text) == {"Kettle:": "Kettle", "Urn": "Urn", "Both are in the cellar.": None}


def test_titles_are_underlined_or_in_capitals() -> None:
    text = "Summer party\n============\nOn 4 July.\n\nWHAT TO BRING\nA chair.\n\nIt is fun.\n"
    assert headings_of(text) == {"Summer party": "Summer party", "WHAT TO BRING": "Summer party > WHAT TO BRING"}


def test_a_first_line_that_stands_by_itself_is_the_title_of_all_but_the_head_of_a_letter_is_none() -> None:
    assert (
        marks("Three mayors and a toll gate\n\nThe gate was opened on Monday.\n")[0].heading
        == "Three mayors and a toll gate"
    )
    assert marks("From: Ada\n\nThe gate was opened on Monday.\n") == ()
    assert marks("It was late.\n\nThe gate was opened on Monday.\n") == ()


def test_paragraphs_that_begin_with_an_indented_line_have_no_heading() -> None:
    text = "    It was late. They had walked\nfor hours, and nobody spoke.\n    In the morning it rained, and\nthey stayed.\n"
    assert marks(text) == ()


def test_list_items_with_wrapped_lines_are_no_terms() -> None:
    assert marks("- the first thing to do,\n  at once\n- the second\n  afterwards\n") == ()


def test_rows_of_a_table_have_the_names_of_its_columns_and_what_follows_has_that_of_the_section() -> None:
    assert headings_of(TIMETABLE) == {
        "LINE 31 TO UPPER MERROW": "LINE 31 TO UPPER MERROW",
        "Stellen, market         6:40    8:10   11:10": "LINE 31 TO UPPER MERROW > Mon to Fri | 1 | 2 | 3 > row 2: Stellen, market",
        "Ardle Mill              7:05            11:35": "LINE 31 TO UPPER MERROW > Mon to Fri | 1 | 2 | 3 > row 3: Ardle Mill",
        "Back every two hours.": "LINE 31 TO UPPER MERROW",
    }  # fmt: skip


def test_the_names_of_columns_are_put_before_the_cells_of_a_row() -> None:
    heading = "LINE 31 > Mon to Fri | 1 | 2 > row 2: Stellen"
    row = with_columns(heading, "Stellen   6:40    8:10")
    assert row is not None
    assert row[0] == "LINE 31 > row 2: Stellen"
    assert row[1].text == "Mon to Fri: Stellen   1: 6:40    2: 8:10"


def test_a_row_with_an_empty_cell_is_left_as_it_is() -> None:
    row = with_columns("Mon to Fri | 1 | 2 > row 2: Stellen", "Stellen           8:10")
    assert row is not None
    assert row[1].text == "Stellen           8:10"


def test_the_first_column_may_have_no_name() -> None:
    (table,) = aligned_tables(["           2021     2022", "Reading   3,450    4,120", "Health    2,900    3,600"])
    assert (table.first, table.last, table.names) == (0, 3, ("", "2021", "2022"))


def test_prose_with_wide_blanks_and_lists_of_prices_have_no_header() -> None:
    justified = [
        "Rsync  is  a  fast and extraordinarily versatile file copying tool.  It",
        "can copy locally, to/from another host over a remote shell, or  to/from",
        "a  remote  rsync  daemon.   It  offers  a  large number of options that",
    ]
    prices = ["Chips                      4.00", "Green salad                4.50", "Bread                      2.80"]
    hours = ["Monday to Friday   6:00 to 22:30", "Saturday           7:30 to 23:00", "Sunday             8:00 to 22:30"]
    assert not any(list(aligned_tables(lines)) for lines in (justified, prices, hours))


cells = st.text("abcdefgh", min_size=1, max_size=8)
numbers = st.integers(0, 99_999).map(str)


@given(
    names=st.lists(cells, min_size=3, max_size=5, unique=True),
    rows=st.lists(st.tuples(cells, st.lists(numbers, min_size=4, max_size=4)), min_size=2, max_size=6),
    gap=st.integers(2, 6),
)
def test_any_table_that_is_set_out_in_columns_is_found(
    names: list[str], rows: list[tuple[str, list[str]]], gap: int
) -> None:
    table = [names, *([name, *values[: len(names) - 1]] for name, values in rows)]
    widths = [max(len(row[at]) for row in table) + gap for at in range(len(names))]
    lines = ["".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    (found,) = aligned_tables(["before", *lines, "after"])
    assert (found.first, found.last, found.names) == (1, len(lines) + 1, tuple(names))


class Counting(list[str]):
    """Lines that count how often one is looked at."""

    looked_at = 0

    def __getitem__(self, place: Any) -> Any:
        self.looked_at += 1
        return super().__getitem__(place)

    def __iter__(self) -> Iterator[str]:
        for place in range(len(self)):
            yield self[place]


@pytest.mark.parametrize("line", ["The gate opens at nine.", "a  b", "2024-01-01  12  INFO", ""])
def test_every_line_is_looked_at_a_few_times_however_many_there_are(line: str) -> None:
    lines = Counting([line, ""] * 500 + [line] * 500)
    list(aligned_tables(lines))
    assert lines.looked_at <= 3 * len(lines)


@given(st.text(st.sampled_from("ab1A .:-|\t\r\n"), max_size=300))
def test_marks_are_in_order_and_within_the_text(text: str) -> None:
    starts = [mark.start for mark in marks(text)]
    assert starts == sorted(set(starts))
    assert all(0 <= start < len(text) for start in starts)
