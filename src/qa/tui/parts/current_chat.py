"""The chat on the screen: where it is kept, what it is called, and what its next question may be a follow-up to."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qa.conversation.storage import export
from qa.conversation.storage.chats import title_of
from qa.errors import QaError
from qa.tui.chat_writer import OpenChat
from qa.tui.question_queue import ChatConversation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qa.answers import Answer
    from qa.conversation.storage.chats import ChatTurn
    from qa.tui.chat_writer import ChatRenamed, ChatWriter, OpenTurn
    from qa.tui.screens.chat_layout import ChatLayout


class CurrentChat:
    """A new chat at first, about the documents in `corpus`."""

    def __init__(self, screen: ChatLayout, chat_writer: ChatWriter, corpus: Path) -> None:
        self._screen = screen
        self._chat_writer = chat_writer
        self._corpus = corpus
        self._open = OpenChat()
        self.conversation = ChatConversation()

    @property
    def id(self) -> int | None:
        """None until its first question is written."""
        return self._open.id

    @property
    def title(self) -> str:
        """Empty until it has a question or a name."""
        return self._open.title

    def switch_to(self, chat: OpenChat, answers: Iterable[Answer] = ()) -> None:
        """From now on `chat` is the one on the screen, with these answers, which its next question may be about."""
        self._open = chat
        self.conversation = ChatConversation(answers)
        self._screen.title_bar.name_chat(chat.title)
        self._screen.sidebar.mark(chat.id)

    def keep(self, question: str) -> OpenTurn:
        """Write a question; the first one names the chat."""
        if not self.title:
            self._open.title = title_of(question)
            self._screen.title_bar.name_chat(self.title)
        return self._chat_writer.ask(self._open, question)

    def rename(self, title: str) -> None:
        """Give it another name."""
        self._chat_writer.rename(self._open, title_of(title))
        self._screen.title_bar.name_chat(self.title)

    def renamed(self, message: ChatRenamed) -> None:
        """A chat was named anew, this one or one that was on the screen before."""
        # Not over a name that the user has given it meanwhile.
        if message.chat.title == message.renamed.before:
            message.chat.title = message.renamed.after
            self._screen.title_bar.name_chat(self.title)

    async def earlier(self, most: int | None = None) -> tuple[ChatTurn, ...]:
        """The last `most` of its turns before the first one on the screen, or all of those. Raises QaError."""
        conversation = self._screen.conversation
        first = next((turn.kept.id for turn in conversation.turns), None)
        if self.id is None or first is None or not conversation.earlier:
            return ()
        return (await self._chat_writer.page(self.id, before=first, most=most)).turns

    def export(self, given: str | None = None) -> None:
        """Write it as Markdown to the file `given`, else to a new one; in a browser, to its downloads."""
        self._screen.begin("export", partial(self._export, given))

    async def _export(self, given: str | None) -> None:
        screen, app = self._screen, self._screen.app
        shown = [turn.as_past for turn in screen.conversation.turns]
        if not shown:
            screen.say("There is nothing to export yet.", severity="warning")
            return
        try:
            turns = [*await self.earlier(), *shown]
            markdown = export.as_markdown(self.title, self._corpus, turns)
            file = Path(given).expanduser() if given else export.file_for(self.title, self._corpus, Path.cwd())
            if app.is_web:
                app.deliver_text(io.StringIO(markdown), save_filename=file.name, mime_type="text/markdown")
                return
            await self._chat_writer.beside(lambda: export.write(markdown, file))
        except QaError as error:
            screen.say(str(error), severity="error")
        except (OSError, RuntimeError) as error:
            screen.say(f"The chat cannot be exported ({error}).", severity="error")
        else:
            screen.say(f"Exported to {file}")
