"""An update encodes only what is new, follows files that move, and leaves the old index when it cannot be finished."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from qa.errors import IndexNotWritable, IndexOfOtherCorpus
from qa.index.index_reader import IndexReader
from qa.index.maintenance.verify import verify
from qa.index.sqlite.database import FILE_NAME
from qa.index.writing.writer import UpdateReport, update
from tests.unit.models import CountingEncoder, RememberingEncoder, card, index_folder, index_model
from tests.unit.test_index import texts


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    (folder / "sub").mkdir(parents=True)
    for name, colour in (("a.txt", "red"), ("b.md", "blue"), ("sub/c.txt", "green")):
        rows = "\n\n".join(f"Gate {row} in {name} is {colour} and leads to house {row * 7}." for row in range(9))
        (folder / name).write_text(rows)
    return folder


@pytest.fixture
def index(corpus: Path, tmp_path: Path) -> Path:
    index_folder(corpus, tmp_path / "index")
    return tmp_path / "index"


def updated(corpus: Path, index: Path) -> tuple[UpdateReport, list[str]]:
    counting = CountingEncoder()
    report = update(corpus, index, replace(index_model(), open_encoder=lambda: counting))
    assert report.encoded == len(counting.encoded)
    assert verify(index).sound
    return report, counting.encoded


def open_for(index: Path, corpus: Path) -> None:
    reader = IndexReader(index, card())
    try:
        reader.check_belongs_to(corpus)
    finally:
        reader.close()


def test_a_corpus_may_move_with_its_index_or_without_it(corpus: Path, index: Path, tmp_path: Path) -> None:
    (tmp_path / "new" / "deep").mkdir(parents=True)
    index = index.rename(tmp_path / "new" / "deep" / "index")
    corpus = corpus.rename(tmp_path / "new" / "deep" / "corpus")
    open_for(index, corpus)
    assert updated(corpus, index)[1] == []
    corpus = corpus.rename(tmp_path / "alone")
    open_for(index, corpus)
    (corpus / "a.txt").write_text("One of three was edited.")
    open_for(index, corpus)
    assert updated(corpus, index)[0].changed == ("a.txt",)
    for name in ("b.md", "sub/c.txt"):
        (corpus / name).write_text("So is everything.")
    open_for(index, corpus)


def test_an_index_of_one_file_belongs_to_that_file(tmp_path: Path) -> None:
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text(f"This is {name}.")
    index_folder(tmp_path / "one.txt", tmp_path / "index")
    open_for(tmp_path / "index", tmp_path / "one.txt")
    with pytest.raises(IndexOfOtherCorpus):
        open_for(tmp_path / "index", tmp_path / "two.txt")


def test_nothing_of_the_machine_is_in_an_index(index: Path, tmp_path: Path) -> None:
    assert str(tmp_path).encode() not in (index / FILE_NAME).read_bytes()


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file grows above `size` bytes, as if the disk were full there."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("anew", [False, True])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.9, 1.0, 1.1])
def test_a_disk_that_is_full_leaves_the_old_index(corpus: Path, index: Path, share: float, anew: bool) -> None:
    before, old = texts(index), {file.name: file.read_bytes() for file in index.iterdir()}
    (corpus / "big.txt").write_text("\n\n".join(f"Number {row} of a long list of gates." for row in range(120)))
    with files_of_at_most(int(share * (index / FILE_NAME).stat().st_size)):
        with pytest.raises(IndexNotWritable):
            index_folder(corpus, index, rebuild=anew)
        assert texts(index) == before
    assert {file.name: file.read_bytes() for file in index.iterdir()} == old
    assert index_folder(corpus, index).added == ("big.txt",)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small disk")
@pytest.mark.parametrize("kilobytes_free", [0, 4, 40, 80])
def test_a_disk_that_is_really_full_leaves_the_old_index(corpus: Path, tmp_path: Path, kilobytes_free: int) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("cannot mount here")
    try:
        index_folder(corpus, disk / "index")
        before = texts(disk / "index")
        free = shutil.disk_usage(disk).free
        (disk / "filler").write_bytes(bytes(free - 1024 * kilobytes_free))
        (corpus / "big.txt").write_text("\n\n".join(f"Number {row} of a long list of gates." for row in range(120)))
        with pytest.raises(IndexNotWritable, match="full|space"):
            index_folder(corpus, disk / "index")
        assert texts(disk / "index") == before
        assert verify(disk / "index").sound
        assert {file.suffix for file in (disk / "index").iterdir()} <= {".sqlite", ".faiss", ""}
    finally:
        subprocess.run(["umount", disk], check=True)


def test_readers_see_whole_states_while_a_writer_goes_on(tmp_path: Path) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()

    def write(state: int) -> None:
        for name in ("a", "b", "c"):
            (corpus / f"{name}.txt").write_text(f"The gate {name} is open in state {state}.")
        index_folder(corpus, index)

    def states_seen() -> list[set[str]]:
        reader = IndexReader(index, card())
        seen = []
        while not done.is_set() or not seen:
            with reader.snapshot():
                near = {number for number, _ in reader.dense_search(RememberingEncoder().encode(["gate"])[0], 100)}
                read = reader.passages([number for number, _ in reader.bm25_search("gate", 100)])
                assert near == {passage.id for passage in read}
                assert [passage.path for passage in sorted(read, key=lambda p: p.path)] == ["a.txt", "b.txt", "c.txt"]
                seen.append({passage.text.rsplit(" ", 1)[1] for passage in read})
        return seen

    done = threading.Event()
    write(0)
    with ThreadPoolExecutor() as pool:
        readers = [pool.submit(states_seen) for _ in range(2)]
        for state in range(1, 16):
            write(state)
        done.set()
        seen = [states for reader in readers for states in reader.result()]
    assert all(len(states) == 1 for states in seen)
    assert len({state for states in seen for state in states}) > 1
