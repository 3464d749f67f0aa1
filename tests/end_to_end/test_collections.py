"""`qa collections`, and asking them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import SURE, RunQa

PARTY = "When is the summer party?"
ARTICLE_SAID = "This asks the article that comes with qa; your own documents: qa collections add NAME FOLDER"


@pytest.fixture
def folders(tmp_path: Path, qa_here: RunQa) -> dict[str, Path]:
    """Two collections; work is asked only when it is named. The party is in both."""
    found = {name: tmp_path / "documents" / name for name in ("notes", "work")}
    for folder in found.values():
        folder.mkdir(parents=True)
        (folder / "party.md").write_text("The summer party is on 14 June in the garden of the town hall.")
    (found["notes"] / "flat.md").write_text("Our landlord is Mr Petrov. The rent is 900 euros a month.")
    (found["work"] / "alpha.md").write_text("The manager of the Alpha project is Ines Okafor.")
    assert qa_here("collections", "add", "notes", found["notes"], "--description", "Personal notes").code == 0
    assert qa_here("collections", "add", "work", found["work"], "--no-default").code == 0
    return found


def test_where_nothing_is_named_the_article_is_asked_and_it_says_so(qa_here: RunQa, tmp_path: Path) -> None:
    run = qa_here("ask", SURE[0])
    assert run.out.splitlines()[:2] == [ARTICLE_SAID, SURE[1]]
    assert run.err == ""
    assert qa_here("search", "Kant").out.splitlines()[0] == ARTICLE_SAID
    as_json = qa_here("ask", "--json", SURE[0])
    assert as_json.json["answer"] == SURE[1]
    assert as_json.err == f"qa: {ARTICLE_SAID}\n"


def test_what_is_default_is_asked_and_what_is_named_in_its_place(qa_here: RunQa, folders: dict[str, Path]) -> None:
    run = qa_here("ask", PARTY)
    assert run.out.splitlines()[0] == "14 June"
    assert "notes/party.md:1" in run.out
    assert run.err == ""
    assert qa_here("ask", "Who manages the Alpha project?").code == 1
    both = qa_here("ask", "--json", "-c", "notes", "-c", "work", "Who is the manager of the Alpha project?").json
    assert (both["answer"], both["citation"]["path"], both["citation"]["collection"]) == (
        "Ines Okafor",
        "work/alpha.md",
        "work",
    )
    found = qa_here("search", "--json", "-c", "work", "-c", "notes", "party").json["passages"]
    assert [one["path"] for one in found if "party" in one["path"]] == ["work/party.md"]
    assert found[0]["collection"] == "work"


def test_a_corpus_that_is_named_or_lies_here_goes_before_the_collections(
    qa_here: RunQa, folders: dict[str, Path], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    (other / "corpus").mkdir(parents=True)
    (other / "corpus" / "party.md").write_text("The summer party is on 9 May.")
    for run in (
        qa_here("ask", PARTY, "--corpus", other / "corpus"),
        qa_here("ask", PARTY, QA_CORPUS=str(other / "corpus")),
        qa_here("ask", PARTY, cwd=other),
    ):
        assert run.out.splitlines()[0] == "9 May"
    assert qa_here("ask", "-c", "notes", PARTY, cwd=other, QA_CORPUS=str(other)).out.splitlines()[0] == "14 June"
    refused = qa_here("ask", "-c", "notes", "--corpus", other, PARTY)
    assert (refused.code, refused.out) == (2, "")
    assert "Give either." in refused.err


def test_one_that_is_damaged_is_named_and_the_others_answer(
    qa_here: RunQa, folders: dict[str, Path], tmp_path: Path
) -> None:
    asked = ("ask", "-c", "notes", "-c", "work", PARTY)
    assert qa_here(*asked).err == ""
    (database,) = (tmp_path / "home" / ".local" / "share" / "qa" / "indexes").glob("notes-*/*.sqlite")
    database.write_bytes(b"garbage")
    run = qa_here(*asked)
    assert (run.code, run.out.splitlines()[0]) == (0, "14 June")
    assert "work/party.md:1" in run.out
    assert "notes is left out." in run.err
    assert "qa index --repair -c notes" in run.err
    assert qa_here("ask", "-c", "notes", PARTY).code == 3
    assert qa_here("index", "-c", "notes", "--rebuild").code == 0
    assert qa_here(*asked).err == ""


def test_index_and_status_are_about_the_collections_that_are_meant(qa_here: RunQa, folders: dict[str, Path]) -> None:
    run = qa_here("index", "-c", "work", "-c", "notes")
    assert [line.split(",")[0] for line in run.out.splitlines()] == ["2 added", "2 added"]
    assert f"work: {folders['work']}" in run.err
    (folders["work"] / "new.md").write_text("The key hangs behind the clock. " * 3_000)
    assert "qa index -c work" in qa_here("ask", "-c", "work", PARTY).err
    shown = qa_here("status", "-c", "work", "--json").json
    assert (shown["collection"], shown["documents"], shown["stale"]) == ("work", 2, ["new.md"])
    assert qa_here("status", "--verify", "-c", "work", "-c", "notes").code == 0
    for wrong in (("index", "--remove"), ("index", "--watch", "-c", "work", "-c", "notes")):
        assert qa_here(*wrong).code == 2


def test_a_session_goes_over_the_same_collections(qa_here: RunQa, folders: dict[str, Path]) -> None:
    asked = ("ask", "--json", "-c", "work", "--session", "alpha")
    qa_here(*asked, "Who is the manager of the Alpha project?")
    assert qa_here(*asked, "Are you sure?").json["act"] == "confidence"
    assert "act" not in qa_here("ask", "--json", "-c", "notes", "--session", "alpha", "Are you sure?").json


def test_list_rename_describe_and_remove(qa_here: RunQa, folders: dict[str, Path]) -> None:
    qa_here("ask", "-c", "work", PARTY)
    assert qa_here("collections", "rename", "work", "job").out == "work is job now.\n"
    assert qa_here("collections", "describe", "job", "At work", "--default").out == "job (asked by default): At work\n"
    listed = qa_here("collections", "list", "--json").json
    assert listed["file"].endswith("/home/.config/qa/collections.toml")
    assert listed["collections"][1] == {
        "name": "job",
        "folder": str(folders["work"]),
        "description": "At work",
        "default": True,
        "include": [],
        "exclude": [],
        "there": True,
        "indexed": True,
    }
    assert "no index yet" in qa_here("collections", "list").out
    removed = qa_here("collections", "remove", "job")
    assert f"qa index --remove {folders['work']}" in removed.err
    assert (folders["work"] / "party.md").is_file()
    assert qa_here("ask", "-c", "job", PARTY).err == "qa: There is no collection job. There are notes.\n"


def test_patterns_of_the_file_choose_what_is_indexed(qa_here: RunQa, folders: dict[str, Path], tmp_path: Path) -> None:
    file = tmp_path / "home" / ".config" / "qa" / "collections.toml"
    file.write_text(f'[notes]\nfolder = "{folders["notes"]}"\nexclude = ["flat*"]\n')
    assert qa_here("index", "--json").json["added"] == ["party.md"]


@pytest.mark.parametrize("name", ["../notes", "a\n\x1b[31mb"])
def test_a_name_that_cannot_be_is_one_line_and_exit_code_2(qa_here: RunQa, folders: dict[str, Path], name: str) -> None:
    for run in (qa_here("collections", "add", name, folders["work"]), qa_here("ask", "-c", name, PARTY)):
        assert (run.code, run.out, run.err.count("\n")) == (2, "", 1)
        assert "\x1b" not in run.err


def test_a_broken_file_is_one_line_and_stands_in_nobody_elses_way(
    qa_here: RunQa, folders: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "home" / ".config" / "qa" / "collections.toml").write_text('[notes]\nfolder = "/a"\ncolor = "red"\n')
    run = qa_here("ask", PARTY)
    assert (run.code, run.out) == (3, "")
    assert "collections.toml cannot be used ([notes]: there is no key color)" in run.err
    assert qa_here("ask", PARTY, "--corpus", folders["work"]).code == 0
