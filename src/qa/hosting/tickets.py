"""Asks on their way, each in a thread of its own: what is told of their stages, and how one is given up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.pipeline.pipeline import Watch


class AskCancelled(Exception):
    """Ends an ask that nobody waits for any more, between two of its stages."""


@dataclass(eq=False, slots=True)
class Ticket:
    """One ask on its way. `watch` is told of its stages, in the thread that asks; see qa.pipeline.pipeline.Watch."""

    cancelled: bool = False
    watch: Watch | None = None


class Tickets:
    """Knows which ask each thread works on."""

    def __init__(self) -> None:
        self._thread = threading.local()

    @contextmanager
    def working_on(self, ticket: Ticket) -> Iterator[None]:
        """What this thread asks meanwhile belongs to `ticket`."""
        self._thread.ticket = ticket
        try:
            yield
        finally:
            self._thread.ticket = None

    def watch(self, stage: str, passages: int) -> None:
        """Tells the ticket of this thread's ask. Raises AskCancelled."""
        ticket: Ticket | None = getattr(self._thread, "ticket", None)
        if ticket is None:
            return
        if ticket.cancelled:
            raise AskCancelled
        if ticket.watch is not None:
            ticket.watch(stage, passages)
