"""Builds the indexes of collections that have none, and brings those up to date whose documents have changed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from qa.collections import Collection
from qa.errors import QaError
from qa.index.backends import backend_of
from qa.locations import shipped_corpus
from qa.settings import Settings

_PERIOD = 60.0
"""Seconds between two looks at the documents, at least."""
_SHARE = 50
"""Of its time, at most one part in so many goes into looking: a look at 100,000 files takes a second or more."""

_PATIENCE = 10
"""Looks after which what could not be indexed is tried again."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FirstIndexProgress:
    """A first index: `done` passages of `total`; both are 0 while the documents are read."""

    done: int = 0
    total: int = 0

    def __str__(self) -> str:
        if not self.total:
            return "its first index is being built, the documents are being read."
        share = f" ({100 * self.done // self.total} %)"
        return f"its first index is being built, {self.done:,} of {self.total:,} passages{share}."


class _Dropped(Exception):
    """Ends the writing of an index that nobody wants any more."""


class Upkeep:
    """The work is done by `run`, in whatever thread calls it; each index is written by a process of its own."""

    def __init__(
        self, collections: tuple[Collection, ...], settings: Settings, changed: Callable[[], set[str]]
    ) -> None:
        """`changed` says the names of collections whose documents are not as they were when they were indexed."""
        self._collections = collections
        self._settings = settings
        self._changed = changed
        self._ended = False
        self._waking = threading.Event()
        self._lock = threading.Lock()
        self._due: frozenset[str] = frozenset()
        self.failed: dict[str, QaError] = {}
        """Collections whose index could not be written, by name, and why."""
        self.building: dict[str, FirstIndexProgress] = self._without_index(collections)
        """Collections that have no index yet, by name, and how far that is."""

    def run(self) -> None:
        """Until `end`."""
        for number in count(1):
            self._waking.clear()
            self._build_first()
            if self._ended:
                return
            began = time.monotonic()
            self._update_changed(again=number % _PATIENCE == 0)
            self._waking.wait(max(_PERIOD, _SHARE * (time.monotonic() - began)))

    def end(self) -> None:
        """After the index in hand; its process ends with this one."""
        self._ended = True
        self._waking.set()

    def take(self, collections: tuple[Collection, ...]) -> None:
        """Keep the indexes of these from now on, and of no others: those that have none are built at once."""
        with self._lock:
            before = {one.name: one.indexed for one in self._collections}
            new = tuple(one for one in collections if before.get(one.name) != one.indexed)
            kept = {one.name for one in collections} - {one.name for one in new}
            self._collections = collections
            # Which files are chosen may have changed, and the documents do not tell.
            self._due = (self._due & kept) | {one.name for one in new if one.name in before}
            self.failed = {name: error for name, error in self.failed.items() if name in kept}
            first = {name: one for name, one in self.building.items() if name in kept}
            self.building = {**first, **self._without_index(new)}
        self._waking.set()

    @property
    def unbuilt(self) -> dict[str, QaError]:
        """Collections that have no index because it could not be built, by name, and why."""
        failed = self.failed
        return {
            one.name: failed[one.name] for one in self._collections if one.name in failed and not self._has_index(one)
        }

    def _build_first(self) -> None:
        """Those that have no index yet, also what comes to them meanwhile."""
        while not self._ended:
            building = self.building
            collection = next((one for one in self._collections if one.name in building), None)
            if collection is None:
                return
            self._update(collection)
            with self._lock:
                if self._is_kept(collection):
                    self.building = {name: one for name, one in self.building.items() if name != collection.name}

    def _update_changed(self, *, again: bool) -> None:
        """Those that have failed only if they are to be tried `again`."""
        with self._lock:
            collections, due, self._due = self._collections, self._due, frozenset()
        try:
            changed = self._changed() | due
        except QaError:
            # None can be read; the next ask says why.
            changed = set(due)
        updated = False
        for collection in collections:
            wanted = collection.name in changed or (not self._has_index(collection) and collection.folder.exists())
            if wanted and (again or collection.name not in self.failed) and not self._ended:
                self._update(collection)
                updated = True
        if updated:
            with suppress(QaError):
                self._changed()

    def _update(self, collection: Collection) -> None:
        from qa.index.background import update_apart

        if collection.folder == shipped_corpus() or not self._is_kept(collection):
            return
        failure: QaError | None = None
        try:
            collection.check_there()
            update_apart(
                collection.settings(self._settings),
                choice=collection.choice,
                progress=lambda done, total: self._tell(collection, done, total),
            )
        except _Dropped:
            return
        except QaError as error:
            failure = error
        with self._lock:
            if self._is_kept(collection):
                self._note(collection.name, failure)

    def _note(self, name: str, failure: QaError | None) -> None:
        if failure is None:
            self.failed = {other: error for other, error in self.failed.items() if other != name}
            return
        failure.with_collection(name)
        if str(failure) != str(self.failed.get(name)):
            _log.warning("%s: %s", name, failure)
        self.failed = {**self.failed, name: failure}

    def _tell(self, collection: Collection, done: int, total: int) -> None:
        """Raises _Dropped, which ends the process that writes."""
        with self._lock:
            if not self._is_kept(collection):
                raise _Dropped
            if collection.name in self.building:
                self.building = {**self.building, collection.name: FirstIndexProgress(done, total)}

    def _is_kept(self, collection: Collection) -> bool:
        return any(one.indexed == collection.indexed for one in self._collections)

    def _without_index(self, collections: tuple[Collection, ...]) -> dict[str, FirstIndexProgress]:
        return {one.name: FirstIndexProgress() for one in collections if not self._has_index(one)}

    def _has_index(self, collection: Collection) -> bool:
        place = collection.settings(self._settings).index
        return place is not None and backend_of(place).exists()
