"""The backends that the tests here are run with, and what they need to build and read an index."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from qa.index.backend import IndexBackend, SearchableIndex
from qa.index.backends import backend_of
from qa.index.merged import MergedIndex
from qa.index.records import StoredPassage
from qa.index.writing.encoding import IndexModel
from qa.index.writing.writer import UpdateReport
from qa.index_place import EngineAddress, index_place
from tests.unit.models import card, encoder, index_model

Documents = Mapping[str, str]
"""Texts by path."""
MakeBackend = Callable[[Path], IndexBackend]
"""An index that is not there yet; the folder, which need not exist, is for it alone."""


def embedded(folder: Path) -> IndexBackend:
    return backend_of(folder)


def milvus_lite(folder: Path) -> IndexBackend:
    pytest.importorskip("pymilvus", reason="pip install 'qa[milvus]' for the tests with Milvus")
    pytest.importorskip("milvus_lite", reason="pip install 'qa[milvus]' for the tests with Milvus")
    return backend_of(index_place(f"milvus+file:{folder}.db"))


def milvus_server(folder: Path) -> IndexBackend:
    """With a name of its own each time; what a test leaves there has to be removed by hand."""
    server = os.environ[SERVER]
    pytest.importorskip("pymilvus", reason="pip install 'qa[milvus]' for the tests with Milvus")
    return backend_of(index_place(f"{server.rstrip('/')}/qa_test_{uuid.uuid4().hex}"))


SERVER = "QA_TEST_MILVUS"
"""milvus://HOST:PORT of a Milvus server; the tests are run with it, too, where it is set."""
BACKENDS: Mapping[str, MakeBackend] = {
    "embedded": embedded,
    "milvus-lite": milvus_lite,
    **({"milvus-server": milvus_server} if os.environ.get(SERVER) else {}),
}


def let_go(backend: IndexBackend) -> None:
    """Let another process open the index: what Milvus Lite has open it keeps open until the process ends."""
    if not backend.is_one_process_at_a_time:
        return
    from milvus_lite.server_manager import server_manager_instance

    assert isinstance(backend.place, EngineAddress)
    server_manager_instance.release_server(str(backend.place.file))


def write(corpus: Path, documents: Documents) -> None:
    """Make `corpus` hold these documents and no others."""
    for file in [file for file in corpus.rglob("*") if file.is_file()]:
        if file.relative_to(corpus).as_posix() not in documents:
            file.unlink()
    corpus.mkdir(exist_ok=True)
    for path, text in documents.items():
        file = corpus / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_bytes() != text.encode():
            file.write_bytes(text.encode())


def updated(backend: IndexBackend, corpus: Path, documents: Documents, model: IndexModel | None = None) -> UpdateReport:
    """Make the index hold these documents."""
    write(corpus, documents)
    return backend.update(corpus, model or index_model(), allow_empty=True)


def all_ids(index: SearchableIndex) -> list[int]:
    """Of the passages."""
    return sorted(number for number, _ in index.dense_search(encoder().encode(["anything"])[0], 10_000))


def all_passages(index: SearchableIndex) -> list[StoredPassage]:
    return index.passages(all_ids(index))


def held(backend: IndexBackend) -> dict[str, list[str]]:
    """The texts of the passages of each document in the newest state; vectors, words and rows must agree."""
    with closing(backend.open(card())) as index, index.snapshot():
        passages = all_passages(index)
        found: dict[str, list[str]] = {path: [] for path, *_ in index.documents()}
        for passage in passages:
            assert index.document_text(passage.path)[passage.start : passage.end] == passage.text
            found[passage.path].append(passage.text)
        assert index.passage_count() == len(passages)
        assert index.document_count() == len(found)
        assert len(index.bm25_search("gate", 10_000)) == sum("gate" in one.text.lower() for one in passages)
    return found


@dataclass(frozen=True, slots=True)
class Opened:
    """An index that is open. `named` gives the path in it of a document, by its path in the corpus. `several`: it is made of more
    than one, whose BM25 scores hold for all of them but roughly."""

    index: SearchableIndex
    named: Callable[[str], str]
    several: bool = False


def _unchanged(path: str) -> str:
    return path


@contextmanager
def alone(make: MakeBackend, folder: Path, documents: Documents, times: Mapping[str, int]) -> Iterator[Opened]:
    """The documents in one index; `times`: when each was changed (ns)."""
    backend = _built(make, folder, documents, times)
    with closing(backend.open(card())) as index:
        yield Opened(index, _unchanged)


@contextmanager
def merged(make: MakeBackend, folder: Path, documents: Documents, times: Mapping[str, int]) -> Iterator[Opened]:
    """The documents in the indexes of two collections, asked as one."""
    of_collection = {path: "one" if number % 2 else "two" for number, path in enumerate(sorted(documents))}
    backends = {
        name: _built(make, folder / name, {path: documents[path] for path, its in of_collection.items() if its == name}, times)
        for name in ("one", "two")
    }  # fmt: skip
    with closing(MergedIndex({name: backend.open(card()) for name, backend in backends.items()})) as index:
        yield Opened(index, lambda path: f"{of_collection[path]}/{path}", several=True)


def _built(make: MakeBackend, folder: Path, documents: Documents, times: Mapping[str, int]) -> IndexBackend:
    backend, corpus = make(folder / "index"), folder / "corpus"
    corpus.parent.mkdir(parents=True, exist_ok=True)
    write(corpus, documents)
    for path, time in times.items():
        if (corpus / path).exists():
            os.utime(corpus / path, ns=(time, time))
    backend.update(corpus, index_model())
    return backend
