"""The documents that are asked: looked at, indexed, added to, and left for others."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import QaError
from qa.tui.index_monitor import PERIOD, IndexMonitor, summary
from qa.tui.indexing import IndexingDone, IndexingFailed, IndexingProgress, IndexingWaits
from qa.tui.parts.notices import say
from qa.tui.parts.workers import begin, begin_instead
from qa.tui.question_queue import Building, Opened, OpenFailed, WaitingForWriter
from qa.tui.screens.prompt import Confirm
from qa.tui.widgets.error_card import ErrorCard

if TYPE_CHECKING:
    from textual.screen import Screen

    from qa.tui.chat_writer import ChatWriter
    from qa.tui.core import WorkspaceLike
    from qa.tui.indexing import IndexingMessage
    from qa.tui.parts.chat_widgets import ChatWidgets
    from qa.tui.parts.open_questions import OpenQuestions
    from qa.tui.question_queue import QuestionQueue, QueueMessage


class DocumentActions:
    def __init__(
        self,
        screen: Screen[None],
        widgets: ChatWidgets,
        workspace: WorkspaceLike,
        question_queue: QuestionQueue,
        chat_writer: ChatWriter,
        questions: OpenQuestions,
    ) -> None:
        self._screen = screen
        self._widgets = widgets
        self._workspace = workspace
        self._question_queue = question_queue
        self._chat_writer = chat_writer
        self._questions = questions
        self._monitor = IndexMonitor(workspace, question_queue, widgets.index_bar, widgets.sidebar)

    def start(self) -> None:
        """Look at the documents now and then."""
        self._looking = self._screen.set_interval(PERIOD, self.look)

    def stop(self) -> None:
        """Look at them no more."""
        self._looking.stop()

    def look(self) -> None:
        """See which documents have changed."""
        begin_instead(self._screen, "look", self._monitor.look)

    def index(self, *, rebuild: bool) -> None:
        """Bring the index up to date, or make it anew, beside the chat."""
        if self._questions.is_opening:
            say(self._screen, "The documents are being opened; try again in a moment.", severity="warning")
            return
        self._monitor.index(rebuild=rebuild, tell=self._screen.post_message)

    def take(self, message: QueueMessage | IndexingMessage) -> None:
        """Show what is told of the opening of the documents, and of the indexing."""
        match message:
            case Building(done=done, total=total) | IndexingProgress(done=done, total=total):
                self._widgets.index_bar.tell(done, total)
            case WaitingForWriter(holder=holder) | IndexingWaits(holder=holder):
                self._widgets.index_bar.wait(holder)
            case Opened():
                self._monitor.ended()
                self._widgets.pane.again()
                self.look()
            case OpenFailed():
                self._widgets.index_bar.hide()
            case IndexingDone(report=report):
                self._monitor.ended()
                self._widgets.pane.forget()
                say(self._screen, summary(report))
                self._question_queue.wake()
                self.look()
            case IndexingFailed(error=error):
                self._monitor.ended()
                self._widgets.conversation.add(ErrorCard(error.what, error.hint))

    def add(self, given: str) -> None:
        """Copy a file or folder among the documents, after asking, and index it."""
        begin(self._screen, partial(self._add, given))

    async def _add(self, given: str) -> None:
        if self._refused_in_browser():
            return
        source, corpus = Path(given), self._workspace.corpus
        if not await self._screen.app.push_screen_wait(Confirm(f"Copy {source} into {corpus}?")):
            return
        try:
            await self._chat_writer.beside(lambda: self._workspace.add(source))
        except QaError as error:
            say(self._screen, str(error), severity="error")
            return
        self.index(rebuild=False)

    def elsewhere(self, given: str) -> WorkspaceLike | None:
        """The workspace of another folder or file; None where there is none, which is said then."""
        if self._refused_in_browser():
            return None
        try:
            return self._workspace.elsewhere(Path(given))
        except QaError as error:
            say(self._screen, str(error), severity="error")
            return None

    def _refused_in_browser(self) -> bool:
        """A page may be open to others: it must not reach files that it was not given."""
        is_web = self._screen.app.is_web
        if is_web:
            words = "From a browser the documents stay as they are; use qa in a terminal."
            say(self._screen, words, severity="warning")
        return is_web
