"""Lines at the edges of the pages of a PDF: running heads are said once, and nothing else is taken for one."""

from __future__ import annotations

from collections.abc import Callable

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
