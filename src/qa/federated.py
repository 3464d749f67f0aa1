"""Several collections asked as one: each has an index of its own, and the best of all is read (qa.index.merged)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from qa.assistant import Assistant, Status, stale_in, status_of, taken_in
from qa.base_assistant import BaseAssistant, Explanation
from qa.collections import Collection, Collections
from qa.errors import (
    CorpusMissing,
    DocumentUnreadable,
    QaError,
    UsageError,
)
from qa.index.backends import Backends
from qa.index.merged import MemberFailed, MergedIndex
from qa.index.pool import ReaderPool
from qa.index.service import encoder_folder, has_index, naming_places, update_index
from qa.open_collections import OpenCollections
from qa.pipeline.models import LoadedModels
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.answers import RetrievedPassage
    from qa.filters import Filter
    from qa.index.backend import CorpusIndex, IndexBackend
    from qa.pipeline.pipeline import Watch

Result = TypeVar("Result")

Build = Callable[[Collection, Settings], object]
"""Makes the index of a collection; the settings name its folder and its index."""


class FederatedAssistant(BaseAssistant):
    """Answers questions about several collections; paths begin with the collection's name ("notes/may.md").

    One whose index cannot be read is left out (`left_out` says why) until it can be read again; the others answer.

    >>> with FederatedAssistant.open(Collections.load().named(["notes", "work"])) as assistant:
    ...     assistant.ask("When is the summer party?").citation.collection
    'notes'
    """

    _readers: ReaderPool[OpenCollections]

    def __init__(
        self,
        collections: Sequence[Collection],
        failed: Mapping[str, QaError] | None,
        settings: Settings,
        watch: Watch | None,
        models: LoadedModels,
        backends: Backends,
    ) -> None:
        """Use `FederatedAssistant.open`."""
        first = OpenCollections(collections, settings, backends, failed)
        another = partial(OpenCollections, collections, settings, backends)
        super().__init__(ReaderPool(first, another), models, settings, watch, Settings())
        self._collections = {one.name: one for one in collections}
        self._left_out = first.left_out
        self._backends = backends

    @classmethod
    def open(
        cls,
        collections: Sequence[Collection] | None = None,
        *,
        settings: Settings | None = None,
        build: Build | None = None,
        watch: Watch | None = None,
        models: LoadedModels | None = None,
    ) -> Self:
        """The assistant for `collections`, by default those that are marked as default.

        `build` makes the index of a collection that has none. The other arguments are those of `Assistant.open`; a corpus or
        index that `settings` name is passed over.
        Raises UsageError where there is no collection, CollectionsAway when none can be opened (of a single one its own error),
        ModelUnusable, CollectionsUnusable.
        """
        collections = Collections.load().default if collections is None else collections
        if not collections:
            raise UsageError("There is no collection to ask.", "Add one with: qa collections add NAME FOLDER")
        settings = Settings.from_environment() if settings is None else settings
        failed = _build_missing(collections, settings, build or _built_here)
        assistant = cls.open_indexed(collections, settings=settings, watch=watch, models=models, failed=failed)
        try:
            assistant.check_any_is_left()
        except QaError:
            assistant.close()
            raise
        return assistant

    @classmethod
    def open_indexed(
        cls,
        collections: Sequence[Collection],
        *,
        settings: Settings,
        watch: Watch | None = None,
        models: LoadedModels | None = None,
        failed: Mapping[str, QaError] | None = None,
        backends: Backends | None = None,
    ) -> Self:
        """The assistant for those of `collections` that have an index; the others are left out until they have one.

        `failed`: why an index could not be built, where that was tried. `backends` may be shared by several assistants.

        Raises ModelUnusable.
        """
        settings = replace(settings, corpus=None, index=None)
        models = models or LoadedModels(encoder_folder(settings), threads=settings.threads)
        return cls(collections, failed, settings, watch, models, backends or Backends())

    @property
    def collections(self) -> tuple[Collection, ...]:
        """All that were to be asked, also those that are left out."""
        return tuple(self._collections.values())

    @property
    def left_out(self) -> Mapping[str, QaError]:
        """Collections that cannot be asked now, by name, and why."""
        return self._left_out

    @property
    def away(self) -> tuple[Collection, ...]:
        """Collections whose folder is not there: they are answered from the index alone."""
        return tuple(one for one in self.collections if one.name not in self._left_out and not one.folder.exists())

    def explain(self, question: str, *, only: Filter | None = None, min_confidence: float | None = None) -> Explanation:
        """See `Assistant.explain`. Raises CollectionsAway (of a single one its own error) when none can be read any more."""
        explain = super().explain
        return self._of_those_left(lambda: explain(question, only=only, min_confidence=min_confidence))

    def search(self, query: str, limit: int = 5, *, only: Filter | None = None) -> tuple[RetrievedPassage, ...]:
        """See `Assistant.search`. Raises as `explain`."""
        search = super().search
        return self._of_those_left(lambda: search(query, limit, only=only))

    def documents(self) -> tuple[str, ...]:
        """The paths of all documents; one that is in two collections is named once."""
        return self._of_those_left(super().documents)

    def document_text(self, path: str) -> str:
        """The whole text of a document as it was indexed. Raises KeyError."""
        document_text = super().document_text
        return self._of_those_left(lambda: document_text(path))

    def listing(self, only: Filter | None = None) -> dict[str, list[tuple[str, int, int]]]:
        """By collection: path within it, size in bytes and modification time in ns of every document that `only` accepts."""
        return self._of_those_left(lambda: self._listing(only))

    def stale(self) -> tuple[str, ...]:
        """Paths that were added, changed or removed since they were indexed, in the collections whose folders are there."""
        return self._of_those_left(self._stale)

    def catch_up(self) -> tuple[str, ...]:
        """See `Assistant.catch_up`; of the collections whose folders are there."""
        changed: dict[str, list[str]] = {}
        for path in self.stale():
            name, _, theirs = path.partition("/")
            changed.setdefault(name, []).append(theirs)
        taken = [self._taken_in(self._collections[name], paths) for name, paths in changed.items()]
        return self.stale() if taken else ()

    def _taken_in(self, collection: Collection, paths: Sequence[str]) -> bool:
        return taken_in(collection.settings(self._settings), collection.folder, self._backend(collection), paths)

    def _backend(self, collection: Collection) -> IndexBackend:
        return self._backends.of_collection(collection, self._settings)

    def statuses(self) -> dict[str, Status]:
        """What the index of each collection holds, by name; those that are left out are not among them."""
        return self._of_those_left(lambda: self._statuses(_stale_in))

    def overviews(self) -> dict[str, Status]:
        """As `statuses`, without a look at the documents: `stale` is empty."""
        return self._of_those_left(lambda: self._statuses(_not_looked_at))

    def status(self) -> Status:
        """All collections together; of several indexes the folder that they lie in."""
        each = self.statuses()
        first = next(iter(each.values()))
        return Status(
            corpus=Path(", ".join(each)),
            index=first.index.parent if len(each) > 1 and isinstance(first.index, Path) else first.index,
            documents=len(self.documents()),
            passages=sum(one.passages for one in each.values()),
            model=first.model,
            splitter=first.splitter,
            generation=max(one.generation for one in each.values()),
            bytes=sum(one.bytes for one in each.values()),
            stale=tuple(f"{name}/{path}" for name, one in each.items() for path in one.stale),
        )

    def file_of(self, path: str) -> Path:
        """The file of a document as the user has it, for opening it. Raises DocumentUnreadable when it is not there."""
        name, _, theirs = path.partition("/")
        collection = self._collections.get(name)
        if collection is None or path not in self._all_paths():
            raise DocumentUnreadable(path, "it is not among the documents")
        file = collection.folder / theirs if collection.folder.is_dir() else collection.folder
        if not file.is_file():
            raise DocumentUnreadable(path, "it is no longer there")
        return file

    def check_any_is_left(self) -> None:
        """Raises CollectionsAway (of a single one its own error) when every collection is left out."""
        with self._turn():
            pass

    @contextmanager
    def _turn(self) -> Iterator[MergedIndex]:
        with naming_places(self._given), self._readers.borrowed() as opened:
            try:
                opened.take_back()
                opened.check_any_is_left()
                yield opened.index
            except MemberFailed as failed:
                opened.leave_out(failed)
                raise
            finally:
                self._left_out = opened.left_out

    def _of_those_left(self, ask: Callable[[], Result]) -> Result:
        """What `ask` gives; where the index of a collection cannot be read any more, without that one."""
        while True:
            try:
                return ask()
            except MemberFailed:
                continue

    def _listing(self, only: Filter | None) -> dict[str, list[tuple[str, int, int]]]:
        found: dict[str, list[tuple[str, int, int]]] = {}
        with self._turn() as index, index.snapshot():
            for name in index.names:
                with index.reading(name) as member:
                    found[name] = [(path, size, mtime_ns) for path, size, mtime_ns, _ in member.documents(only)]
        return found

    def _stale(self) -> tuple[str, ...]:
        found: list[str] = []
        with self._turn() as index, index.snapshot():
            for name in index.names:
                with index.reading(name) as member:
                    found += (f"{name}/{path}" for path in _stale_in(member, self._collections[name]))
        return tuple(found)

    def _statuses(self, stale_of: Callable[[CorpusIndex, Collection], tuple[str, ...]]) -> dict[str, Status]:
        found: dict[str, Status] = {}
        with self._turn() as index, index.snapshot():
            for name in index.names:
                with index.reading(name) as member:
                    collection = self._collections[name]
                    stale = stale_of(member, collection)
                    found[name] = status_of(member, self._backend(collection).place, collection.folder, stale)
        return found

    def _all_paths(self) -> set[str]:
        """Of every document, also of those that are in two collections."""
        with self._turn() as index, index.snapshot():
            return {f"{name}/{path}" for name in index.names for path, *_ in index.member(name).documents()}


AnyAssistant = Assistant | FederatedAssistant


def _built_here(collection: Collection, settings: Settings) -> object:
    return update_index(settings, choice=collection.choice)


def _build_missing(collections: Sequence[Collection], settings: Settings, build: Build) -> dict[str, QaError]:
    """Make the indexes that are not there yet: why that failed, by the names of collections."""
    failed: dict[str, QaError] = {}
    for collection in collections:
        own = collection.settings(settings)
        if has_index(own):
            continue
        try:
            collection.check_there()
            build(collection, own)
        except QaError as error:
            failed[collection.name] = error
    return failed


def _stale_in(member: CorpusIndex, collection: Collection) -> tuple[str, ...]:
    """Nothing where the folder is away: then the index is all there is."""
    try:
        return stale_in(member, collection.folder)
    except CorpusMissing:
        return ()


def _not_looked_at(member: CorpusIndex, collection: Collection) -> tuple[str, ...]:
    """For callers who do not ask whether the documents have changed."""
    return ()
