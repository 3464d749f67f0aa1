"""How much is taken on: at the same time, in a row, and by one caller. What is too much gets 429 or 503, with Retry-After."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

from qa.hosting.server_writing import MOST_WRITERS
from qa.web.problems import Problem

Result = TypeVar("Result")

_MOST_CALLERS = 10_000
_GUESS = 0.3
"""Seconds that an ask takes, before any has been measured."""
_WRITING_GUESS = 10.0
_END_SECONDS = 60.0
"""For a writer that nobody waits for any more to notice it: half a second, on a busy machine a few."""


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
    writers: int = MOST_WRITERS
    """Answers that a language model writes at a time, 0 for none. More are turned away: it is too slow to wait in a row for."""
    writers_of_caller: int = MOST_WRITERS
    """How many of these one caller may have."""
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
    """Runs asks in threads, `most` at a time, in the order in which they come.

    One caller may have `of_caller` places, of those that are worked on and those that wait together.
    """

    most: int
    limits: Limits
    of_caller: int
    _threads: ThreadPoolExecutor = field(init=False)
    _of_callers: Counter[str] = field(default_factory=Counter)
    _taken: int = 0
    _seconds: float = _GUESS
    _all_taken: str = "As many questions wait as can be taken on."
    _all_of_caller_taken: str = "Too many of your questions wait already."

    def __post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(self.most, thread_name_prefix="qa-ask")

    @classmethod
    def for_asks(cls, most: int, limits: Limits) -> Self:
        return cls(most, limits, limits.share + most)

    @classmethod
    def for_writing(cls, limits: Limits) -> Self:
        """They wait for a language model, and nobody waits for them: who finds no place is turned away at once."""
        return cls(
            max(1, limits.writers),
            replace(limits, waiting=0, wait_seconds=_END_SECONDS),
            limits.writers_of_caller,
            _seconds=_WRITING_GUESS,
            _all_taken="As many answers are being written as can be; without write yours is given at once.",
            _all_of_caller_taken="Too many of your answers are being written already.",
        )

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
        """Until a place is free, as far as can be told."""
        return max(1, math.ceil(self._seconds * (self.waiting + 1) / self.most))

    def _overloaded(self) -> Problem:
        return Problem(503, "overloaded", self._all_taken, retry_after=self._retry_after)

    def check(self, key: str) -> None:
        """Raises Problem where there is no place for one more question of the caller `key`."""
        if self._taken >= self.most + self.limits.waiting or self._likely_wait > self.limits.wait_seconds:
            raise self._overloaded()
        if self._of_callers[key] >= self.of_caller:
            raise Problem(429, "too-many-requests", self._all_of_caller_taken, retry_after=self._retry_after)

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
