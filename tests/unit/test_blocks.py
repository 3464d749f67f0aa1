"""Where a document lists things: which lines belong together, and what is an item of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa.pipeline.blocks import blocks

DOCUMENT = """\
# Sailing club

It was founded in 1921 by eleven fishermen.

Members of the committee until October:

- Coralie Dumas (chair)
- Benedek Szarka,
  who also keeps the keys
- Temperance Akoto

| Boat | Length |
|------|--------|
| Heron | 7 m |
| Knot | |

What to bring:
1. boots
2. a map

Name: Ada; Town: Skerrow.
Name: Bo; Town: Leeds.

Chips                4.00
Green salad          4.50
"""


def listed() -> list[list[str]]:
    return [[DOCUMENT[unit.start : unit.end] for unit in block.units] for block in blocks(DOCUMENT)]


def test_items_rows_and_lines_that_stand_together_are_found() -> None:
    assert listed() == [
        ["Coralie Dumas (chair)", "Benedek Szarka,\n  who also keeps the keys", "Temperance Akoto"],
        ["| Heron | 7 m |", "| Knot | |"],
        ["boots", "a map"],
        ["Name: Ada; Town: Skerrow.", "Name: Bo; Town: Leeds."],
        ["Chips                4.00", "Green salad          4.50"],
    ]


def test_objects_of_two_lists_are_two_tables() -> None:
    text = "name: Cetirin; dose: half.\nname: Otosan; dose: two; for: ears.\ndate: 2023; against: flu.\ndate: 2024; against: colds."
    found = blocks(text)
    assert [len(block.units) for block in found] == [2, 2]
    assert found[1].intro == ""


def test_the_line_before_says_what_is_listed() -> None:
    intros = [block.intro for block in blocks(DOCUMENT)]
    assert intros[0] == "Members of the committee until October:"
    assert intros[2] == "What to bring:"


def test_cells_and_names_of_columns() -> None:
    rows, named, aligned = (blocks(DOCUMENT)[place] for place in (1, 3, 4))
    assert [[DOCUMENT[start:end] for start, end in unit.cells] for unit in rows.units] == [
        ["Heron", "7 m"],
        ["Knot", ""],
    ]
    assert [DOCUMENT[start:end] for start, end in rows.names] == ["Boat", "Length"]
    assert [DOCUMENT[start:end] for start, end in named.units[1].cells] == ["Bo", "Leeds"]
    assert [DOCUMENT[start:end] for start, end in named.names] == ["Name", "Town"]
    assert [DOCUMENT[start:end] for start, end in aligned.units[0].cells] == ["Chips", "4.00"]


def test_only_what_is_near_is_given() -> None:
    place = DOCUMENT.index("boots")
    assert len([block for block in blocks(DOCUMENT) if block.touches(place, place + 5)]) == 1


def test_a_paragraph_is_no_list() -> None:
    assert blocks("It was founded in 1921. It has eleven boats.\n\nIt is fun.\n") == []


@given(st.text(st.sampled_from("ab1.-|:; \t\n\r"), max_size=300))
def test_units_are_in_order_and_hold_their_cells(text: str) -> None:
    for block in blocks(text):
        edges = [edge for unit in block.units for edge in (unit.start, unit.end)]
        assert edges == sorted(edges)
        assert all(unit.start <= start <= end <= unit.end for unit in block.units for start, end in unit.cells)
