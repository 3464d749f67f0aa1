"""How much is taken on: at the same time, in a row, and by one caller. What is too much gets 429 or 503, with Retry-After."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from qa.web.problems import Problem

Result = TypeVar("Result")

_MOST_CALLERS = 10_000
_GUESS = 0.3
"""Seconds that an ask takes, before any has been measured."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`workers` asks are worked on at a time, 0 for one more than there are cores.

    `waiting` more may wait for their turn, `share` of them one caller's, as long as none is likely to wait more than
    `wait_seconds`. `rate` is how many asks and searches a caller may begin in a minute, 0 for any number; as many may come at
    once.
    """

    workers: int = 0
    waiting: int = 128
    share: int = 128
    wait_seconds: float = 3.0
    rate: int = 0
    body: int = 65_536
    """Bytes of a body."""
    body_seconds: float = 20.0
    """To wait for a body."""
    streams: int = 100
    """Of the status, which last for as long as the client listens."""
    conversations: int = 1_000
    """Of one owner; the one that was changed longest ago goes first."""


class RateLimit:
    """A token bucket for each caller (it is filled with `per_minute` a minute, and holds as many)."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_minute / 60
        self._most = float(per_minute)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Raises Problem where the bucket of `key` is empty."""
        if not self._most:
            return
        now = self._clock()
        level, then = self._buckets.get(key, (self._most, now))
        level = min(self._most, level + (now - then) * self._per_second)
        if level < 1:
            wait = math.ceil((1 - level) / self._per_second)
            raise Problem(
                429, "too-many-requests", f"At most {self._most:.0f} questions are taken in a minute.", retry_after=wait
            )
        self._buckets[key] = (level - 1, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > _MOST_CALLERS:
            self._buckets.popitem(last=False)


@dataclass(slots=True)
class Workers:
    """Runs asks in threads, `most` at a time, in the order in which they come."""

    most: int
    limits: Limits
    _threads: ThreadPoolExecutor = field(init=False)
    _of_callers: Counter[str] = field(default_factory=Counter)
    _taken: int = 0
    _seconds: float = _GUESS

    def __post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(self.most, thread_name_prefix="qa-ask")

    @property
    def running(self) -> int:
        return min(self._taken, self.most)

    @property
    def waiting(self) -> int:
        return max(0, self._taken - self.most)

    @property
    def _likely_wait(self) -> float:
        """Seconds, for one more."""
        return self._seconds * self.waiting / self.most

    @property
    def _retry_after(self) -> int:
        return max(1, math.ceil(self._likely_wait))

    def _overloaded(self) -> Problem:
        detail = "As many questions wait as can be taken on."
        return Problem(503, "overloaded", detail, retry_after=self._retry_after)

    def check(self, key: str) -> None:
        """Raises Problem where there is no place for one more question of the caller `key`."""
        if self.waiting >= self.limits.waiting or self._likely_wait > self.limits.wait_seconds:
            raise self._overloaded()
        if self._of_callers[key] >= self.limits.share + self.most:
            detail = "Too many of your questions wait already."
            raise Problem(429, "too-many-requests", detail, retry_after=self._retry_after)

    @contextmanager
    def place(self, key: str) -> Iterator[None]:
        """A place among those that are worked on or wait; taken for as long as this lasts. Raises Problem."""
        self.check(key)
        self._taken += 1
        self._of_callers[key] += 1
        try:
            yield
        finally:
            self._taken -= 1
            self._of_callers[key] -= 1
            if not self._of_callers[key]:
                del self._of_callers[key]

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` gives. Where nobody waits for it any more before it began, it does not begin.

        Raises Problem where its turn does not come in time.
        """

        def timed() -> Result:
            began = time.monotonic()
            try:
                return work()
            finally:
                self._seconds += 0.1 * (time.monotonic() - began - self._seconds)

        submitted = self._threads.submit(timed)
        result = asyncio.wrap_future(submitted)
        try:
            await asyncio.wait({result}, timeout=self.limits.wait_seconds)
            if submitted.cancel():
                raise self._overloaded()
            return await result
        finally:
            result.cancel()

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
