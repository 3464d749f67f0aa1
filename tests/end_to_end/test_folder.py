"""A folder of the user's own: built at the first question, kept up to date, never written into."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import RunQa


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "party.md").write_bytes(
        "\ufeff# Summer party\r\n\r\nThe party is on 14 July.\r\nIt starts at noon.\r\n".encode()
    )
    return folder


def test_the_first_question_builds_the_index_and_later_ones_use_it(qa: RunQa, notes: Path, tmp_path: Path) -> None:
    before = sorted(notes.rglob("*"))
    first = qa("ask", "--json", "--corpus", notes, "When is the party?")
    assert "14 July" in first.json["answer"]
    citation = first.json["citation"]
    text = (notes / "party.md").read_bytes().decode("utf-8")
    assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert (citation["path"], citation["line"], citation["heading"]) == ("party.md", 3, "Summer party")
    assert sorted(notes.rglob("*")) == before

    (notes / "more.txt").write_text("The cellar key hangs behind the clock.")
    found = qa("ask", "--json", "--corpus", notes, "Where does the cellar key hang?")
    assert "behind the clock" in found.json["answer"]
    assert (found.err, found.json["stale"]) == ("", [])


def test_what_takes_longer_than_a_question_may_wait_is_named_and_not_taken_in(qa: RunQa, notes: Path) -> None:
    assert qa("index", notes).code == 0
    (notes / "more.txt").write_text("The cellar key hangs behind the clock. " * 2_000)
    stale = qa("ask", "--json", "--corpus", notes, "When is the party?")
    assert "1 file has changed since" in stale.err
    assert stale.json["stale"] == ["more.txt"]
    report = qa("index", "--json", notes).json
    assert (report["added"], report["unchanged"]) == (["more.txt"], 1)


def test_what_is_cited_from_a_file_that_has_changed_or_gone_says_so(qa: RunQa, notes: Path) -> None:
    ask = ("ask", "--corpus", notes, "When is the party?")
    assert qa(*ask).err == ""
    (notes / "party.md").write_text(
        "# Summer party\n\nThe party is on 15 July.\nIt starts at noon.\n" + "Rain. " * 20_000
    )
    changed = qa(*ask)
    assert "14 July" in changed.out
    assert "party.md, where this stands, has changed since" in changed.err
    (notes / "party.md").write_text("# Summer party\n\nThe party is on 16 July.\nIt starts at noon.\n")
    assert "16 July" in qa(*ask).out
    (notes / "party.md").rename(notes.parent / "party.md")
    assert "party.md, where this stands, is no longer there" in qa(*ask).err


def test_an_index_can_lie_where_one_likes(qa: RunQa, notes: Path, tmp_path: Path) -> None:
    assert qa("index", notes, "--index", tmp_path / "elsewhere").code == 0
    assert (tmp_path / "elsewhere" / "index.sqlite").exists()
    assert qa("--corpus", notes, "--index", tmp_path / "elsewhere", "status").code == 0
    assert qa("status", QA_CORPUS=str(notes), QA_INDEX=str(tmp_path / "elsewhere")).code == 0


def test_an_index_stands_beside_a_folder_named_corpus(qa: RunQa, notes: Path, tmp_path: Path) -> None:
    notes.rename(tmp_path / "corpus")
    assert qa("index").code == 0
    assert (tmp_path / "index" / "index.sqlite").exists()
    assert qa("ask", "When is the party?").code == 0


def test_an_index_answers_when_its_documents_are_away(qa: RunQa, notes: Path, tmp_path: Path) -> None:
    assert qa("index", notes).code == 0
    notes.rename(tmp_path / "away")
    run = qa("ask", "--corpus", notes, "When is the party?")
    assert run.code == 0
    assert "14 July" in run.out
    assert "from the index alone" in run.err
