"""Answers that were given lately: the same question over the same state of the same documents has the same answer."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace

from qa.answers import Answer, Timings

Key = tuple[Hashable, ...]


class AnswerCache:
    """The `most` answers that were used last. Safe to use from several threads; two that ask the same at the same time may both
    work it out."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._answers: OrderedDict[Key, Answer] = OrderedDict()

    def answer(self, key_now: Callable[[], Key], ask: Callable[[], Answer]) -> Answer:
        """What `ask` gives, or has given for the same key; its timings are then of looking it up.

        `key_now` says what the answer depends on, with the state of the documents. When that is another one afterwards,
        nothing is kept: it is not known of which of the two the answer is.
        """
        began = time.perf_counter()
        key = key_now()
        with self._lock:
            known = self._answers.get(key)
            if known is not None:
                self._answers.move_to_end(key)
        if known is not None:
            return replace(known, timings=Timings(0.0, 0.0, 0.0, (time.perf_counter() - began) * 1000))
        answer = ask()
        if key_now() == key:
            self._keep(key, answer)
        return answer

    def _keep(self, key: Key, answer: Answer) -> None:
        with self._lock:
            self._answers[key] = answer
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)
