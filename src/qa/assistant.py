"""The one object that ties everything together: the command line, the chat and library users hold nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Self

from qa.base_assistant import BaseAssistant
from qa.corpus_place import BucketAddress, CorpusPlace
from qa.documents import Choice
from qa.errors import DocumentUnreadable, QaError
from qa.index.backend import CorpusIndex, IndexBackend
from qa.index.backends import backend_of
from qa.index.pool import ReaderPool
from qa.index.records import Known
from qa.index.service import encoder_folder, naming_places, update_index
from qa.index.writing.changes import Skipped, is_little, problems, stale
from qa.index.writing.writer import Progress, UpdateReport, Waiting
from qa.index_place import IndexPlace
from qa.inference.encoder import ModelCard
from qa.locations import corpus_of, index_of
from qa.pipeline.models import LoadedModels
from qa.pipeline.pipeline import Watch
from qa.settings import Settings, corpus_given, index_given

_LIGHT_INDEX = 64 * 1024 * 1024
"""Bytes."""


class _OtherWriter(Exception):
    """Another process is writing the index."""


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds and how it was made. `stale` are the paths that are not as they were when indexed. `vectors`: how
    an engine indexes them, as QA_MILVUS_INDEX says it; empty for an index in a folder."""

    corpus: CorpusPlace
    index: IndexPlace
    documents: int
    passages: int
    model: str
    splitter: str
    generation: int
    bytes: int
    stale: tuple[str, ...]
    vectors: str = ""


class Assistant(BaseAssistant):
    """Answers questions about one corpus. Safe to use from several threads, which ask at the same time.

    >>> with Assistant.open() as assistant:
    ...     assistant.ask("How many Russian military personnel are at the Kant airbase?").text
    '400'
    """

    _readers: ReaderPool[CorpusIndex]

    def __init__(
        self,
        settings: Settings,
        corpus: CorpusPlace,
        backend: IndexBackend,
        watch: Watch | None = None,
        models: LoadedModels | None = None,
    ) -> None:
        """Use `Assistant.open`; `settings` are as they were given. Raises as IndexBackend.open, and IndexOfOtherCorpus."""
        self._corpus = corpus
        self._backend = backend
        model_folder = encoder_folder(settings)
        models = models or LoadedModels(model_folder, threads=settings.threads)
        opened = partial(open_index, backend, corpus, model_folder)
        # Fixed now, so that a later update means the same folders wherever the process has gone by then.
        fixed = replace(settings, corpus=corpus, index=backend.place)
        super().__init__(ReaderPool(opened(), opened), models, fixed, watch, settings)

    @classmethod
    def open(
        cls,
        corpus: CorpusPlace | str | None = None,
        *,
        index: IndexPlace | str | None = None,
        settings: Settings | None = None,
        progress: Progress | None = None,
        waiting: Waiting | None = None,
        watch: Watch | None = None,
        models: LoadedModels | None = None,
    ) -> Self:
        """The assistant for `corpus` (a folder, a file, or an address of object storage); an index that is not there yet is
        built first.

        What is not given is taken from `settings`, else from the environment (qa.settings). When another process is
        building that index, this one waits for it, and `waiting` is told so. `watch` is told of the stages of every ask, in
        the thread that asks. `models`: others than those that ship.
        Raises CorpusMissing, CorpusEmpty, IndexDamaged, IndexForeign, IndexOfOtherCorpus, IndexOfOtherModel, ModelUnusable;
        for object storage BucketMissing, StorageClientMissing, StorageRefused, StorageUnreachable.
        """
        settings = Settings.from_environment() if settings is None else settings
        settings = replace(
            settings,
            corpus=corpus_given(corpus) if isinstance(corpus, str) else corpus or settings.corpus,
            index=index_given(index) if isinstance(index, str) else index or settings.index,
        )
        with naming_places(settings):
            place = corpus_of(settings)
            backend = backend_of(index_of(settings, place), settings.milvus_index)
            if not backend.exists():
                update_index(settings, progress=progress, waiting=waiting)
            return cls(settings, place, backend, watch, models)

    def update(
        self,
        *,
        rebuild: bool = False,
        choice: Choice | None = None,
        progress: Progress | None = None,
        waiting: Waiting | None = None,
    ) -> UpdateReport:
        """Bring the index up to date with the corpus; asks go on over the old one meanwhile. Raises as `update_index`."""
        return update_index(self._settings, rebuild=rebuild, choice=choice, progress=progress, waiting=waiting)

    def stale(self) -> tuple[str, ...]:
        """Paths that were added, changed or removed since they were indexed. Raises CorpusMissing."""
        with self._turn() as index, index.snapshot():
            return stale_in(index, self._corpus)

    def catch_up(self) -> tuple[str, ...]:
        """Take in what was added, changed or removed, if it is so little that a question need not wait a second for it, and
        nobody else is writing. Returns the paths that are still not as they were when indexed. Raises CorpusMissing.

        Object storage is not asked: for it nothing is done, and nothing returned.
        """
        if isinstance(self._corpus, BucketAddress):
            return ()
        paths = self.stale()
        taken = paths and taken_in(self._settings, self._corpus, self._backend, paths)
        return self.stale() if taken else paths

    def problems(self) -> tuple[Skipped, ...]:
        """The files of the corpus that are not in the index or were read in part, and why. Raises CorpusMissing."""
        with self._turn() as index, index.snapshot():
            memory, remarks = index.memory(), index.remarks()
        return problems(self._corpus, memory, remarks)

    def status(self) -> Status:
        """What the index holds. Raises CorpusMissing."""
        with self._turn() as index, index.snapshot():
            return status_of(index, self._backend.place, self._corpus, stale_in(index, self._corpus))

    @contextmanager
    def _turn(self) -> Iterator[CorpusIndex]:
        with naming_places(self._given), self._readers.borrowed() as index:
            yield index

    def file_of(self, path: str) -> Path:
        """The file of a document as the user has it, for opening it. Raises DocumentUnreadable when it is not there."""
        if isinstance(self._corpus, BucketAddress):
            raise DocumentUnreadable(path, "it lies in object storage")
        file = self._corpus / path if self._corpus.is_dir() else self._corpus
        known = path in self.documents()
        if not known or not file.is_file():
            raise DocumentUnreadable(path, "it is no longer there" if known else "it is not among the documents")
        return file


def taken_in(settings: Settings, corpus: Path, backend: IndexBackend, paths: Sequence[str]) -> bool:
    """Whether the index was brought up to date at once: where the changed `paths` are little, the copy of the index that an
    update makes is small, and nobody else is writing."""
    if backend.bytes_copied() > _LIGHT_INDEX or not is_little(corpus, paths):
        return False
    try:
        update_index(settings, waiting=_not_now)
    except (QaError, _OtherWriter):
        return False
    return True


def _not_now(holder: str) -> None:
    raise _OtherWriter


def stale_in(index: CorpusIndex, corpus: CorpusPlace) -> tuple[str, ...]:
    """Paths of `corpus` that were added, changed or removed since they were indexed. Raises CorpusMissing."""
    known = {path: Known(size, mtime_ns, sha256) for path, size, mtime_ns, sha256 in index.documents()}
    return stale(corpus, known, index.memory())


def status_of(index: CorpusIndex, place: IndexPlace, corpus: CorpusPlace, stale_paths: tuple[str, ...]) -> Status:
    """What `index` holds, which lies at `place` and is that of `corpus`."""
    made = index.made()
    return Status(
        corpus=corpus,
        index=place,
        documents=index.document_count(),
        passages=index.passage_count(),
        model=made.model,
        splitter=made.splitter,
        generation=made.generation,
        bytes=made.bytes,
        stale=stale_paths,
        vectors=made.vectors,
    )


def open_index(backend: IndexBackend, corpus: CorpusPlace, model_folder: Path) -> CorpusIndex:
    """The index of `corpus`. Raises as IndexBackend.open, and IndexOfOtherCorpus when it was made of other documents."""
    index = backend.open(ModelCard.load(model_folder))
    try:
        index.check_belongs_to(corpus)
    except BaseException:
        index.close()
        raise
    return index
