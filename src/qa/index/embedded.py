"""The index in a folder: SQLite for documents, passages and words, FAISS for vectors, both in this process."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from qa.index.sqlite.database import FILE_NAME, Identity, identity
from qa.index.vectors.vector_file import LoadedVectors
from qa.locations import indexes, own_index_of, shipped_corpus
from qa.private import tighten

if TYPE_CHECKING:
    from qa.corpus_place import CorpusPlace
    from qa.index.index_reader import IndexReader
    from qa.index.maintenance.repair import RepairReport
    from qa.index.maintenance.verify import Verification
    from qa.index.writing.encoding import IndexModel, Progress
    from qa.index.writing.lock import Waiting
    from qa.index.writing.writer import UpdateOptions, UpdateReport
    from qa.inference.encoder import ModelCard


class EmbeddedBackend:
    """See `qa.index.backend.IndexBackend`. Safe to use from several threads."""

    def __init__(self, folder: Path, loaded: LoadedVectors | None = None) -> None:
        """`loaded` is shared by those that read the same folders."""
        self._folder = folder
        self._loaded = loaded or LoadedVectors()

    @property
    def place(self) -> Path:
        return self._folder

    @property
    def is_one_process_at_a_time(self) -> bool:
        return False

    def exists(self) -> bool:
        return (self._folder / FILE_NAME).exists()

    def state(self) -> Hashable | None:
        found = identity(self._folder)
        return None if found == Identity() else found

    def bytes_copied(self) -> int:
        from qa.index.maintenance.removal import files

        return sum(file.stat().st_size for file in files(self._folder) if file.exists())

    def open(self, card: ModelCard) -> IndexReader:
        from qa.index.index_reader import IndexReader

        self._tighten()
        return IndexReader(self._folder, card, self._loaded)

    def update(self, corpus: CorpusPlace, model: IndexModel, **options: Unpack[UpdateOptions]) -> UpdateReport:
        from qa.index.writing.writer import update

        return update(corpus, self._folder, model, **options)

    def verify(self) -> Verification:
        from qa.index.maintenance.verify import verify

        return verify(self._folder)

    def repair(
        self,
        corpus: CorpusPlace,
        model: IndexModel,
        *,
        progress: Progress | None = None,
        waiting: Waiting | None = None,
    ) -> RepairReport:
        from qa.index.maintenance.repair import repair

        return repair(corpus, self._folder, model, progress=progress, waiting=waiting)

    def remove(self, waiting: Waiting | None = None) -> int:
        from qa.index.maintenance.removal import remove

        return remove(self._folder, waiting)

    def _tighten(self) -> None:
        """An index made by an earlier version could be read by everyone. The one that ships holds nothing of the user's."""
        from qa.index.maintenance.removal import files

        if self._folder != own_index_of(shipped_corpus()):
            own = [self._folder] if self._folder.parent == indexes() else []
            tighten([*files(self._folder), *own])
