"""The evidence beside the conversation: whose it is, whether it is shown, and what one can do with it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qa.errors import QaError
from qa.tui import clipboard, editor
from qa.tui.evidence_items import whole_document
from qa.tui.parts.notices import say
from qa.tui.parts.workers import begin_instead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.screen import Screen

    from qa.tui.evidence_items import EvidenceItem
    from qa.tui.parts.chat_widgets import ChatWidgets
    from qa.tui.question_queue import QuestionQueue
    from qa.tui.widgets.turn_view import TurnView

_SAID = 80
"""Characters of what was copied that are shown."""


class EvidenceViewer:
    def __init__(self, screen: Screen[None], widgets: ChatWidgets, question_queue: QuestionQueue) -> None:
        self._screen = screen
        self._conversation = widgets.conversation
        self._pane = widgets.pane
        self._question = widgets.question
        self._question_queue = question_queue
        self._turn: TurnView | None = None

    @property
    def is_shown(self) -> bool:
        return bool(self._pane.display)

    def choose_turn(self, turn: TurnView, at: int = 0) -> None:
        """Show the evidence of `turn`, beginning with number `at`."""
        if self._turn is not None:
            self._turn.remove_class("-current")
        self._turn = turn
        turn.add_class("-current")
        self._open(turn.exhibits, at)

    def choose_newest(self, turns: Sequence[TurnView]) -> TurnView | None:
        """Show the evidence of the last of `turns` that has any, and which that is."""
        turn = next((turn for turn in reversed(turns) if turn.exhibits), None)
        if turn is not None:
            self.choose_turn(turn)
        return turn

    def choose_by(self, by: int) -> bool:
        """Show the evidence of the answer `by` further. False if that comes before all that are on the screen, but is there."""
        turns = [turn for turn in self._conversation.turns if turn.exhibits]
        if not turns:
            return True
        at = turns.index(self._turn) + by if self._turn in turns else len(turns) - 1
        if at < 0 and self._conversation.earlier:
            return False
        turn = turns[min(max(0, at), len(turns) - 1)]
        self.choose_turn(turn)
        self._conversation.go_to(turn)
        return True

    def follow(self, exhibit: EvidenceItem) -> None:
        """Show `exhibit` of whatever answer on the screen has it."""
        turn = next((each for each in self._conversation.turns if exhibit in each.exhibits), None)
        if turn:
            self.choose_turn(turn, turn.exhibits.index(exhibit))
            self.show(True)

    def show_document(self, path: str) -> None:
        """Show a whole document."""
        self._open((whole_document(path),))
        self.show(True)

    def show(self, shown: bool) -> None:
        """Show or hide the evidence, whatever the width of the terminal would have it."""
        self._screen.set_class(shown, "-evidence")
        self._screen.set_class(not shown, "-no-evidence")
        if not shown and self._pane.text.has_focus:
            self._question.focus()

    def clear(self) -> None:
        """There is nothing to see any more."""
        self._turn = None
        self._screen.remove_class("-has-evidence")
        self._pane.clear()

    def fetch(self, exhibit: EvidenceItem) -> None:
        """Get the text of the document of `exhibit`, for the pane to show."""
        begin_instead(self._screen, "evidence", partial(self._fetch, exhibit))

    async def _fetch(self, exhibit: EvidenceItem) -> None:
        try:
            text = await self._question_queue.fetch(lambda assistant: assistant.document_text(exhibit.path))
        except KeyError:
            self._pane.fail(exhibit, f"{exhibit.path} is no longer among the documents.")
        except QaError as error:
            self._pane.fail(exhibit, str(error))
        else:
            self._pane.show(exhibit, text)

    def copy(self, what: str) -> None:
        """Copy the `text` of what is shown, or the `place` where it stands."""
        exhibit = self._pane.exhibit
        if exhibit is None:
            say(self._screen, "There is no answer to copy yet.", severity="warning")
            return
        text = exhibit.place if what == "place" else exhibit.text
        clipboard.copy(self._screen.app, text)
        say(self._screen, f"Copied: {text[:_SAID]}{'…' if len(text) > _SAID else ''}")

    async def edit(self) -> None:
        """Open the document in the user's editor, at the line that is shown, and wait until it is closed."""
        exhibit = self._pane.exhibit
        if exhibit is None:
            say(self._screen, "There is no answer to open yet.", severity="warning")
            return
        if self._screen.app.is_web:
            say(self._screen, "From a browser no editor can be opened.", severity="warning")
            return
        try:
            file = await self._question_queue.fetch(lambda assistant: assistant.file_of(exhibit.path))
            editor.run(self._screen.app, editor.opening(file, exhibit.line))
        except QaError as error:
            say(self._screen, str(error), severity="error")

    def _open(self, exhibits: tuple[EvidenceItem, ...], at: int = 0) -> None:
        self._screen.add_class("-has-evidence")
        self._pane.open(exhibits, at)
