"""Conversations as a server holds them: each over the collections that it was begun over, those that were used last."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.conversation import Conversation
    from qa.federated import FederatedAssistant

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Talk:
    """A conversation, and the assistant that it goes through."""

    assistant: FederatedAssistant
    conversation: Conversation


class Talks:
    """The `most` conversations that were used last. Safe to use from several threads."""

    def __init__(self, most: int, are_offered: Callable[[Names], bool]) -> None:
        """`are_offered`: whether all collections of these names can be asked now."""
        self._most = most
        self._are_offered = are_offered
        self._lock = threading.Lock()
        self._talks: OrderedDict[tuple[str, Names], _Talk] = OrderedDict()

    def conversation(self, name: str, names: Names, assistant: FederatedAssistant) -> Conversation:
        """The one called `name` over the collections `names`; new where there is none, or where it was long ago."""
        key = (name, names)
        with self._lock:
            known = self._talks.get(key)
            if known is None or known.assistant is not assistant:
                state = None if known is None else known.conversation.state
                known = _Talk(assistant, assistant.conversation() if state is None else assistant.resumed(state))
            if not self._are_offered(names):
                # One of them was taken away a moment ago: there will be no next question.
                return known.conversation
            self._talks[key] = known
            self._talks.move_to_end(key)
            if len(self._talks) > self._most:
                self._talks.popitem(last=False)
            return known.conversation

    def let_go(self, names: AbstractSet[str]) -> None:
        """Let go of the conversations over any of these collections."""
        with self._lock:
            for key in [key for key in self._talks if not names.isdisjoint(key[1])]:
                del self._talks[key]
