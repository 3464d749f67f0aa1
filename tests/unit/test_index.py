from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest

from qa.errors import (
    IndexDamaged,
    IndexForeign,
    IndexOfOtherProgram,
    IndexOutdated,
)
from qa.index.index_reader import IndexReader
from qa.index.maintenance.verify import verify
from qa.index.sqlite.database import FILE_NAME, open_to_change
from tests.unit.models import card, encoder, index_folder


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text("The treaty was signed in Oslo. It holds for nine years.")
    (folder / "b.md").write_text("# Harvest\n\nApples are picked in autumn.\n")
    return folder


@pytest.fixture
def index(corpus: Path, tmp_path: Path) -> Path:
    index_folder(corpus, tmp_path / "index")
    return tmp_path / "index"


def open_index(folder: Path) -> IndexReader:
    return IndexReader(folder, card())


def texts(folder: Path, words: str = "") -> list[str]:
    """All passages, or those with `words`."""
    reader = open_index(folder)
    with reader.snapshot():
        ids = [passage for passage, _ in reader.bm25_search(words, 100)] if words else everything(reader)
        found = [passage.text for passage in reader.passages(ids)]
    reader.close()
    return sorted(found)


def read_everything(folder: Path) -> None:
    assert texts(folder)
    reader = open_index(folder)
    with reader.snapshot():
        for path, *_ in reader.documents():
            assert reader.document_text(path)
    reader.close()


def tamper(folder: Path, *statements: str) -> None:
    """Change the database as only a program with its checksums can."""
    connection = open_to_change(folder / FILE_NAME)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def with_loose_tables(folder: Path, statement: str, value: object) -> None:
    """Run `statement` on a database whose tables take values of any kind."""
    connection = open_to_change(folder / FILE_NAME)
    for pragma in ("writable_schema = ON", "foreign_keys = OFF"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("UPDATE sqlite_master SET sql = replace(replace(sql, 'STRICT', ''), 'NOT NULL', '')")
    connection.close()
    connection = open_to_change(folder / FILE_NAME)
    connection.execute(statement, (value,))
    connection.close()


def everything(reader: IndexReader) -> list[int]:
    return [passage for passage, _ in reader.dense_search(encoder().encode(["anything"])[0], 1000)]


@pytest.mark.parametrize("damage", ["missing", "flipped", "short", "empty"])
def test_a_damaged_faiss_file_is_rebuilt(index: Path, corpus: Path, damage: str) -> None:
    file = next(index.glob("*.faiss"))
    whole = file.read_bytes()
    flipped = bytearray(whole)
    flipped[-100] ^= 1
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes({"flipped": bytes(flipped), "short": whole[:-7], "empty": b""}[damage])
    assert len(texts(index)) == 2
    assert file.read_bytes() == whole


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_database_is_a_named_error_and_a_rebuild_mends_it(index: Path, corpus: Path, content: bytes) -> None:
    (index / FILE_NAME).write_bytes(content)
    with pytest.raises((IndexDamaged, IndexForeign), match="--rebuild"):
        open_index(index)
    with pytest.raises((IndexDamaged, IndexForeign), match="--rebuild"):
        index_folder(corpus, index)
    index_folder(corpus, index, rebuild=True)
    assert len(texts(index)) == 2


def test_a_database_with_a_torn_page_is_a_named_error(index: Path) -> None:
    path = index / FILE_NAME
    data = bytearray(path.read_bytes())
    data[4096 : len(data)] = b"\x5a" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(IndexDamaged, match="--rebuild"):
        texts(index)


def test_a_manifest_cannot_name_a_file_elsewhere(index: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    for name in (str(victim), "../victim.txt", "victim.txt", "vectors-000001.faiss.part"):
        tamper(index, f"UPDATE manifest SET value = '{name}' WHERE name = 'faiss_file'")
        with pytest.raises(IndexDamaged, match="vector file"):
            open_index(index)
    assert victim.read_text() == "mine"


def test_a_link_in_the_place_of_a_part_is_not_followed(index: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    file = next(index.glob("*.faiss"))
    file.unlink()
    (index / f"{file.name}.part").symlink_to(victim)
    assert len(texts(index)) == 2
    assert victim.read_text() == "mine"
    assert not file.is_symlink()


def test_vectors_that_are_gone_are_a_named_error(index: Path) -> None:
    tamper(index, "DELETE FROM vectors")
    next(index.glob("*.faiss")).unlink()
    with pytest.raises(IndexDamaged, match="match"):
        open_index(index)


def test_a_foreign_database_is_a_named_error(tmp_path: Path, corpus: Path) -> None:
    folder = tmp_path / "foreign"
    folder.mkdir()
    connection = sqlite3.connect(folder / FILE_NAME)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(IndexOfOtherProgram, match="another program"):
        open_index(folder)
    with pytest.raises(IndexOfOtherProgram):
        index_folder(corpus, folder, rebuild=True)
    assert sqlite3.connect(folder / FILE_NAME).execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_an_unknown_schema_is_a_named_error(index: Path) -> None:
    tamper(index, "PRAGMA user_version = 99")
    with pytest.raises(IndexForeign, match="99"):
        open_index(index)


def test_an_index_of_an_earlier_version_is_made_anew_by_the_next_update(index: Path, corpus: Path) -> None:
    tamper(index, "DROP TABLE vectors", "PRAGMA user_version = 1")
    with pytest.raises(IndexOutdated, match="qa index"):
        open_index(index)
    assert index_folder(corpus, index).encoded == 2
    assert len(texts(index)) == 2


@pytest.mark.parametrize("value", ["x", "", "1.5", "١"])
@pytest.mark.parametrize("name", ["generation", "dimension", "next_passage_id"])
def test_a_number_in_the_manifest_that_is_none_is_a_named_error_or_a_number(index: Path, name: str, value: str) -> None:
    tamper(index, f"UPDATE manifest SET value = '{value}' WHERE name = '{name}'")
    with suppress(IndexDamaged):
        assert len(texts(index)) == 2


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("passages", "text", b"7"),
        ("passages", "start", "x"),
        ("passages", "line", 1.5),
        ("passages", "heading", b"x"),
        ("passages", "document", "x"),
        ("documents", "path", b"x"),
        ("documents", "size", "x"),
        ("documents", "mtime_ns", None),
        ("documents", "sha256", b"1"),
        ("documents", "text", "x"),
        ("documents", "text", b"x"),
        ("vectors", "vector", "x" * 768),
        ("vectors", "vector", b"x"),
        ("manifest", "value", b"1"),
    ],
)
def test_values_of_another_kind_are_a_named_error(
    index: Path, corpus: Path, table: str, column: str, value: object
) -> None:
    with_loose_tables(index, f'UPDATE {table} SET "{column}" = ? WHERE rowid = (SELECT min(rowid) FROM {table})', value)
    next(index.glob("*.faiss")).unlink()
    with pytest.raises(IndexDamaged):
        read_everything(index)
    assert not verify(index).sound
    (corpus / "a.txt").write_text("Changed, so that the index is written.")
    with suppress(IndexDamaged):
        index_folder(corpus, index)
