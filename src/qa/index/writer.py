"""Brings an index up to date with its corpus.

The index in place is never written to. Everything slow (reading, cutting, encoding) happens first; then a copy of the database
is changed (or a new one made), the new FAISS file is written and synced under its own name, the copy that points to it is
synced and renamed into the place, and only then the old FAISS file goes. So a process that is killed, or runs out of disk,
at any point leaves the old index or the new one, and a reader sees one or the other, never waits, and never stops a writer.

Copying costs what the database weighs (here some 2 GB a second from the cache); the FAISS file is written whole at each change
anyway.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import apsw

from qa.documents import Choice, Document
from qa.errors import CorpusEmpty, CorpusMissing, IndexDamaged, IndexForeign, IndexMissing, IndexOutdated
from qa.index import rows
from qa.index.belonging import check_belongs, check_not_emptied, place_from
from qa.index.changes import Changes, Known, Skipped, changes
from qa.index.database import FILE_NAME, create, errors_for_users, open_existing, open_to_change
from qa.index.encoding import IndexModel, Lookup, Progress, Vectors, nothing_stored, stored_in, vectors_of
from qa.index.lock import Waiting, locked
from qa.index.manifest import Manifest
from qa.index.memory import Memory
from qa.index.vectors import PassageVectors, file_name, newest_generation, remove_others, sync_folder
from qa.passages import Passage

__all__ = ["IndexModel", "Progress", "UpdateReport", "Waiting", "update"]

_PENDING = f"{FILE_NAME}.*.new"

Cut = Sequence[tuple[Document, Sequence[Passage]]]


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What an update did. `passages` is how many the index holds now, `encoded` how many texts had to be encoded.

    `renamed` are pairs of the old and the new path.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    unchanged: int
    skipped: tuple[Skipped, ...]
    passages: int
    encoded: int

    @property
    def changed_something(self) -> bool:
        return bool(self.added or self.changed or self.removed or self.renamed)


def update(
    corpus: Path,
    folder: Path,
    model: IndexModel,
    *,
    rebuild: bool = False,
    allow_empty: bool = False,
    choice: Choice | None = None,
    progress: Progress | None = None,
    waiting: Waiting | None = None,
) -> UpdateReport:
    """Make the index at `folder` say what `corpus` says; with `rebuild`, anew, whatever is there.

    It is also made anew when it was made by an earlier version, with another model or another way of cutting. Without a
    `choice` of files the one of the last time holds. A second writer waits for the first; `waiting` is told so.
    Raises CorpusMissing, CorpusEmpty, IndexNotWritable, IndexOfOtherProgram and, without `rebuild`, IndexDamaged, IndexForeign,
    IndexOfOtherCorpus and (without `allow_empty`) CorpusEmptied.
    """
    if not corpus.exists():
        raise CorpusMissing(corpus)
    with locked(folder, waiting), _base(folder, model, rebuild) as base:
        if not rebuild:
            check_belongs(base.corpus, lambda: base.known, folder, corpus)
        memory = base.memory if choice is None else replace(base.memory, choice=choice)
        found = changes(corpus, base.known, memory)
        memory = replace(memory, refused=found.refused)
        if not allow_empty:
            check_not_emptied(found, base.known, corpus)
        cut = [(document, model.splitter.split(document)) for document in (*found.added, *found.changed)]
        fresh = [passage for _, passages in cut for passage in passages]
        if not base.kept and not fresh:
            raise CorpusEmpty(corpus, len(found.skipped))
        vectors = vectors_of(fresh, model, base.stored, progress)
        place = place_from(folder, corpus)
        with errors_for_users(folder):
            if found or found.touched or place != base.corpus or memory != base.memory:
                count = _commit(base, model, found, cut, vectors, place, memory)
            else:
                count = base.passage_count()
                base.tidy()
    return UpdateReport(
        added=tuple(document.path for document in found.added),
        changed=tuple(document.path for document in found.changed),
        removed=tuple(found.removed),
        renamed=tuple((rename.old, rename.source.path) for rename in found.renamed),
        unchanged=found.unchanged,
        skipped=tuple(found.skipped),
        passages=count,
        encoded=vectors.encoded,
    )


@dataclass(frozen=True, slots=True)
class _Base:
    """What an update starts from: the index in place (`kept`), or nothing, when it is made anew.

    Made anew, it remembers which files the user chose, where that can be read.
    """

    folder: Path
    kept: apsw.Connection | None
    manifest: Manifest | None
    known: dict[str, Known]
    memory: Memory = field(default_factory=Memory)

    @property
    def corpus(self) -> str:
        return self.manifest.corpus if self.kept and self.manifest else ""

    @property
    def stored(self) -> Lookup:
        return stored_in(self.kept, self.folder) if self.kept else nothing_stored

    @property
    def next_passage_id(self) -> int:
        return self.manifest.next_passage_id if self.kept and self.manifest else 1

    def tidy(self) -> None:
        """Remove what a writer left that was killed between the renaming and its last steps."""
        _remove_pending(self.folder)
        if self.manifest:
            remove_others(self.folder, kept=self.manifest.faiss_file)

    def passage_count(self) -> int:
        return int(self.kept.execute("SELECT count(*) FROM passages").get) if self.kept else 0


@contextmanager
def _base(folder: Path, model: IndexModel, rebuild: bool) -> Iterator[_Base]:
    try:
        connection = open_existing(folder)
    except (IndexMissing, IndexOutdated):
        yield _Base(folder, None, None, {})
        return
    except (IndexDamaged, IndexForeign):
        if not rebuild:
            raise
        yield _Base(folder, None, None, {})
        return
    try:
        yield _from(connection, folder, model, rebuild)
    finally:
        connection.close()


def _from(connection: apsw.Connection, folder: Path, model: IndexModel, rebuild: bool) -> _Base:
    try:
        with errors_for_users(folder):
            manifest = Manifest.load(connection, folder)
            memory = Memory.load(connection)
            if rebuild or manifest.fingerprint != model.card.fingerprint or manifest.splitter != model.splitter.version:
                return _Base(folder, None, manifest, {}, Memory(choice=memory.choice))
            return _Base(folder, connection, manifest, rows.known(connection, folder), memory)
    except IndexDamaged:
        if not rebuild:
            raise
        return _Base(folder, None, None, {})


def _commit(
    base: _Base, model: IndexModel, found: Changes, cut: Cut, vectors: Vectors, place: str, memory: Memory
) -> int:
    """Write the new state; how many passages it has."""
    with changed_copy(base.folder, anew=base.kept is None) as connection:
        for path in (*found.removed, *(document.path for document in found.changed)):
            rows.delete(connection, path)
        for rename in found.renamed:
            rows.rename(connection, rename.old, rename.source)
        rows.touch(connection, found.touched)
        next_id = insert_all(connection, cut, vectors, base.next_passage_id)
        memory.save(connection)
        complete(connection, base.folder, model, place, base.manifest, next_id)
        count = connection.execute("SELECT count(*) FROM passages").get
    return int(count)


def insert_all(connection: apsw.Connection, cut: Cut, vectors: Vectors, first_id: int) -> int:
    """Insert the documents; the passage id after the last one."""
    row = 0
    for document, passages in cut:
        rows.insert(connection, document, passages, vectors.rows[row : row + len(passages)], first_id + row)
        row += len(passages)
    return first_id + row


def complete(
    connection: apsw.Connection, folder: Path, model: IndexModel, place: str, old: Manifest | None, next_passage_id: int
) -> None:
    """Write the FAISS file of what is in the database, and the manifest that points to it."""
    # No name is used for two contents, so the files count too: one may be left of an update that was killed.
    generation = 1 + max(old.generation if old else 0, newest_generation(folder))
    name = file_name(generation)
    derived = PassageVectors.from_database(connection, model.card.dimension, folder)
    Manifest(
        corpus=place,
        splitter=model.splitter.version,
        model_id=model.card.model_id,
        fingerprint=model.card.fingerprint,
        dimension=model.card.dimension,
        generation=generation,
        faiss_file=name,
        faiss_sha256=derived.save(folder / name),
        next_passage_id=next_passage_id,
    ).save(connection)


@contextmanager
def changed_copy(folder: Path, *, anew: bool) -> Iterator[apsw.Connection]:
    """A copy of the database (or, `anew`, an empty one) to be changed, which takes the place at the end.

    When anything goes wrong, it and the FAISS file that was made for it are removed, and the old index stays.
    """
    _remove_pending(folder)
    # A name of its own: should the lock file have been deleted, two writers still do not write one file.
    pending = folder / _PENDING.replace("*", uuid.uuid4().hex)
    before = set(_faiss_files(folder))
    try:
        if not anew:
            shutil.copy(folder / FILE_NAME, pending)
        connection = create(pending) if anew else open_to_change(pending)
        try:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
            kept = Manifest.load(connection, folder).faiss_file
        finally:
            connection.close()
        _sync(pending)
        _take_the_place(pending, folder)
    except BaseException:
        with suppress(OSError):
            for made in (pending, *(set(_faiss_files(folder)) - before)):
                made.unlink(missing_ok=True)
        raise
    remove_others(folder, kept=kept)


def _remove_pending(folder: Path) -> None:
    for leftover in folder.glob(_PENDING):
        leftover.unlink(missing_ok=True)


def _faiss_files(folder: Path) -> Iterator[Path]:
    return folder.glob("vectors-*.faiss*")


def _take_the_place(pending: Path, folder: Path) -> None:
    place = folder / FILE_NAME
    pending.replace(place)
    sync_folder(folder)
    # Of the days when the database was written in place; SQLite would roll it back into whatever lies there.
    place.with_name(f"{FILE_NAME}-journal").unlink(missing_ok=True)


def _sync(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
