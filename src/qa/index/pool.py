"""Readers of one index for several threads: each is used by one at a time, and they share what is large."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from qa.errors import AssistantClosed

MOST = max(8, os.cpu_count() or 1)


class _Closes(Protocol):
    def close(self) -> None: ...


PooledReader = TypeVar("PooledReader", bound=_Closes)


class ReaderPool(Generic[PooledReader]):
    """Opens another reader when all are in use, until there are `most`; who comes then waits."""

    def __init__(self, first: PooledReader, another: Callable[[], PooledReader], most: int = MOST) -> None:
        """`another` opens what `first` is once more."""
        self._another = another
        self._idle = [first]
        self._places = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def borrowed(self) -> Iterator[PooledReader]:
        """A reader for this thread alone, the one that was used last where there is one. Raises AssistantClosed, and what
        opening another one raises."""
        with self._places:
            reader = self._taken()
            try:
                yield reader
            finally:
                self._give_back(reader)

    def close(self) -> None:
        """Close all readers; those in use are closed when they are given back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for reader in idle:
            reader.close()

    def check_open(self) -> None:
        """Raises AssistantClosed."""
        if self._closed:
            raise AssistantClosed

    def _taken(self) -> PooledReader:
        with self._lock:
            self.check_open()
            if self._idle:
                return self._idle.pop()
        return self._another()

    def _give_back(self, reader: PooledReader) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(reader)
                return
        reader.close()
