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


class Upkeep:
    """The work is done by `run`, in whatever thread calls it; each index is written by a process of its own."""

    def __init__(
        self, collections: tuple[Collection, ...], settings: Settings, changed: Callable[[], set[str]]
    ) -> None:
        """`changed` says the names of collections whose documents are not as they were when they were indexed."""
        self._collections = collections
        self._settings = settings
        self._changed = changed
        self._ended = threading.Event()
        self.failed: dict[str, QaError] = {}
        """Collections whose index could not be written, by name, and why."""
        self.building: dict[str, FirstIndexProgress] = {
            one.name: FirstIndexProgress() for one in collections if not self._has_index(one)
        }
        """Collections that have no index yet, by name, and how far that is."""

    def run(self) -> None:
        """Until `end`."""
        for collection in self._collections:
            if collection.name in self.building and not self._ended.is_set():
                self._update(collection)
                self.building = {name: one for name, one in self.building.items() if name != collection.name}
        for number in count(1):
            if self._ended.is_set():
                return
            began = time.monotonic()
            self._update_changed(again=number % _PATIENCE == 0)
            self._ended.wait(max(_PERIOD, _SHARE * (time.monotonic() - began)))

    def end(self) -> None:
        """After the index in hand; its process ends with this one."""
        self._ended.set()

    @property
    def unbuilt(self) -> dict[str, QaError]:
        """Collections that have no index because it could not be built, by name, and why."""
        return {one.name: self.failed[one.name] for one in self._collections if self._is_unbuilt(one)}

    def _is_unbuilt(self, collection: Collection) -> bool:
        return collection.name in self.failed and not self._has_index(collection)

    def _update_changed(self, *, again: bool) -> None:
        """Those that have failed only if they are to be tried `again`."""
        try:
            changed = self._changed()
        except QaError:
            # None can be read; the next ask says why.
            changed = set()
        updated = False
        for collection in self._collections:
            wanted = collection.name in changed or (not self._has_index(collection) and collection.folder.exists())
            if wanted and (again or collection.name not in self.failed) and not self._ended.is_set():
                self._update(collection)
                updated = True
        if updated:
            with suppress(QaError):
                self._changed()

    def _update(self, collection: Collection) -> None:
        from qa.index.background import update_apart

        if collection.folder == shipped_corpus():
            return
        try:
            collection.check_there()
            update_apart(
                collection.settings(self._settings),
                choice=collection.choice,
                progress=lambda done, total: self._tell(collection.name, done, total),
            )
        except QaError as error:
            error.with_collection(collection.name)
            if str(error) != str(self.failed.get(collection.name)):
                _log.warning("%s: %s", collection.name, error)
            self.failed = {**self.failed, collection.name: error}
        else:
            self.failed = {name: one for name, one in self.failed.items() if name != collection.name}

    def _tell(self, name: str, done: int, total: int) -> None:
        if name in self.building:
            self.building = {**self.building, name: FirstIndexProgress(done, total)}

    def _has_index(self, collection: Collection) -> bool:
        place = collection.settings(self._settings).index
        return place is not None and backend_of(place).exists()
