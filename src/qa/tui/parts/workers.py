"""What takes its time: it is done beside the chat, in its event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.screen import Screen
    from textual.worker import Worker


def begin(screen: Screen[None], work: Callable[[], Coroutine[None, None, object]]) -> None:
    """Do `work` beside all else; it ends with the screen at the latest."""
    _: Worker[object] = screen.run_worker(work)


def begin_instead(screen: Screen[None], group: str, work: Callable[[], Coroutine[None, None, object]]) -> None:
    """As `begin`, in the place of what was begun in the same `group`."""
    _: Worker[object] = screen.run_worker(work, group=group, exclusive=True)
