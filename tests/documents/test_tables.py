"""Rows of tables in Office files: their values are named after their columns, also where cells are merged."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest

from qa.documents import opendocument, sheets, word
from qa.documents.merged_cells import MergedCell, unmerged
from qa.documents.tables import row_sentences
from tests.documents import made


def said(*rows: Sequence[str]) -> list[str]:
    return [sentence for sentence in row_sentences(rows) if sentence]


def test_years_name_columns_unless_years_stand_below() -> None:
    assert said(["Item", "2023", "2024"], ["Music", "9,000", "11,000"]) == ["Item: Music; 2023: 9,000; 2024: 11,000."]
    assert said(["Ada", "1901", "1975"], ["Ben", "1899", "1966"])[1] == "Ben; 1899; 1966."


def test_after_an_empty_row_another_table_may_begin() -> None:
    income = [["Month", "Rent"], ["May", "800"], ["June", "820"]]
    costs = [["Item", "Amount", "Paid"], ["Roof", "400", "yes"], ["Paint", "90", "no"]]
    assert said(*income, [], *costs) == [
        "Month: May; Rent: 800.", "Month: June; Rent: 820.",
        "Item: Roof; Amount: 400; Paid: yes.", "Item: Paint; Amount: 90; Paid: no.",
    ]  # fmt: skip
    assert said(*income, [], ["July", "840"])[-1] == "Month: July; Rent: 840."


def test_pairs_below_a_wide_table_are_no_rows_of_it() -> None:
    table = [["Flat", "Tenant", "Rent", "Since"], ["1a", "Holm", "812", "2019"], [], ["Insurance", "Nordvers"]]
    assert said(*table)[-1] == "Insurance; Nordvers."


def test_what_merged_cells_say_is_said_in_each_row_and_column() -> None:
    rows = [
        ["Plan", "", "", ""],
        ["Team", "Name", "Week 1", ""],
        ["", "", "early", "late"],
        ["North", "Ada", "3", "2"],
        ["", "Ben", "1", "4"],
    ]
    merged = [
        MergedCell(0, 0, 0, 3), MergedCell(1, 2, 0, 0), MergedCell(1, 2, 1, 1), MergedCell(1, 1, 2, 3), MergedCell(3, 4, 0, 0),
    ]  # fmt: skip
    assert list(unmerged(rows, merged)) == [
        rows[0], [], ["Team", "Name", "Week 1, early", "Week 1, late"], rows[3], ["North", "Ben", "1", "4"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "below", [["400", "900"], ["", "late"], ["early"]], ids=["numbers", "an empty cell", "a short row"]
)
def test_a_merged_cell_above_what_names_no_columns_is_a_row_by_itself(below: list[str]) -> None:
    rows = [["Name", "Week 1", ""], ["Ada", *below]]
    assert list(unmerged(rows, [MergedCell(0, 0, 1, 2)])) == rows


def test_excel_knows_which_cells_are_merged() -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["Team", "Name", "Shifts"], ["North", "Ada", 3], [None, "Ben", 1]):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    data = io.BytesIO()
    book.save(data)
    assert "Team: North; Name: Ben; Shifts: 1." in sheets.extract(data.getvalue()).text


def test_opendocument_knows_which_cells_are_merged() -> None:
    def cell(text: str, spans: str = "") -> str:
        return f"<table:table-cell {spans}><text:p>{text}</text:p></table:table-cell>"

    over = "<table:covered-table-cell/>"
    rows = [
        cell("Team", 'table:number-rows-spanned="2"') + cell("Shifts", 'table:number-columns-spanned="2"') + over,
        over + cell("early") + cell("late"),
        cell("North") + cell("3") + cell("2"),
    ]
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    data = made.opendocument(f"<office:spreadsheet><table:table>{body}</table:table></office:spreadsheet>")
    assert "Team: North; Shifts, early: 3; Shifts, late: 2." in opendocument.extract(data).text


def word_table(rows: Sequence[Sequence[str]], *, bold: int | None = None) -> str:
    """The text of a document that is a table, whose column `bold` is so."""
    import docx

    document = docx.Document()
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    for row, texts in zip(table.rows, rows, strict=True):
        for column, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            cell.paragraphs[0].add_run(text).bold = column == bold or None
    data = io.BytesIO()
    document.save(data)
    return word.extract(data.getvalue()).text


def test_word_has_names_in_bold_beside_what_they_name() -> None:
    rows = [["Caretaker", "Jon Ask"], ["Telephone", "0170 556"]]
    assert word_table(rows, bold=0).splitlines()[:2] == ["Caretaker: Jon Ask.", "Telephone: 0170 556."]


def test_word_has_boxes_that_are_tables_of_one_column() -> None:
    assert word_table([["Call before you come."], ["Bring coins."]]) == "Call before you come.\n\nBring coins.\n\n"
