from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.pipeline.enumerations import labelled_enumeration, parted

MINUTES = "# May\n\nPresent: Ann Moore, Bob (chair, until 8) and Cy.\nApologies: none\n**Also invited:** Dee, Eve. Tea was served, and cake.\n"


def shown(text: str, around: str) -> list[str]:
    start = text.index(around)
    return [text[first:last] for first, last in labelled_enumeration(text, start, start + len(around))]


@pytest.mark.parametrize(
    ("around", "items"),
    [
        ("Bob", ["Ann Moore", "Bob (chair, until 8)", "Cy"]),
        ("Dee, Eve", ["Dee", "Eve"]),
        ("none", ["none"]),
        ("cake", []),
        ("Present", []),
        ("May", []),
    ],
)
def test_a_line_with_a_label_is_an_enumeration_up_to_its_stop(around: str, items: list[str]) -> None:
    assert shown(MINUTES, around) == items


@given(st.text(alphabet="ab ,;:.()&\n|*-", max_size=60), st.data())
def test_parts_stand_within_in_their_order_and_hold_no_edge_blanks(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    for places in (list(parted(text, start, end)), labelled_enumeration(text, start, end)):
        assert places == sorted(places)
        assert all(first < last for first, last in places)
        assert all(text[first:last] == text[first:last].strip(" \n.") for first, last in places)
    assert all(start <= first and last <= end for first, last in parted(text, start, end))
