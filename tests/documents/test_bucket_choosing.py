"""Objects are chosen as files are; over fsspec's file system in memory, which needs no server (tests/storage has one)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from qa.corpus_place import BucketAddress
from qa.documents import Choice, Document, Loader, sources
from qa.documents.bucket_choosing import sizes
from qa.documents.object_storage import read_at_most

ADDRESS = BucketAddress("memory", "bucket", "notes")


@pytest.fixture
def objects() -> Iterator[dict[str, Any]]:
    """The store: what a test puts into it under "/bucket/…" is in the bucket."""
    memory = pytest.importorskip("fsspec.implementations.memory")
    store = memory.MemoryFileSystem.store
    store.clear()
    yield store
    store.clear()


def put(objects: dict[str, Any], *keys: str, data: bytes = b"text") -> None:
    from fsspec.implementations.memory import MemoryFile

    for key in keys:
        objects[f"/bucket/{key}"] = MemoryFile(None, f"/bucket/{key}", data)


def chosen(address: BucketAddress = ADDRESS, choice: Choice | None = None) -> tuple[list[str], dict[str, str]]:
    skipped: dict[str, str] = {}
    return [source.path for source in sources(address, skip=skipped.__setitem__, choice=choice)], skipped


def test_the_rules_are_those_of_folders(objects: dict[str, Any]) -> None:
    put(objects, "notes/b.txt", "notes/a/c.md", "notes/.git/config", "notes/a/node_modules/x/d.txt", "notes/film.mp4")
    put(objects, "notes/env/pyvenv.cfg", "notes/env/lib/e.txt", "notes/old/f.txt", "notes-2/g.txt")
    assert chosen(choice=Choice(exclude=("old/",))) == (["b.txt", "a/c.md"], {})


def test_an_ignore_file_holds_for_its_folder(objects: dict[str, Any]) -> None:
    put(objects, "notes/a.log", "notes/in/b.log", "notes/in/c.txt")
    put(objects, "notes/in/.qaignore", data=b"*.log")
    assert chosen()[0] == ["a.log", "in/c.txt"]
    put(objects, "notes/in/.qaignore", data=b"\xff\xfe")
    paths, skipped = chosen()
    assert paths == ["a.log", "in/b.log", "in/c.txt"]
    assert "patterns of .gitignore" in skipped["in/.qaignore"]


def test_hostile_names_are_skipped_and_named(objects: dict[str, Any]) -> None:
    put(objects, "notes/a.txt", "notes/../../etc/passwd", "notes//etc/passwd", "notes/./b.txt", "notes/x/../y.txt")
    put(objects, "notes/nul\0.txt", "notes/esc\x1b[2J.txt", "notes/c.txt?versionId=1")
    paths, skipped = chosen()
    assert paths == ["a.txt"]
    assert len(skipped) == 7
    assert all(reason.startswith("its name") for reason in skipped.values())


def test_a_sign_of_a_folder_is_no_document(objects: dict[str, Any]) -> None:
    put(objects, "notes/", "notes/in/", data=b"")
    put(objects, "notes/in/a.txt")
    assert chosen() == (["in/a.txt"], {})


def test_keys_may_have_more_parts_than_python_calls(objects: dict[str, Any]) -> None:
    deep = "d/" * 2000 + "a.txt"
    put(objects, f"notes/{deep}", "notes/d/b.txt")
    assert chosen()[0] == ["d/b.txt", deep]
    assert sizes(ADDRESS) == {"d/b.txt": 4, deep: 4}


def test_no_more_is_read_than_may_be(objects: dict[str, Any]) -> None:
    put(objects, "notes/a.txt", data=b"0123456789")
    (source,) = sources(ADDRESS, skip=lambda *_: None)
    assert read_at_most(source.file, 4) == b"0123"  # type: ignore[arg-type]


def test_an_empty_object_is_read_as_an_empty_file_is(objects: dict[str, Any]) -> None:
    put(objects, "notes/a.txt", data=b"")
    (source,) = sources(ADDRESS, skip=lambda *_: None)
    with Loader() as loader:
        document: Document = loader.load(source)
    assert (document.text, document.size) == ("", 0)
