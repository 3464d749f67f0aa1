"""Turns that are not on the screen: a page of them is put there when one scrolls, steps or looks for words beyond the first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from qa.tui.widgets.turn_view import TurnView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.tui.parts.current_chat import CurrentChat
    from qa.tui.parts.evidence_viewer import EvidenceViewer
    from qa.tui.screens.chat_layout import ChatLayout

PAGE = 20
"""Turns of a past chat that are put on the screen when it is resumed, and each time the user goes back beyond them."""
_FRAME = 1 / 50
_GROUP = "earlier"


class EarlierTurns:
    def __init__(self, screen: ChatLayout, chat: CurrentChat, evidence: EvidenceViewer) -> None:
        self._screen = screen
        self._conversation = screen.conversation
        self._chat = chat
        self._evidence = evidence

    def put_up(self) -> None:
        """Put one more page on the screen."""
        self._screen.begin(_GROUP, self._load)

    def choose(self, by: int) -> None:
        """Show the evidence of the answer `by` further: before the first one on the screen, of one that is not."""
        if not self._evidence.choose_by(by):
            self._screen.begin(_GROUP, self._choose)

    def find(self, words: str) -> None:
        """Mark all places with `words` that are on the screen, and go to the last."""
        self._tell_found(self._conversation.find(words))

    def find_step(self, by: int) -> None:
        """Go to the place `by` further: before the first one on the screen, to one that is not."""
        if by < 0 and self._conversation.earlier and not self._conversation.found_before:
            self._screen.begin(_GROUP, self._find)
        else:
            self._tell_found(self._conversation.find_step(by))

    def cancel(self) -> None:
        """Stop putting turns on the screen."""
        self._screen.workers.cancel_group(self._screen, _GROUP)

    async def precede(self, turns: Sequence[TurnView], earlier: int) -> None:
        """Put `turns` before all that are on the screen; `earlier` others come before them."""
        for at in reversed(range(len(turns))):
            await self._conversation.precede(turns[at : at + 1], earlier + at)
            # Each is painted before the next comes: all at once they would hold up the screen.
            await asyncio.sleep(_FRAME)

    async def _load(self) -> list[TurnView]:
        """Put one more page on the screen, before all that is there; what was put there."""
        page = await self._chat.earlier(most=PAGE)
        loaded = [TurnView.ended(turn) for turn in page]
        await self.precede(loaded, self._conversation.earlier - len(loaded) if loaded else 0)
        self._screen.question.precede_history(turn.question for turn in page)
        return loaded

    async def _choose(self) -> None:
        """Go to the newest answer with evidence among those that are not on the screen yet."""
        while self._conversation.earlier:
            loaded = await self._load()
            chosen = self._evidence.choose_newest(loaded)
            if chosen is not None:
                self._conversation.go_to(chosen)
            if chosen is not None or not loaded:
                return

    async def _find(self) -> None:
        """Go to the nearest place in turns that are not on the screen yet; else round to the last."""
        while self._conversation.earlier and await self._load():
            if (found := self._conversation.find_before()) is not None:
                self._tell_found(found)
                return
        self._tell_found(self._conversation.find_step(-1))

    def _tell_found(self, found: tuple[int | None, int]) -> None:
        self._screen.find_bar.tell(*found, earlier=bool(self._conversation.earlier))
