"""Cells are read as a sheet shows them. The expected texts are those of LibreOffice 7.4 ("save cell contents as shown")."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa.documents.cell_formats import shown_date, shown_number

DAY = date(1932, 5, 1)
NOON = datetime(1932, 5, 1, 14, 5, 9)


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (1200.5, '#,##0.00 "EUR"', "1,200.50 EUR"),
        (1200.5, "[$€-407] #,##0.00", "€ 1,200.50"),
        (99.995, "$#,##0.00", "$100.00"),
        (-3.456, "0.0;[Red]-0.0", "-3.5"),
        (-12, "#,##0;(#,##0)", "(12)"),
        (0, '#,##0;-#,##0;"-"', "-"),
        (0.125, "0.0%", "12.5%"),
        (5, "000", "005"),
        (1_234_567, '#,##0,"k"', "1,235k"),
        (3.14159, "0.00##", "3.1416"),
        (2.5, '0" pcs"', "3 pcs"),
        (12, "General", None),
        (0.5, "# ?/?", None),
        (1.2e7, "0.00E+00", None),
    ],
)
def test_numbers(value: float, form: str, shown: str | None) -> None:
    assert shown_number(value, form) == shown


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (DAY, "d mmmm yyyy", "1 May 1932"),
        (DAY, "dd.mm.yyyy", "01.05.1932"),
        (DAY, "mmm-yy", "May-32"),
        (NOON, "ddd d mmm yy hh:mm", "Sun 1 May 32 14:05"),
        (NOON, "h:mm:ss AM/PM", "2:05:09 PM"),
        (time(9, 5), "hh:mm", "09:05"),
        (DAY, "mm-dd-yy", None),
        (DAY, "General", None),
        (time(9, 5), "d mmm", None),
    ],
)
def test_dates(value: date | datetime | time, form: str, shown: str | None) -> None:
    assert shown_date(value, form) == shown


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), st.text('#0?.,;%"\\[]_*ymdhs/E+-$€ A', max_size=30))
@example(1e38, "0")
@example(-1e300, "#,##0.00")
def test_no_format_is_an_error(value: float, form: str) -> None:
    shown_number(value, form)
    shown_date(NOON, form)
