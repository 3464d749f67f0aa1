"""What an index remembers beside its documents: refused files are not tried again and again, a choice holds until the next."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from qa.documents import Choice
from qa.index.index_reader import IndexReader
from qa.index.records import Known, Memory, Refused
from qa.index.sqlite.database import FILE_NAME, open_to_change
from qa.index.sqlite.remembered_files import FIRST_READING, save_memory
from qa.index.writing.changes import stale
from qa.index.writing.writer import UpdateReport, update
from tests.documents import made
from tests.unit.models import card, index_folder, index_model


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text("The treaty was signed in Oslo.")
    (folder / "b.pdf").write_bytes(made.pdf_encrypted())
    return folder


def memory(folder: Path) -> Memory:
    with closing(IndexReader(folder, card())) as reader, reader.snapshot():
        return reader.memory()


def differing(corpus: Path, folder: Path) -> tuple[str, ...]:
    with closing(IndexReader(folder, card())) as reader, reader.snapshot():
        known = {path: Known(*rest) for path, *rest in reader.documents()}
        return stale(corpus, known, reader.memory())


def reasons(report: UpdateReport) -> dict[str, str]:
    return {skipped.path: skipped.reason for skipped in report.skipped}


def test_a_refused_file_is_named_each_time_but_neither_tried_again_nor_stale(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = index_folder(corpus, tmp_path / "index")
    assert reasons(first) == {"b.pdf": "it is encrypted and needs a password"}
    assert differing(corpus, tmp_path / "index") == ()

    def never(*_: object) -> None:
        raise AssertionError("it was converted again")

    with monkeypatch.context() as patched:
        patched.setattr("qa.documents.conversion.Converter.convert", never)
        assert reasons(index_folder(corpus, tmp_path / "index")) == reasons(first)
    (corpus / "b.pdf").write_bytes(made.pdf())
    assert differing(corpus, tmp_path / "index") == ("b.pdf",)
    assert index_folder(corpus, tmp_path / "index").added == ("b.pdf",)
    assert memory(tmp_path / "index").refused == {}


def test_a_rebuild_tries_refused_files_again_and_keeps_the_choice(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    update(corpus, folder, index_model(), choice=Choice(exclude=("*.md",)))
    (corpus / "c.md").write_text("text")
    with closing(open_to_change(folder / FILE_NAME)) as connection:
        connection.execute("UPDATE refused SET reason = 'an old reason'")
    assert reasons(index_folder(corpus, folder)) == {"b.pdf": "an old reason"}
    report = index_folder(corpus, folder, rebuild=True)
    assert reasons(report) == {"b.pdf": "it is encrypted and needs a password"}
    assert report.added == ("a.txt",)


def test_a_document_that_can_no_longer_be_read_leaves_the_index(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    (corpus / "b.pdf").write_bytes(made.pdf())
    index_folder(corpus, folder)
    (corpus / "b.pdf").write_bytes(made.pdf_encrypted())
    report = index_folder(corpus, folder)
    assert report.removed == ("b.pdf",)
    assert list(memory(folder).refused) == ["b.pdf"]


def test_a_file_that_the_system_withholds_is_tried_again(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    index_folder(corpus, folder)
    before = memory(folder)
    status = (corpus / "b.pdf").stat()
    withheld = Refused(status.st_size, status.st_mtime_ns, "permission denied", version=0)
    with closing(open_to_change(folder / FILE_NAME)) as connection:
        save_memory(Memory({"b.pdf": withheld}, before.choice), connection)
    assert differing(corpus, folder) == ()
    assert reasons(index_folder(corpus, folder)) == {"b.pdf": "it is encrypted and needs a password"}


def test_a_choice_holds_until_another_is_made(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    (corpus / "c.md").write_text("text")
    assert update(corpus, folder, index_model(), choice=Choice(exclude=("*.md", "*.pdf"))).added == ("a.txt",)
    assert differing(corpus, folder) == ()
    os.utime(corpus / "c.md", (1, 1))
    assert index_folder(corpus, folder).added == ()
    assert update(corpus, folder, index_model(), choice=Choice(include=("*.md",))).removed == ("a.txt",)
    assert update(corpus, folder, index_model(), choice=Choice()).added == ("a.txt",)
    assert memory(folder).choice == Choice()


def test_what_is_no_memory_is_forgotten(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    index_folder(corpus, folder)
    with closing(open_to_change(folder / FILE_NAME)) as connection:
        connection.execute("UPDATE refused SET size = 'many'")
        connection.execute("INSERT INTO choice VALUES ('exclude', '!'), ('exclude', x'ff')")
    assert memory(folder) == Memory()
    assert reasons(index_folder(corpus, folder)) == {"b.pdf": "it is encrypted and needs a password"}


def test_an_index_of_before_remembers_nothing(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    index_folder(corpus, folder)
    with closing(open_to_change(folder / FILE_NAME)) as connection:
        connection.execute("DROP TABLE refused; DROP TABLE choice")
    assert memory(folder) == Memory(reading=FIRST_READING)
    assert list(reasons(index_folder(corpus, folder))) == ["b.pdf"]
    assert list(memory(folder).refused) == ["b.pdf"]
