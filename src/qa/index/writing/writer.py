"""Brings an index up to date with its corpus.

The index in place is never written to. A copy of its database is changed (or a new one made): documents are taken in one after
the other (qa.index.writing.ingest), then the passages that have no vector get one (qa.index.writing.encoding), slab by slab,
so that the memory needed does not grow with the corpus, and a process that is killed loses some seconds of work
(qa.index.writing.pending). At the end the files for the vectors are written and synced under their own name, the copy that
points to them is synced and renamed into the place, and only then the old files go. So a process that is killed, or runs out
of disk, at any point leaves the old index or the new one, and a reader sees one or the other, never waits, and never stops a
writer.

Copying costs what the database weighs (here some 2 GB a second from the cache); the files for the vectors are written whole at
each change anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypedDict, Unpack

import apsw

from qa.corpus_place import CorpusPlace
from qa.documents import READING_VERSION, Choice, check_there
from qa.errors import CorpusEmptied, CorpusEmpty, IndexDamaged, IndexForeign, IndexMissing, IndexOutdated
from qa.index.corpus_identity import check_belongs, place_from
from qa.index.generations import file_name, newest_generation, remove_others
from qa.index.records import Known, Memory
from qa.index.sqlite import document_rows as rows
from qa.index.sqlite.database import errors_for_users, open_existing
from qa.index.sqlite.frequent_terms import note_frequent_words
from qa.index.sqlite.manifest import Manifest
from qa.index.sqlite.remembered_files import load_memory, remarks, save_memory
from qa.index.vectors.vector_file import made_anew
from qa.index.writing.changes import Changes, Skipped, changes
from qa.index.writing.encoding import (
    IndexModel,
    Lookup,
    Progress,
    either,
    encode_missing,
    nothing_stored,
    stored_as,
    stored_in,
)
from qa.index.writing.ingest import Intake, PendingChange, take_in
from qa.index.writing.lock import Waiting, locked
from qa.index.writing.pending import Purpose, begun, changed_copy, remove_pending

__all__ = ["IndexModel", "Progress", "UpdateOptions", "UpdateReport", "Waiting", "update"]


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What an update did. `passages` is how many the index holds now, `encoded` how many texts had to be encoded.

    `renamed` are pairs of the old and the new path; `remarks` name documents that were read in part, this time or earlier;
    `left_out`: by path, the share of the text of what was taken in that was left out as navigation and the like.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    unchanged: int
    skipped: tuple[Skipped, ...]
    remarks: tuple[Skipped, ...]
    passages: int
    encoded: int
    left_out: dict[str, float] = field(default_factory=dict)

    @property
    def changed_something(self) -> bool:
        return bool(self.added or self.changed or self.removed or self.renamed)


class UpdateOptions(TypedDict, total=False):
    """`rebuild`: anew, whatever is there. `allow_empty`: also when all documents are gone.

    `choice` says which files are taken, this time and until another one is given. `progress` is told how many passages have a
    vector, of how many (0 of those found so far, while documents are taken in), `waiting` of another writer. `encoded`: vectors
    that the same model has made elsewhere, by text key (qa.index.copying).
    """

    rebuild: bool
    allow_empty: bool
    choice: Choice | None
    progress: Progress | None
    waiting: Waiting | None
    encoded: Mapping[bytes, bytes]


def update(corpus: CorpusPlace, folder: Path, model: IndexModel, **options: Unpack[UpdateOptions]) -> UpdateReport:
    """Make the index at `folder` say what `corpus` says.

    It is also made anew when it was made by an earlier version, with another model or another way of cutting. Without a
    `choice` of files the one of the last time holds. A second writer waits for the first.
    Raises as `qa.documents.sources`, CorpusEmpty, IndexNotWritable, IndexOfOtherProgram and, without `rebuild`, IndexDamaged,
    IndexForeign, IndexOfOtherCorpus and (without `allow_empty`) CorpusEmptied.
    """
    rebuild, progress = options.get("rebuild", False), options.get("progress")
    check_there(corpus)
    with locked(folder, options.get("waiting")), _base(folder, model, rebuild) as base:
        if not rebuild:
            check_belongs(base.corpus, lambda: base.known, folder, corpus)
        purpose = Purpose(base.generation, place_from(folder, corpus), model.card.fingerprint, model.splitter.version)
        goes_on = None if rebuild else begun(folder, purpose)
        choice = options.get("choice")
        memory = base.memory if choice is None else replace(base.memory, choice=choice)
        found = changes(corpus, goes_on.known if goes_on else base.known, memory)
        noted = (purpose.corpus, replace(memory, refused=found.refused)) == (base.corpus, base.memory)
        if noted and not (goes_on or found or found.touched):
            with errors_for_users(folder):
                base.tidy()
                return report_of(found, Intake(), base.remarks(), base.passage_count(), 0)
        with (
            errors_for_users(folder),
            changed_copy(folder, anew=not base.kept, purpose=purpose, goes_on=goes_on) as pending,
        ):
            taken = take_in(PendingChange(pending), found, model, progress)
            if not base.kept and not rows.count(pending.connection, "passages"):
                raise CorpusEmpty(corpus, len(found.skipped))
            if base.known and not options.get("allow_empty") and not rows.count(pending.connection, "documents"):
                raise CorpusEmptied(corpus, len(base.known))
            stored = either(base.stored, stored_as(options.get("encoded", {})))
            encoded = encode_missing(pending, base.next_passage_id, model, stored, progress)
            save_memory(replace(memory, refused=found.refused, reading=READING_VERSION), pending.connection)
            complete(pending.connection, folder, model, purpose.corpus, base.manifest)
            passages, remarked = rows.count(pending.connection, "passages"), remarks(pending.connection)
        return _counting(
            report_of(found, taken, remarked, passages, encoded), goes_on.known if goes_on else {}, base.known
        )


def _counting(report: UpdateReport, begun_with: Mapping[str, Known], known: Mapping[str, Known]) -> UpdateReport:
    """The report with what an interrupted update had taken in: it is new to who asks, though not to this run."""
    gone = {*report.removed, *report.changed, *(old for old, _ in report.renamed)}
    earlier = [path for path in begun_with if path not in known and path not in gone]
    return replace(report, added=tuple(sorted((*earlier, *report.added))), unchanged=report.unchanged - len(earlier))


def report_of(
    found: Changes, taken: Intake, remarked: list[tuple[str, str]], passages: int, encoded: int
) -> UpdateReport:
    """What an update did that `found` these changes, and took in `taken`."""
    return UpdateReport(
        added=tuple(sorted(taken.added)),
        changed=tuple(sorted(taken.changed)),
        removed=tuple(sorted((*found.removed, *taken.lost))),
        renamed=tuple((rename.old, rename.source.path) for rename in found.renamed),
        unchanged=found.unchanged,
        skipped=tuple(sorted(found.skipped, key=lambda one: one.path)),
        remarks=tuple(Skipped(path, remark) for path, remark in remarked),
        passages=passages,
        encoded=encoded,
        left_out=taken.left_out,
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

    @property
    def generation(self) -> int:
        return self.manifest.generation if self.kept and self.manifest else 0

    def tidy(self) -> None:
        """Remove what a writer left that was killed between the renaming and its last steps."""
        remove_pending(self.folder)
        if self.manifest:
            remove_others(self.folder, kept=self.manifest.faiss_file)

    def remarks(self) -> list[tuple[str, str]]:
        return remarks(self.kept) if self.kept else []

    def passage_count(self) -> int:
        return rows.count(self.kept, "passages") if self.kept else 0


@contextmanager
def _base(folder: Path, model: IndexModel, rebuild: bool) -> Iterator[_Base]:
    try:
        connection = open_existing(folder)
    except (IndexMissing, IndexDamaged, IndexForeign) as error:
        if not (rebuild or isinstance(error, IndexMissing | IndexOutdated)):
            raise
        yield _Base(folder, None, None, {})
        return
    with closing(connection):
        yield _from(connection, folder, model, rebuild)


def _from(connection: apsw.Connection, folder: Path, model: IndexModel, rebuild: bool) -> _Base:
    try:
        with errors_for_users(folder):
            manifest = Manifest.load(connection, folder)
            memory = load_memory(connection)
            if rebuild or manifest.fingerprint != model.card.fingerprint or manifest.splitter != model.splitter.version:
                return _Base(folder, None, manifest, {}, Memory(choice=memory.choice))
            return _Base(folder, connection, manifest, rows.known(connection, folder), memory)
    except IndexDamaged:
        if not rebuild:
            raise
        return _Base(folder, None, None, {})


def complete(connection: apsw.Connection, folder: Path, model: IndexModel, place: str, old: Manifest | None) -> None:
    """Write the files for the vectors that are in the database, and the manifest that points to them."""
    note_frequent_words(connection)
    # No name is used for two contents, so the files count too: one may be left of an update that was killed.
    generation = 1 + max(old.generation if old else 0, newest_generation(folder))
    Manifest(
        corpus=place,
        splitter=model.splitter.version,
        model_id=model.card.model_id,
        fingerprint=model.card.fingerprint,
        dimension=model.card.dimension,
        generation=generation,
        faiss_file=file_name(generation),
        faiss_sha256=made_anew(connection, model.card.dimension, folder).save(folder / file_name(generation)),
        next_passage_id=rows.next_id(connection),
    ).save(connection)
