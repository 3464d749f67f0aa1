"""Notices documents that have changed, and has the index brought up to date beside the chat."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from qa.errors import CorpusMissing, QaError
from qa.tui.indexing import index_in_background

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.message import Message

    from qa.tui.core import AssistantLike, ReportLike, WorkspaceLike
    from qa.tui.question_queue import QuestionQueue
    from qa.tui.widgets.index_bar import IndexBar
    from qa.tui.widgets.sidebar import Sidebar

PERIOD = 3.0
"""Seconds between two looks at the documents, at least."""
# Of its time, at most one part in so many goes into looking: a look at 100,000 files takes a second or more.
_SHARE = 50
_NAMED = 3


class IndexMonitor:
    """`busy` while the index is being brought up to date."""

    def __init__(
        self, workspace: WorkspaceLike, question_queue: QuestionQueue, bar: IndexBar, sidebar: Sidebar
    ) -> None:
        self._workspace = workspace
        self._question_queue = question_queue
        self._bar = bar
        self._sidebar = sidebar
        self._next = 0.0
        self.busy = False

    def index(self, *, rebuild: bool, tell: Callable[[Message], object]) -> None:
        """Begin to bring the index up to date, unless that is being done."""
        if self.busy:
            return
        self.busy = True
        self._bar.begin()
        index_in_background(self._workspace, rebuild=rebuild, tell=tell)

    def ended(self) -> None:
        """Indexing has ended, well or not; look at the documents next."""
        self.busy = False
        self._bar.hide()
        self._next = 0.0

    async def look(self) -> None:
        """Show which documents there are and which have changed since they were indexed."""
        if self.busy or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + PERIOD
        try:
            paths, stale, left_out, spent = await self._question_queue.fetch(_looked)
        except CorpusMissing as error:
            self._bar.say(f"{error.what} Answers are from the index alone.")
            return
        except QaError:
            # Not open, or the index is damaged: the next question says so where it is read.
            return
        self._next = time.monotonic() + max(PERIOD, _SHARE * spent)
        self._sidebar.show_documents(paths, set(stale))
        if not self.busy:
            self._bar.offer(len(stale))
            for name, problem in left_out.items():
                self._bar.say(f"{name} is left out. {problem}")


def _looked(assistant: AssistantLike) -> tuple[list[str], list[str], Mapping[str, QaError], float]:
    """All documents, those that have changed by more than is taken in at once, the collections that cannot be asked, and the
    seconds it took to see.

    Those are without the wait for a question.
    """
    began = time.monotonic()
    changed = list(assistant.catch_up())
    return list(assistant.documents()), changed, assistant.left_out, time.monotonic() - began


def summary(report: ReportLike) -> str:
    """What an update did, in one line."""
    counts = {"added": report.added, "changed": report.changed, "removed": report.removed}
    parts = [f"{len(paths)} {what}" for what, paths in counts.items() if paths] or ["nothing had changed"]
    text = f"The index is up to date: {', '.join(parts)}."
    if report.skipped:
        named = ", ".join(f"{each.path} ({each.reason})" for each in report.skipped[:_NAMED])
        more = f" and {len(report.skipped) - _NAMED} more" if len(report.skipped) > _NAMED else ""
        text += f" Skipped: {named}{more}."
    return text
