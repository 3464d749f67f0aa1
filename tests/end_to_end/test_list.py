"""Questions for several things are answered with all of them, each where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import RunQa, write_files

CLUB = """# Rowing club

The club was founded in 1921 by eleven fishermen.

## Committee

Members of the committee until October:

- Coralie Dumas (chair)
- Benedek Szarka
- Temperance Akoto
- Hyun-woo Baek

## Boats

| Boat | Length | Built |
|------|--------|-------|
| Heron | 7 m | 1998 |
| Knot | 9 m | 2004 |
| Redshank | 11 m | 2011 |
"""
WALK = "For the walk bring boots, a map, two sandwiches and a whistle. The walk begins at nine at the old mill.\n"
WHO = "Who are the members of the committee of the rowing club?"
BOATS = "Which boats does the rowing club have?"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return write_files(tmp_path / "notes", {"club.md": CLUB, "walk.txt": WALK})


def test_all_items_of_a_list_and_of_a_column_are_given(qa_here: RunQa, notes: Path) -> None:
    run = qa_here("ask", "--corpus", notes, WHO)
    assert run.code == 0
    for name in ("Coralie Dumas (chair)", "Benedek Szarka", "Temperance Akoto", "Hyun-woo Baek"):
        assert f"- {name} [1]" in run.out
    assert "[1] club.md:9 · Rowing club > Committee" in run.out
    boats = qa_here("ask", "--json", "--corpus", notes, BOATS).json
    assert [part["text"] for part in boats["parts"]] == ["Heron", "Knot", "Redshank"]


def test_json_has_every_item_with_its_place(qa_here: RunQa, notes: Path) -> None:
    answer = qa_here("ask", "--json", "--corpus", notes, "What things do I have to bring for the walk?").json
    assert (answer["answered"], answer["kind"]) == (True, "list")
    assert [part["text"] for part in answer["parts"]] == ["boots", "a map", "two sandwiches", "a whistle"]
    assert answer["answer"] == "boots, a map, two sandwiches, a whistle"
    assert answer["citation"] == answer["parts"][0]["citation"]
    for part in answer["parts"]:
        place = part["citation"]
        assert (notes / place["path"]).read_text()[place["start"] : place["end"]] == part["text"]


def test_a_list_of_500_items_is_shown_as_far_as_is_useful_and_counted(qa_here: RunQa, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    names = [f"{first}{second}berg" for first in "ABCDEFGHIJKLMNOPQRSTUVWXY" for second in "aeioulmnrstvwxyzbcdf"]
    rows = "\n".join(f"- {name} Farm" for name in names)
    (tmp_path / "notes" / "farms.md").write_text(f"# Members\n\nThe farms that are members of the dairy:\n\n{rows}\n")
    question = "Which farms are members of the dairy?"
    run = qa_here("ask", "--corpus", tmp_path / "notes", question)
    assert "and 470 more; --json has all of them" in run.out
    answer = qa_here("ask", "--json", "--corpus", tmp_path / "notes", question).json
    assert len(answer["parts"]) == 500
