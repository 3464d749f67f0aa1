"""The documents that are asked: watched for changes, indexed, opened in an editor, added to, and left for others."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import CorpusMissing, QaError
from qa.tui import editor
from qa.tui.indexing import IndexingDone, IndexingFailed, IndexingProgress, IndexingWaits, index_in_background
from qa.tui.question_queue import Building, Opened, OpenFailed, WaitingForWriter
from qa.tui.screens.prompt import Confirm
from qa.tui.widgets.error_card import ErrorCard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qa.federated import AnyAssistant
    from qa.tui.chat_writer import ChatWriter
    from qa.tui.indexing import IndexingMessage
    from qa.tui.parts.open_questions import OpenQuestions
    from qa.tui.question_queue import QuestionQueue, QueueMessage
    from qa.tui.screens.chat_layout import ChatLayout
    from qa.workspace import AnyWorkspace, UpdateReport

PERIOD = 3.0
"""Seconds between two looks at the documents, at least."""
# Of its time, at most one part in so many goes into looking: a look at 100,000 files takes a second or more.
_SHARE = 50
_NAMED = 3


class DocumentActions:
    def __init__(
        self,
        screen: ChatLayout,
        workspace: AnyWorkspace,
        question_queue: QuestionQueue,
        chat_writer: ChatWriter,
        questions: OpenQuestions,
    ) -> None:
        self._screen = screen
        self._workspace = workspace
        self._question_queue = question_queue
        self._chat_writer = chat_writer
        self._questions = questions
        self._indexing = False
        self._next_look = 0.0

    def start(self) -> None:
        """Look at the documents now and then."""
        self._looking = self._screen.set_interval(PERIOD, self.look)

    def stop(self) -> None:
        """Stop looking at the documents."""
        self._looking.stop()

    def take(self, message: QueueMessage | IndexingMessage) -> None:
        """Show what is told of the opening of the documents, and of the indexing."""
        match message:
            case Building(done=done, total=total) | IndexingProgress(done=done, total=total):
                self._screen.index_bar.tell(done, total)
            case WaitingForWriter(holder=holder) | IndexingWaits(holder=holder):
                self._screen.index_bar.wait(holder)
            case Opened():
                self._ended()
                self._screen.pane.again()
                self.look()
            case OpenFailed():
                self._screen.index_bar.hide()
            case IndexingDone(report=report):
                self._ended()
                self._screen.pane.forget()
                self._screen.say(summary(report))
                self._question_queue.wake()
                self.look()
            case IndexingFailed(error=error):
                self._ended()
                self._screen.conversation.add(ErrorCard(error.what, error.hint))

    def look(self) -> None:
        """Show which documents there are and which have changed since they were indexed."""
        self._screen.begin("look", self._look)

    def index(self, *, rebuild: bool) -> None:
        """Bring the index up to date, or make it anew, beside the chat, unless that is being done."""
        if self._questions.is_opening:
            self._screen.say("The documents are being opened; try again in a moment.", severity="warning")
        elif not self._indexing:
            self._indexing = True
            self._screen.index_bar.begin()
            index_in_background(self._workspace, rebuild=rebuild, tell=self._screen.post_message)

    def edit(self) -> None:
        """Open the document of the evidence in the user's editor, at the line that is shown."""
        self._screen.begin("edit", self._edit)

    async def add(self, given: str) -> None:
        """Copy a file or folder among the documents, after asking, and index it."""
        if self._refused_in_browser():
            return
        source, corpus = Path(given), self._workspace.corpus
        if not await self._screen.app.push_screen_wait(Confirm(f"Copy {source} into {corpus}?")):
            return
        try:
            await self._chat_writer.beside(lambda: self._workspace.add(source))
        except QaError as error:
            self._screen.say(str(error), severity="error")
            return
        self.index(rebuild=False)

    def elsewhere(self, given: str) -> AnyWorkspace | None:
        """The workspace of another folder or file; None where there is none, which is said then."""
        if self._refused_in_browser():
            return None
        try:
            return self._workspace.elsewhere(Path(given))
        except QaError as error:
            self._screen.say(str(error), severity="error")
            return None

    def _ended(self) -> None:
        """Opening or indexing has ended, well or not; look at the documents next."""
        self._indexing = False
        self._screen.index_bar.hide()
        self._next_look = 0.0

    async def _look(self) -> None:
        if self._indexing or time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + PERIOD
        bar = self._screen.index_bar
        try:
            paths, stale, left_out, spent = await self._question_queue.fetch(_looked)
        except CorpusMissing as error:
            bar.say(f"{error.what} Answers are from the index alone.")
            return
        except QaError:
            # Not open, or the index is damaged: the next question says so where it is read.
            return
        self._next_look = time.monotonic() + max(PERIOD, _SHARE * spent)
        self._screen.sidebar.show_documents(paths, set(stale))
        if not self._indexing:
            bar.offer(len(stale))
            for name, problem in left_out.items():
                bar.say(f"{name} is left out. {problem}")

    async def _edit(self) -> None:
        screen, exhibit = self._screen, self._screen.pane.exhibit
        if exhibit is None:
            screen.say("There is no answer to open yet.", severity="warning")
            return
        if screen.app.is_web:
            screen.say("From a browser no editor can be opened.", severity="warning")
            return
        try:
            file = await self._question_queue.fetch(lambda assistant: assistant.file_of(exhibit.path))
            editor.run(screen.app, editor.opening(file, exhibit.line))
        except QaError as error:
            screen.say(str(error), severity="error")
        self.look()

    def _refused_in_browser(self) -> bool:
        """A page may be open to others: it must not reach files that it was not given."""
        is_web = self._screen.app.is_web
        if is_web:
            words = "From a browser the documents stay as they are; use qa in a terminal."
            self._screen.say(words, severity="warning")
        return is_web


def _looked(assistant: AnyAssistant) -> tuple[list[str], list[str], Mapping[str, QaError], float]:
    """All documents, those that have changed by more than is taken in at once, the collections that cannot be asked, and the
    seconds it took to see.

    Those are without the wait for a question.
    """
    began = time.monotonic()
    changed = list(assistant.catch_up())
    return list(assistant.documents()), changed, assistant.left_out, time.monotonic() - began


def summary(report: UpdateReport) -> str:
    """What an update did, in one line."""
    counts = {"added": report.added, "changed": report.changed, "removed": report.removed}
    parts = [f"{len(paths)} {what}" for what, paths in counts.items() if paths] or ["nothing had changed"]
    text = f"The index is up to date: {', '.join(parts)}."
    if report.skipped:
        named = ", ".join(f"{each.path} ({each.reason})" for each in report.skipped[:_NAMED])
        more = f" and {len(report.skipped) - _NAMED} more" if len(report.skipped) > _NAMED else ""
        text += f" Skipped: {named}{more}."
    return text
