"""Assistants over sets of collections, opened when they are first asked; those that were used last stay open."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.federated import FederatedAssistant

Names = tuple[str, ...]


@dataclass(slots=True)
class _Held:
    """An assistant, how many threads use it, and whether the last of them is to close it."""

    assistant: FederatedAssistant
    users: int = 0
    is_leaving: bool = False


class OpenAssistants:
    """Safe to use from several threads."""

    def __init__(self, open_one: Callable[[Names], FederatedAssistant], most: int) -> None:
        self._open = open_one
        self._most = most
        self._lock = threading.Lock()
        self._held: OrderedDict[Names, _Held] = OrderedDict()

    @contextmanager
    def using(self, names: Names) -> Iterator[FederatedAssistant]:
        """The assistant over `names`, which is not closed before this is done. Raises as opening it does."""
        held = self._taken(names)
        try:
            yield held.assistant
        finally:
            with self._lock:
                held.users -= 1
                is_last = held.is_leaving and not held.users
            if is_last:
                held.assistant.close()

    def let_go(self, names: AbstractSet[str]) -> None:
        """Of those over any of these collections; what is in use is closed by the last who uses it."""
        self._let_go(lambda key: not names.isdisjoint(key))

    def close(self) -> None:
        """Let go of all."""
        self._let_go(lambda key: True)

    def _let_go(self, is_meant: Callable[[Names], bool]) -> None:
        with self._lock:
            gone = [self._held.pop(key) for key in list(self._held) if is_meant(key)]
            unused = [held for held in gone if self._leaves(held)]
        for held in unused:
            held.assistant.close()

    def _taken(self, names: Names) -> _Held:
        with self._lock:
            held = self._held.get(names)
            if held is None:
                held = self._held[names] = _Held(self._open(names))
            held.users += 1
            self._held.move_to_end(names)
            oldest = self._held.popitem(last=False)[1] if len(self._held) > self._most else None
            is_unused = oldest is not None and self._leaves(oldest)
        if oldest is not None and is_unused:
            oldest.assistant.close()
        return held

    def _leaves(self, held: _Held) -> bool:
        """Whether it may be closed now."""
        held.is_leaving = True
        return not held.users
