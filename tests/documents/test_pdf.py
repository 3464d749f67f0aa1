"""What a PDF does not say of itself: which lines are running heads, and which words stand in which column of a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from textwrap import wrap

import pytest

from qa.documents import pdf


def text_of(pages: int, head: Callable[[int], str], foot: Callable[[int], str]) -> str:
    """The text of a document whose pages, from 1, have these lines at their edges."""
    from fpdf import FPDF

    document = FPDF()
    document.set_auto_page_break(False)
    document.set_font("helvetica", size=11)
    for number in range(1, pages + 1):
        document.add_page()
        for y, text in ((8, head(number)), (40, f"Said on page {number}."), (280, foot(number))):
            document.set_xy(10, y)
            document.cell(0, 6, text)
    return pdf.extract(bytes(document.output())).text


def test_heads_of_left_and_right_pages_are_kept_once_each() -> None:
    text = text_of(
        6, lambda n: f"The Law of Ferries {n}" if n % 2 else f"{n} Fares and their history", lambda n: f"- {n + 40} -"
    )
    assert text.count("The Law of Ferries") == text.count("Fares and their history") == 1
    assert "- 4" not in text


def test_lines_whose_numbers_are_not_those_of_the_pages_are_kept() -> None:
    years = [1914, 1921, 1954, 1934, 1987, 1902]
    text = text_of(6, lambda n: "Ferries of the north", lambda n: f"See the ordinance of {years[n - 1]}.")
    assert all(f"ordinance of {year}" in text for year in years)


def table_of(rows: Sequence[Sequence[str]]) -> str:
    """The text of a document with a table, whose first row is repeated on each page, and a sentence below."""
    from fpdf import FPDF

    document = FPDF()
    document.set_font("helvetica", size=11)
    document.add_page()
    with document.table(repeat_headings=1, text_align="LEFT") as table:
        for texts in rows:
            row = table.row()
            for text in texts:
                row.cell(text)
    document.cell(0, 8, "All of this holds from May on.")
    return pdf.extract(bytes(document.output())).text


def test_rows_of_a_table_name_their_columns_on_each_of_its_pages() -> None:
    notes = ["water and power at the pier, but only from May to October", ""]
    rows = [[f"Berth A {number}", f"{number + 20}.50 EUR", notes[number % 2]] for number in range(60)]
    lines = table_of([["Where", "Per night", "Remarks"], *rows]).splitlines()
    assert lines.count("Where Per night Remarks") == 1
    assert f"Where: Berth A 50; Per night: 70.50 EUR; Remarks: {notes[0]}." in lines
    assert "Where: Berth A 59; Per night: 79.50 EUR." in lines
    assert "All of this holds from May on." in lines


def test_columns_of_words_are_no_table() -> None:
    text = table_of([["Fish is sold here", "Bread is sold there"], *[["and nothing else", "and cakes as well"]] * 4])
    assert ":" not in text


FERRIES = (
    "The ferry across the sound was founded by the fishermen of the northern shore, who wanted to reach the market of the "
    "town. For many years it went only in summer, and passengers had to row when the wind was weak. "
)
LIGHTS = (
    "Lighthouses were built much later than harbours. The oldest of the coast, at the cape, burned coal and could be seen "
    "for nine miles. Keepers were paid by the number of nights, so they lit it even when the sky was clear. "
)


def page_of(lines: Sequence[tuple[float, float, str]], size: float = 10) -> str:
    """The text of a page with these lines, each at its place in points from the left and from the top, in this order."""
    from fpdf import FPDF

    document = FPDF(unit="pt")
    document.add_page()
    document.set_font("helvetica", size=size)
    for x, y, text in lines:
        document.text(x, y, text)
    return pdf.extract(bytes(document.output())).text


@pytest.mark.parametrize("lower", [0, 3, 5])
def test_columns_that_were_written_line_by_line_are_read_one_after_the_other(lower: float) -> None:
    left, right = wrap(FERRIES * 3, 45), wrap(LIGHTS * 3, 45)
    rows = [
        (x, 90 + 12 * row + down, text)
        for row, pair in enumerate(zip_longest(left, right, fillvalue=""))
        for (x, down), text in zip(((60, 0), (310, lower)), pair, strict=True)
        if text
    ]
    text = page_of([(60, 60, "A history of ferries and of lighthouses on the northern coast of the country"), *rows])
    assert " ".join([*left, *right]) in " ".join(text.split())


def test_rows_of_words_and_figures_are_no_columns_of_sentences() -> None:
    rows = [
        (x, 90 + 12 * row, f"{text} {row}") for row in range(9) for x, text in ((60, "set i = 4 and j ="), (310, "k ="))
    ]
    assert "set i = 4 and j = 3 k = 3" in page_of(rows)


def test_a_hyphen_at_the_end_of_a_line_stays_where_the_word_has_one_elsewhere() -> None:
    lines = [
        "It is an author-year style. Whoever wants an author-",
        "year style may have it, as a matter of conven-",
        "ience.",
    ]
    text = page_of([(60, 60 + 12 * row, line) for row, line in enumerate(lines)])
    assert "wants an author-year style" in text
    assert "convenience" in text


def test_marks_of_notes_are_no_part_of_the_word() -> None:
    from fpdf import FPDF

    document = FPDF()
    document.add_page()
    document.set_font("helvetica", size=12)
    document.write(8, "The fare was a crown")
    document.char_vpos = "SUP"
    document.write(8, "7")
    document.char_vpos = "LINE"
    document.write(8, " in 1914, for CO2 had no price, and item5 was free.")
    text = pdf.extract(bytes(document.output())).text
    assert "a crown 7 in 1914" in " ".join(text.split())
    assert "CO2 had no price, and item5" in text


def test_words_that_the_spacing_of_characters_sets_apart_are_two() -> None:
    """As Ghostscript writes them: the blank between "any" and "two" is spacing after the y, taken back after the t."""
    from fpdf import FPDF

    document = FPDF()
    document.set_compression(False)
    document.add_page()
    document.set_font("helvetica", size=12)
    document.cell(text="PLACE")
    spaced = b"(It sails with an) Tj 4 Tc [(yt)332] TJ 0 Tc (wo of them) Tj"
    text = pdf.extract(bytes(document.output()).replace(b"(PLACE) Tj", spaced)).text
    assert "with any two of them" in text


@pytest.mark.parametrize("remark", ["paid", "paid before the first of May to the harbour master of the town"])
def test_cells_of_several_lines_also_in_the_first_column_are_one_row(remark: str) -> None:
    boat = "A boat of more than twelve metres that lies at the outer pier over the whole of the winter"
    rows = [[f"{boat}, {number}", remark, str(number + 20)] for number in range(5)]
    lines = table_of([["Which", "Remarks", "Crowns"], *rows]).splitlines()
    assert f"Which: {boat}, 3; Remarks: {remark}; Crowns: 23." in lines
    assert "All of this holds from May on." in lines
