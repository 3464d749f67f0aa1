"""The command palette: all that can be done, and the past chats."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from qa.text.escaping import escape_line
from qa.tui.screens.chat_screen import ChatScreen
from qa.tui.slash import SLASHES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class ChatProvider(Provider):
    """Titles of chats come from questions: they are shown as `Content`, never as markup."""

    async def discover(self) -> Hits:
        for title, usage, run in self._commands():
            yield DiscoveryHit(Content(title), run, text=title, help=usage)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for title, usage, run in (*self._commands(), *self._chats()):
            score = max(matcher.match(title), matcher.match(usage))
            if score > 0:
                yield Hit(score, Content(title), run, text=title, help=usage)

    def _commands(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        screen = self.screen
        if not isinstance(screen, ChatScreen):
            return
        for slash in SLASHES:
            yield (
                slash.says,
                slash.usage.replace("[", "(").replace("]", ")"),
                partial(self._run, screen, slash.name, slash.needs),
            )

    def _chats(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        screen = self.screen
        if isinstance(screen, ChatScreen):
            for chat in screen.past_chats.listed:
                yield f"Resume: {escape_line(chat.title)}", "/resume", partial(screen.past_chats.resume, chat)

    async def _run(self, screen: ChatScreen, name: str, needs: str) -> None:
        if needs:
            screen.question.begin(f"/{name} ")
        else:
            screen.question.post_message(screen.question.Commanded(f"/{name}"))
