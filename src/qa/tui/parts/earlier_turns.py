"""Turns of a chat that are not on the screen: they are put there a page at a time, when one goes back to them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from qa.tui.parts.workers import begin_instead
from qa.tui.widgets.turn_view import TurnView

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from textual.screen import Screen

    from qa.conversation.storage.chats import ChatTurn
    from qa.tui.chat_writer import ChatWriter
    from qa.tui.parts.chat_widgets import ChatWidgets
    from qa.tui.parts.current_chat import CurrentChat
    from qa.tui.parts.evidence_viewer import EvidenceViewer

PAGE = 20
"""Turns of a past chat that are put on the screen when it is resumed, and each time the user goes back beyond them."""
# Of those, so many between two looks at the keyboard.
_AT_A_TIME = 1
_FRAME = 1 / 50
_GROUP = "earlier"


class EarlierTurns:
    def __init__(
        self,
        screen: Screen[None],
        widgets: ChatWidgets,
        chat_writer: ChatWriter,
        chat: CurrentChat,
        evidence: EvidenceViewer,
    ) -> None:
        self._screen = screen
        self._conversation = widgets.conversation
        self._question = widgets.question
        self._chat_writer = chat_writer
        self._chat = chat
        self._evidence = evidence

    def put_up(self) -> None:
        """Put one more page on the screen."""
        begin_instead(self._screen, _GROUP, self.load)

    def choose(self) -> None:
        """Show the evidence of the newest answer that is not on the screen yet, if there is one."""
        self.run(self._choose)

    def run(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Do `work`, which loads pages, in the place of what was loading some."""
        begin_instead(self._screen, _GROUP, work)

    def cancel(self) -> None:
        """Put no more on the screen."""
        self._screen.workers.cancel_group(self._screen, _GROUP)

    async def precede(self, turns: Sequence[TurnView], earlier: int) -> None:
        """Put `turns` before all that are on the screen; `earlier` others come before them."""
        for last in range(len(turns), 0, -_AT_A_TIME):
            first = max(0, last - _AT_A_TIME)
            await self._conversation.precede(turns[first:last], earlier + first)
            # Each few are painted before the next come: all at once they would hold up the screen.
            await asyncio.sleep(_FRAME)

    async def read(self, most: int | None = None) -> tuple[ChatTurn, ...]:
        """The last `most` of those before the first one on the screen, or all. Raises QaError."""
        first = next((turn.kept.id for turn in self._conversation.turns), None)
        if self._chat.id is None or first is None or not self._conversation.earlier:
            return ()
        return (await self._chat_writer.page(self._chat.id, before=first, most=most)).turns

    async def load(self) -> list[TurnView]:
        """Put one more page on the screen, before all that is there; what was put there."""
        page = await self.read(most=PAGE)
        loaded = [TurnView.ended(turn) for turn in page]
        await self.precede(loaded, self._conversation.earlier - len(loaded) if loaded else 0)
        self._question.precede_history(turn.question for turn in page)
        return loaded

    async def _choose(self) -> None:
        while self._conversation.earlier:
            loaded = await self.load()
            chosen = self._evidence.choose_newest(loaded)
            if chosen is not None:
                self._conversation.go_to(chosen)
            if chosen is not None or not loaded:
                return
