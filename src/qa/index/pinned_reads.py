"""Reads of one state of an index, over several snapshots."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager


class PinnedReads(ABC):
    """An index whose `snapshot` looks for a newer state only while nothing is `_pinned`. Not for two threads at a time."""

    _pins = 0

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[None]:
        """All reads inside see one state of the index, the newest."""

    @contextmanager
    def pinned(self) -> Iterator[None]:
        """All snapshots inside are of one state, which is the newest now."""
        with self.snapshot():
            self._pins += 1
        try:
            yield
        finally:
            self._pins -= 1

    @property
    def _pinned(self) -> bool:
        return self._pins > 0
