"""A row of a Markdown table: its heading, and the names of its columns before its cells, for models alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa.documents.markdown import marks
from qa.documents.tables import row_heading
from qa.pipeline.inputs import PassageInput
from qa.text.table_rows import with_columns
from tests.unit.test_inputs import stored

TABLE = """# Built

Before it.

| What | Opened |
|---|---:|
| bridge \\| ford | 1932 |
| tower | |

After it.
"""


def headings_of(text: str) -> dict[str, str | None]:
    """The heading of each line that begins one."""
    return {text[mark.start :].split("\n")[0]: mark.heading for mark in marks(text)}


def test_each_row_has_a_heading_of_its_own_and_what_follows_has_that_of_the_section() -> None:
    assert headings_of(TABLE) == {
        "# Built": "Built",
        "| bridge \\| ford | 1932 |": "Built > What | Opened > row 2: bridge ford",
        "| tower | |": "Built > What | Opened > row 3: tower",
        "": "Built",
    }


def test_columns_without_names_and_one_column() -> None:
    assert row_heading("A", ["", ""], 2, "bridge") == "A > row 2: bridge"
    assert row_heading("A", ["", "Q2"], 2, "sales") == "A > - | Q2 > row 2: sales"
    assert row_heading("", ["One"], 3, "") == "row 3"
    assert row_heading("A", ["long name"] * 20, 2, "x") == "A > row 2: x"


def test_models_see_the_names_of_the_columns_and_answers_are_the_rows_own() -> None:
    heading = "Built > What | Opened > row 2: bridge"
    shown = PassageInput.of(stored("", heading, "| bridge | 1932 |\n"))
    assert shown.text == "Built > row 2: bridge\n| What: bridge | Opened: 1932 |\n"
    place = shown.text.index("1932") - shown.offset
    assert shown.named.original(place) == "| bridge | 1932 |".index("1932")
    assert not shown.named.is_original(shown.text.index("Opened") - shown.offset)


def test_columns_without_a_name_and_empty_cells_get_none() -> None:
    found = with_columns("A > - | Q2 | Q3 > row 2: sales", "| sales | 12 | |")
    assert found is not None
    assert (found[0], found[1].text) == ("A > row 2: sales", "| sales | Q2: 12 | |")


def test_there_is_no_more_room_than_is_given() -> None:
    found = with_columns("What | Opened > row 2: bridge", "| bridge | 1932 |", room=8)
    assert found is not None
    assert found[1].text == "| What: bridge | 1932 |"


def test_text_under_a_heading_with_bars_is_no_row() -> None:
    assert with_columns("A | B", "| x | y |") is None
    assert with_columns("A | B > row 2", "no cells here") is None
    assert with_columns(None, "| x | y |") is None


@given(st.lists(st.text(alphabet="ab |\\\n:é", max_size=6), max_size=4), st.text(alphabet="ab |\\\n:é", max_size=40))
def test_every_character_of_the_row_is_led_back_to(names: list[str], text: str) -> None:
    found = with_columns(row_heading("A", names, 2, "x"), text)
    if found is None:
        return
    named = found[1]
    kept = [named.text[place] for place in range(len(named.text)) if named.is_original(place)]
    assert "".join(kept) == text
    for place in range(len(text)):
        assert named.original(named.placed(place)) == place
        assert named.text[named.placed(place)] == text[place]
