"""A folder of many formats, asked through the command."""

from __future__ import annotations

import json
import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from tests.conftest import RunQa
from tests.documents import made
from tests.unit.models import index_folder


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `things` and its index beside it, built once."""
    root = tmp_path_factory.mktemp("formats")
    folder = root / "things"
    (folder / "reports").mkdir(parents=True)
    (folder / "reports" / "bridge.pdf").write_bytes(made.pdf())
    (folder / "slides.pptx").write_bytes(made.slides())
    (folder / "notes.md").write_text("# Keys\n\nThe cellar key hangs behind the clock.\n")
    (folder / "locked.pdf").write_bytes(made.pdf_encrypted())
    (folder / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    old = datetime(2020, 5, 1).timestamp()
    os.utime(folder / "slides.pptx", (old, old))
    index_folder(folder, root / "index")
    return root


@pytest.fixture
def folder(things: Path, tmp_path: Path) -> Path:
    """Copies, to be changed. Nothing is encoded unless a test adds a document."""
    shutil.copytree(things / "things", tmp_path / "corpus")
    shutil.copytree(things / "index", tmp_path / "index")
    return tmp_path / "corpus"


def paths(run_json: dict[str, list[dict[str, str]]]) -> set[str]:
    return {passage["path"] for passage in run_json["passages"]}


def test_a_citation_names_the_page_and_the_heading(qa_here: RunQa, folder: Path) -> None:
    question = "When was the bridge over the Orla opened?"
    run = qa_here("ask", "--path", "reports/**", question)
    assert run.code == 0
    assert run.out.startswith("1932")
    assert "  reports/bridge.pdf · page 2 · The bridge · " in run.out
    assert run.err == ""
    citation = qa_here("ask", "--json", "--ext", "pptx", question).json["citation"]
    assert (citation["path"], citation["page"], citation["heading"]) == ("slides.pptx", 1, "The bridge")


def test_filters_choose_before_anything_is_ranked(qa_here: RunQa, folder: Path) -> None:
    def found(*options: str) -> set[str]:
        return paths(qa_here("search", "--json", "-n", "50", *options, "bridge").json)

    assert found() == {"reports/bridge.pdf", "slides.pptx"}
    assert found("--ext", "md,pptx") == {"slides.pptx"}
    assert found("--path", "*.md", "--path", "reports/") == {"reports/bridge.pdf"}
    assert found("--before", "2021-01-01") == {"slides.pptx"}
    assert found("--after", "2020-05-02") == {"reports/bridge.pdf"}
    nothing = qa_here("ask", "--path", "nowhere/**", "--ext", "md", "Where is the key?")
    assert nothing.code == 2
    assert nothing.out == ""
    assert "None of the 3 documents is chosen by the filter (path nowhere/**; ext .md)" in nothing.err
    assert qa_here("search", "--after", "yesterday", "bridge").code == 2


def test_filters_hold_for_a_batch(qa_here: RunQa, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "questions.txt").write_text("Where does the cellar key hang?\nWhen was the bridge opened?\n")
    run = qa_here("ask", "--json", "--batch", "questions.txt", "--ext", "md")
    answers = [json.loads(line) for line in run.out.splitlines()]
    assert "clock" in answers[0]["answer"]
    assert all(paths(answer) == {"notes.md"} for answer in answers)


def test_include_and_exclude_hold_for_later_calls(qa_here: RunQa, folder: Path) -> None:
    def indexed(*options: str) -> int:
        return int(qa_here("index", "--json", *options).json["unchanged"])

    assert indexed("--exclude", "reports/", "--exclude", "*.pptx") == 1
    assert indexed() == 1
    assert qa_here("ask", "Where does the cellar key hang?").err == ""
    (folder / ".qaignore").write_text("*.md\n")
    assert qa_here("index").code == 3
    assert indexed("--allow-empty") == 0
    assert qa_here("index", "--exclude", "!").code == 2


def test_a_hostile_folder_is_indexed_but_for_what_is_named(qa_here: RunQa, folder: Path) -> None:
    for number in range(6):
        (folder / f"bad{number}\n\x1b[31m.docx").write_bytes(b"no zip")
    run = qa_here("index")
    assert run.code == 0
    assert "\x1b" not in run.err
    lines = run.err.splitlines()
    assert len(lines) == 3
    assert " and 3 more (qa index --json names them all): it is damaged, or no Word file" in lines[0]
    assert lines[2] == "qa: not read, or read in part: 7 files; qa status --problems names them."
    problems = qa_here("status", "--problems", "--json").json["problems"]
    assert len(problems) == 7
    assert len(qa_here("index", "--json").json["skipped"]) == 7
