"""A corpus that is opened, indexed in a child process, and added to."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from qa.collections import Collection
from qa.errors import CorpusMissing, IndexingEnded, QaError, UsageError
from qa.index import background as indexing
from qa.index.writing.lock import locked
from qa.locations import shipped_corpus
from qa.settings import Settings
from qa.workspace import FederatedWorkspace, Workspace


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("The summer party is on 3 July in the garden.")
    return tmp_path / "notes"


def workspace(notes: Path) -> Workspace:
    return Workspace.of(Settings(corpus=notes, index=notes.parent / "index"))


def test_opened_asked_added_to_and_asked_again(notes: Path, tmp_path: Path) -> None:
    reports, stages = [], []
    mine = workspace(notes)
    assistant = mine.open(lambda *report: reports.append(report), lambda *stage: stages.append(stage))
    assert reports[-1] == (1, 1)
    assistant.ask("When is the summer party?")
    assert stages == [("retrieve", 8), ("read", 1)]
    (tmp_path / "b.md").write_text("# Winter\n\nThe winter party is on 5 January.")
    assert mine.add(tmp_path / "b.md") == notes / "b.md"
    assert assistant.stale() == ("b.md",)
    assert assistant.documents() == ("a.txt",)
    report = mine.update(rebuild=False, progress=lambda *report: reports.append(report))
    assert report.added == ("b.md",)
    assert assistant.documents() == ("a.txt", "b.md")
    assert assistant.file_of("b.md") == notes / "b.md"
    (notes / "b.md").unlink()
    for path in ("b.md", "c.txt", "../index/index.sqlite"):
        with pytest.raises(QaError):
            assistant.file_of(path)
    assistant.close()


def test_what_watch_raises_ends_the_ask_and_no_more(notes: Path) -> None:
    class Enough(Exception):
        pass

    def watch(stage: str, passages: int) -> None:
        if stage == "read" and not seen:
            seen.append(stage)
            raise Enough

    seen: list[str] = []
    assistant = workspace(notes).open(lambda *_: None, watch)
    with pytest.raises(Enough):
        assistant.ask("When is the party?")
    assert assistant.ask("When is the party?").passages
    assistant.close()


def test_what_the_child_cannot_do_is_the_parents_error(tmp_path: Path) -> None:
    with pytest.raises(QaError, match="There is no corpus at"):
        indexing.update_apart(Settings(corpus=tmp_path / "none", index=tmp_path / "index"))


def test_a_child_that_dies_is_a_named_error(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(IndexingEnded, match="exit code 1"):
        workspace(notes).update(rebuild=False, progress=lambda *_: None)


def test_who_writes_the_index_is_told_while_the_child_waits(notes: Path) -> None:
    mine = workspace(notes)
    told: list[str] = []
    folder = mine.settings.index
    assert folder is not None
    with ExitStack() as writer:
        writer.enter_context(locked(folder))

        def waiting(holder: str) -> None:
            told.append(holder)
            writer.close()

        mine.update(rebuild=False, progress=lambda *_: None, waiting=waiting)
    (holder,) = told
    assert holder.startswith(f"process {os.getpid()} on ")


def test_elsewhere_has_its_own_index(notes: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = workspace(notes).elsewhere(tmp_path / "other")
    assert other.corpus == tmp_path / "other"
    assert other.settings.index != workspace(notes).settings.index
    with pytest.raises(CorpusMissing):
        workspace(notes).elsewhere(tmp_path / "none")


def test_what_cannot_be_added(notes: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("another a")
    mine = workspace(notes)
    for given in (tmp_path / "none", tmp_path / "a.txt", notes / "a.txt", tmp_path, Path("~nobody-here/x")):
        with pytest.raises(UsageError):
            mine.add(given)
    with pytest.raises(UsageError):
        Workspace.of(Settings(corpus=shipped_corpus())).add(tmp_path / "a.txt")
    with pytest.raises(UsageError):
        Workspace.of(Settings(corpus=notes / "a.txt")).add(tmp_path / "a.txt")
    assert [file.name for file in notes.iterdir()] == ["a.txt"]
    assert (notes / "a.txt").read_text().startswith("The summer")


def test_a_folder_is_added_whole(notes: Path, tmp_path: Path) -> None:
    (tmp_path / "more" / "deep").mkdir(parents=True)
    (tmp_path / "more" / "deep" / "c.txt").write_text("c")
    workspace(notes).add(tmp_path / "more")
    assert sorted(path.relative_to(notes).as_posix() for path in notes.rglob("*.txt")) == ["a.txt", "more/deep/c.txt"]
    assert not list(notes.glob(".*"))


@pytest.fixture
def collections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FederatedWorkspace:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = []
    for name, text in (("notes", "The rent is 900 euros a month."), ("work", "The manager of Alpha is Ines Okafor.")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").write_text(text)
        made.append(Collection(name, tmp_path / name, exclude=("*.log",)))
    return FederatedWorkspace(Settings(), tuple(made))


def test_collections_are_opened_and_brought_up_to_date_as_one(collections: FederatedWorkspace, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    assert str(collections.corpus) == "notes, work"
    with collections.open(lambda done, total: told.append((done, total)), lambda stage, passages: None) as assistant:
        assert told
        assert assistant.documents() == ("notes/a.md", "work/a.md")
        (tmp_path / "work" / "b.md").write_text("The ferry leaves at nine.")
        (tmp_path / "work" / "b.log").write_text("Nobody wants this.")
        report = collections.update(rebuild=False, progress=lambda done, total: None)
        assert (report.added, report.changed, report.unchanged, report.passages) == (("work/b.md",), (), 2, 3)
        assert assistant.documents() == ("notes/a.md", "work/a.md", "work/b.md")


def test_what_goes_wrong_with_one_collection_is_said_and_the_others_are_brought_up_to_date(
    collections: FederatedWorkspace, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "notes")
    with pytest.raises(QaError, match="There is no folder at .*collections remove notes"):
        collections.update(rebuild=False, progress=lambda done, total: None)
    with collections.open(lambda done, total: None, lambda stage, passages: None) as assistant:
        assert assistant.documents() == ("work/a.md",)
        assert list(assistant.left_out) == ["notes"]


def test_documents_are_added_to_one_collection_only(collections: FederatedWorkspace, tmp_path: Path) -> None:
    (tmp_path / "new.md").write_text("The ferry leaves at nine.")
    with pytest.raises(UsageError, match="several collections"):
        collections.add(tmp_path / "new.md")
    alone = FederatedWorkspace(Settings(), collections.collections[:1])
    assert alone.add(tmp_path / "new.md") == tmp_path / "notes" / "new.md"
