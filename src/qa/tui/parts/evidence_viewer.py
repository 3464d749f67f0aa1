"""The evidence beside the conversation: whose it is, and whether it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.tui import clipboard
from qa.tui.evidence_items import whole_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.tui.evidence_items import EvidenceItem
    from qa.tui.screens.chat_layout import ChatLayout
    from qa.tui.widgets.turn_view import TurnView

_SAID = 80
"""Characters of what was copied that are shown."""


class EvidenceViewer:
    def __init__(self, screen: ChatLayout) -> None:
        self._screen = screen
        self._conversation = screen.conversation
        self._pane = screen.pane
        self._turn: TurnView | None = None

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
            self._screen.question.focus()

    def clear(self) -> None:
        """Show no evidence."""
        self._turn = None
        self._screen.remove_class("-has-evidence")
        self._pane.clear()

    def copy(self, what: str) -> None:
        """Copy the `text` of what is shown, or the `place` where it stands."""
        exhibit = self._pane.exhibit
        if exhibit is None:
            self._screen.say("There is no answer to copy yet.", severity="warning")
            return
        text = exhibit.place if what == "place" else exhibit.text
        clipboard.copy(self._screen.app, text)
        self._screen.say(f"Copied: {text[:_SAID]}{'…' if len(text) > _SAID else ''}")

    def _open(self, exhibits: tuple[EvidenceItem, ...], at: int = 0) -> None:
        self._screen.add_class("-has-evidence")
        self._pane.open(exhibits, at)
