"""Brings an index up to date with its corpus.

Everything slow (reading, cutting, encoding) happens before anything is changed. Then the new FAISS file is written and
synced under its own name, one SQLite transaction commits all rows and points to it, and only then the old file goes. An
index that is made anew is built beside the old one and renamed into its place. So a process that is killed at any point
leaves the old index or the new one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from qa.documents import Choice, Document
from qa.errors import CorpusEmpty, CorpusMissing, IndexBusy, IndexDamaged, IndexForeign, IndexMissing
from qa.index import rows
from qa.index.changes import Changes, Known, Skipped, changes
from qa.index.database import FILE_NAME, create, errors_for_users, open_existing
from qa.index.manifest import Manifest
from qa.index.memory import Memory
from qa.index.vectors import PassageVectors, file_name, newest_generation, remove_others, sync_folder
from qa.passages import Passage, Splitter, with_heading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.encoder import Encoder, ModelCard

_SLAB = 128
"""Passages between two reports of progress."""
_LOCK_NAME = ".lock"


class Progress(Protocol):
    """Told how many passages of how many are encoded."""

    def __call__(self, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class IndexModel:
    """What passages are made with: how they are cut, and the encoder, which is opened only when it is needed."""

    card: ModelCard
    splitter: Splitter
    open_encoder: Callable[[], Encoder]


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What an update did. `passages` is how many the index holds now, `encoded` how many of them are new."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int
    skipped: tuple[Skipped, ...]
    passages: int
    encoded: int


def update(
    corpus: Path,
    folder: Path,
    model: IndexModel,
    *,
    rebuild: bool = False,
    choice: Choice | None = None,
    progress: Progress | None = None,
) -> UpdateReport:
    """Make the index at `folder` say what `corpus` says; with `rebuild`, anew, whatever is there.

    It is also made anew when it was made with another model or another way of cutting. Without a `choice` of files the one
    of the last time holds.
    Raises CorpusMissing, CorpusEmpty, IndexBusy, IndexNotWritable, IndexOfOtherProgram and, without `rebuild`, IndexDamaged
    and IndexForeign.
    """
    if not corpus.exists():
        raise CorpusMissing(corpus)
    with _locked(folder), _opened(folder, model, rebuild) as target:
        memory = _memory(target, choice)
        found = changes(corpus, _known(target), memory)
        new_memory = replace(memory, refused=found.refused)
        cut = [(document, model.splitter.split(document)) for document in (*found.added, *found.changed)]
        fresh = [passage for _, passages in cut for passage in passages]
        if target.pending and not fresh:
            raise CorpusEmpty(corpus, len(found.skipped))
        vectors = _encode(fresh, model, progress)
        with errors_for_users(folder):
            if found:
                _commit(target, model, found, cut, vectors, new_memory)
            elif found.touched or new_memory != _memory(target, None):
                _commit_times(target, found, new_memory)
            (count,) = target.connection.execute("SELECT count(*) FROM passages").fetchone()
    return UpdateReport(
        added=tuple(document.path for document in found.added),
        changed=tuple(document.path for document in found.changed),
        removed=tuple(found.removed),
        unchanged=found.unchanged,
        skipped=tuple(found.skipped),
        passages=count,
        encoded=len(vectors),
    )


@dataclass(frozen=True, slots=True)
class _Target:
    """The database that is written: the one in place, or a new one at `pending` that will take the place."""

    folder: Path
    connection: sqlite3.Connection
    old: Manifest | None
    pending: Path | None

    @property
    def next_generation(self) -> int:
        """No name is used for two contents, so the files count too: one may be left of an update that was killed."""
        return 1 + max(self.old.generation if self.old else 0, newest_generation(self.folder))

    @property
    def next_passage_id(self) -> int:
        return self.old.next_passage_id if self.old and not self.pending else 1


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    with errors_for_users(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / _LOCK_NAME)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise IndexBusy(folder) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _opened(folder: Path, model: IndexModel, rebuild: bool) -> Iterator[_Target]:
    with errors_for_users(folder):
        target = _made_anew(folder) if rebuild else _in_place(folder, model)
    try:
        yield target
    finally:
        target.connection.close()
        if target.pending:
            target.pending.unlink(missing_ok=True)
            _journal(target.pending).unlink(missing_ok=True)


def _in_place(folder: Path, model: IndexModel) -> _Target:
    try:
        connection = open_existing(folder)
    except IndexMissing:
        return _made_anew(folder)
    old = Manifest.load(connection, folder)
    if old.fingerprint == model.card.fingerprint and old.splitter == model.splitter.version:
        return _Target(folder, connection, old, pending=None)
    connection.close()
    return _made_anew(folder)


def _made_anew(folder: Path) -> _Target:
    old = None
    try:
        with errors_for_users(folder):
            connection = open_existing(folder)
            try:
                old = Manifest.load(connection, folder)
            finally:
                connection.close()
    except (IndexMissing, IndexDamaged, IndexForeign):
        pass
    pending = folder / f"{FILE_NAME}.new"
    for leftover in (pending, _journal(pending)):
        leftover.unlink(missing_ok=True)
    return _Target(folder, create(pending), old, pending)


def _known(target: _Target) -> dict[str, Known]:
    with errors_for_users(target.folder):
        stored = target.connection.execute("SELECT path, size, mtime_ns, sha256 FROM documents").fetchall()
    return {path: Known(*rest) for path, *rest in stored}


def _memory(target: _Target, choice: Choice | None) -> Memory:
    """Of the index, with `choice` in place of its own if one is given. Made anew, it knows the choice of the old one only."""
    if target.pending:
        memory = Memory(choice=_choice_of_old(target.folder))
    else:
        with errors_for_users(target.folder):
            memory = Memory.load(target.connection)
    return replace(memory, choice=choice) if choice is not None else memory


def _choice_of_old(folder: Path) -> Choice:
    try:
        with errors_for_users(folder), closing(open_existing(folder)) as connection:
            return Memory.load(connection).choice
    except (IndexMissing, IndexDamaged, IndexForeign):
        return Choice()


def _encode(passages: list[Passage], model: IndexModel, progress: Progress | None) -> NDArray[np.float16]:
    """Vectors as they are stored, shape (n, d)."""
    import numpy as np

    vectors = np.empty((len(passages), model.card.dimension), dtype=np.float16)
    if not passages:
        return vectors
    encoder = model.open_encoder()
    for first in range(0, len(passages), _SLAB):
        texts = [with_heading(passage.heading, passage.text) for passage in passages[first : first + _SLAB]]
        vectors[first : first + len(texts)] = encoder.encode(texts).astype(np.float16)
        if progress is not None:
            progress(first + len(texts), len(passages))
    return vectors


def _commit(
    target: _Target,
    model: IndexModel,
    found: Changes,
    cut: list[tuple[Document, list[Passage]]],
    vectors: NDArray[np.float16],
    memory: Memory,
) -> None:
    generation = target.next_generation
    faiss_file = file_name(generation)
    with _transaction(target.connection) as connection:
        for path in (*found.removed, *(document.path for document in found.changed)):
            rows.delete(connection, path)
        row, first_id = 0, target.next_passage_id
        for document, passages in cut:
            rows.insert(connection, document, passages, vectors[row : row + len(passages)], first_id + row)
            row += len(passages)
        rows.touch(connection, found.touched)
        memory.save(connection)
        derived = PassageVectors.from_database(connection, model.card.dimension)
        Manifest(
            splitter=model.splitter.version,
            model_id=model.card.model_id,
            fingerprint=model.card.fingerprint,
            dimension=model.card.dimension,
            generation=generation,
            faiss_file=faiss_file,
            faiss_sha256=derived.save(target.folder / faiss_file),
            next_passage_id=first_id + row,
        ).save(connection)
    if target.pending:
        _take_the_place(target.pending, target.folder)
    remove_others(target.folder, kept=faiss_file)


def _commit_times(target: _Target, found: Changes, memory: Memory) -> None:
    with _transaction(target.connection) as connection:
        rows.touch(connection, found.touched)
        memory.save(connection)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _take_the_place(pending: Path, folder: Path) -> None:
    place = folder / FILE_NAME
    # SQLite would roll a journal of the old database back into the new one.
    _journal(place).unlink(missing_ok=True)
    pending.replace(place)
    sync_folder(folder)


def _journal(database: Path) -> Path:
    return database.with_name(database.name + "-journal")
