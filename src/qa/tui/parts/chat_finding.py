"""Words are found in the chat, also in what is not on the screen yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.tui.parts.chat_widgets import ChatWidgets
    from qa.tui.parts.earlier_turns import EarlierTurns


class ChatFinding:
    def __init__(self, widgets: ChatWidgets, earlier: EarlierTurns) -> None:
        self._conversation = widgets.conversation
        self._find_bar = widgets.find_bar
        self._earlier = earlier

    def find(self, words: str) -> None:
        """Mark all places with `words` that are on the screen, and go to the last."""
        self._tell(self._conversation.find(words))

    def step(self, by: int) -> None:
        """Go to the place `by` further: before the first one on the screen, to those that are not."""
        if by < 0 and self._conversation.earlier and not self._conversation.found_before:
            self._earlier.run(self._find_earlier)
        else:
            self._tell(self._conversation.find_step(by))

    async def _find_earlier(self) -> None:
        """Go to the nearest place in turns that are not on the screen yet; else round to the last."""
        while self._conversation.earlier and await self._earlier.load():
            if (found := self._conversation.find_before()) is not None:
                self._tell(found)
                return
        self._tell(self._conversation.find_step(-1))

    def _tell(self, found: tuple[int | None, int]) -> None:
        self._find_bar.tell(*found, earlier=bool(self._conversation.earlier))
