"""Mends an index from what is left of it, without the documents it was made of.

The texts of the documents, with their headings and pages, are in the database: passages, words and the FAISS file are made of
them again, vectors are taken over where their digest proves them, and only what is left is encoded. What cannot be proved is
not kept: a document whose text is lost is named, and the next `qa index` takes it in from its file.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from qa.corpus_place import CorpusPlace
from qa.errors import IndexBeyondRepair, IndexMissing, QaError
from qa.index.corpus_identity import place_from
from qa.index.maintenance.salvage import salvage
from qa.index.maintenance.verify import Verification, verify
from qa.index.records import Memory
from qa.index.sqlite import document_rows as rows
from qa.index.sqlite.database import FILE_NAME, errors_for_users, open_existing
from qa.index.sqlite.remembered_files import FIRST_READING, load_memory, save_memory
from qa.index.writing.encoding import IndexModel, Progress, encode_missing, nothing_stored, stored_as
from qa.index.writing.ingest import PendingChange
from qa.index.writing.lock import Waiting, locked
from qa.index.writing.pending import changed_copy
from qa.index.writing.writer import complete


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What was wrong, and what the index holds now; `encoded` of its texts had lost their vectors. `lost` are paths."""

    before: Verification
    documents: int
    passages: int
    encoded: int
    lost: tuple[str, ...]

    @property
    def mended(self) -> bool:
        """Whether anything had to be done."""
        return not self.before.sound


def repair(
    corpus: CorpusPlace,
    folder: Path,
    model: IndexModel,
    *,
    progress: Progress | None = None,
    waiting: Waiting | None = None,
) -> RepairReport:
    """Mend the index at `folder`; a sound one is left as it is. `corpus` is only noted, where the index has forgotten it.

    Raises IndexMissing, IndexBeyondRepair, IndexForeign, IndexOfOtherProgram, IndexNotWritable.
    """
    if not (folder / FILE_NAME).is_file():
        raise IndexMissing(folder)
    with locked(folder, waiting):
        before = verify(folder)
        if before.sound:
            return RepairReport(before, _checked(before, "documents"), _checked(before, "passages"), 0, ())
        memory = _memory(folder)
        with errors_for_users(folder):
            saved = salvage(folder)
        if not saved.documents:
            raise IndexBeyondRepair(folder)
        stored = stored_as(saved.vectors) if saved.fingerprint == model.card.fingerprint else nothing_stored
        with errors_for_users(folder), changed_copy(folder, anew=True) as pending:
            change = PendingChange(pending)
            for document in saved.documents:
                change.add(document, model.splitter.split(document))
            passages = rows.count(pending.connection, "passages")
            encoded = encode_missing(pending, 1, model, stored, progress)
            save_memory(memory, pending.connection)
            complete(pending.connection, folder, model, saved.corpus or place_from(folder, corpus), None)
    return RepairReport(before, len(saved.documents), passages, encoded, saved.lost)


def _memory(folder: Path) -> Memory:
    """Which files the user chose, and how they were read, as far as that can be read."""
    try:
        with errors_for_users(folder), closing(open_existing(folder)) as connection:
            return replace(load_memory(connection), refused={})
    except QaError:
        return Memory(reading=FIRST_READING)


def _checked(found: Verification, name: str) -> int:
    return next(check.checked for check in found.checks if check.name == name)
