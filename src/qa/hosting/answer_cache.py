"""Answers that were given lately: the same question over the same state of the same documents has the same answer."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace

from qa.answers import Answer, Timings

Key = tuple[Hashable, ...]
"""All that an answer depends on: the question, and the state of the documents."""


class AnswerCache:
    """The `most` answers that were used last. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._answers: OrderedDict[Key, Answer] = OrderedDict()

    def get(self, key: Key) -> Answer | None:
        """The answer that was put there, with the time that it took to look it up."""
        began = time.perf_counter()
        with self._lock:
            known = self._answers.get(key)
            if known is None:
                return None
            self._answers.move_to_end(key)
        return replace(known, timings=Timings(0.0, 0.0, 0.0, (time.perf_counter() - began) * 1000))

    def put(self, key: Key, answer: Answer) -> None:
        with self._lock:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)
