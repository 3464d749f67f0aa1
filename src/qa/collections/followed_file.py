"""Notices that `collections.toml` has changed, by the state of the file: for programs that run on while it does."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from qa.collections.parsing import Collections, collections_file
from qa.errors import CollectionsUnusable

_PERIOD = 1.0
"""Seconds between two looks at the file, at least."""
_SETTLED = 0.3
"""Seconds for which a file is as it is before it is read: an editor may write it in several steps, and what is there in between
may be half of the collections."""

_FileState = tuple[int, ...]

_log = logging.getLogger(__name__)


class FollowedFile:
    """What the file says is asked for by `news`, which looks at it at most once a second. Not for two threads at a time.

    `problem` is why the file cannot be used as it is now: then what it said before still holds.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], float] = time.time,
    ) -> None:
        """`path` is by default that of the user's collections. `clock` and `today` give seconds: from any beginning, and since
        1970 as the file system has them."""
        self.path = path or collections_file()
        self.problem: CollectionsUnusable | None = None
        self._clock = clock
        self._today = today
        self._next_look = clock()
        self._read: _FileState | None = None

    def news(self) -> Collections | None:
        """The collections, once where the file is another one than when it was last read; None where there is no news."""
        now = self._clock()
        if now < self._next_look:
            return None
        self._next_look = now + _PERIOD
        state, changed = self._state()
        if state == self._read:
            return None
        if 0 <= self._today() - changed < _SETTLED:
            self._next_look = now + _SETTLED
            return None
        return self._said(state)

    def _said(self, state: _FileState) -> Collections | None:
        try:
            found = Collections.load(self.path)
        except CollectionsUnusable as error:
            self._read = state
            self._tell(error)
            return None
        if self._state()[0] != state:
            # It was written while it was read.
            self._next_look = self._clock()
            return None
        self._read, self.problem = state, None
        return found

    def _tell(self, error: CollectionsUnusable) -> None:
        """Once, however often the file is saved with the same mistake."""
        if str(error) != str(self.problem):
            _log.warning("%s Until it is mended, what it said before holds.", error)
        self.problem = error

    def _state(self) -> tuple[_FileState, float]:
        """Another one whenever the file is; and since when it is as it is, in seconds since 1970."""
        try:
            found = self.path.stat()
        except OSError as error:
            return (error.errno or -1,), self._parent_changed()
        # The time of the last change of its mode tells a file that could not be read from one that can be.
        return (found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size), found.st_mtime

    def _parent_changed(self) -> float:
        """When the file went away, as far as its folder tells."""
        try:
            return self.path.parent.stat().st_mtime
        except OSError:
            return 0.0
