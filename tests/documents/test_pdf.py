"""What a PDF does not say of itself: which lines are running heads, and which words stand in which column of a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
