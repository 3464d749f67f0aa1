"""The chat on the screen: where it is kept, what it is called, and what its next question may be a follow-up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.conversation.storage.chats import title_of
from qa.tui.chat_writer import OpenChat
from qa.tui.question_queue import ChatConversation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qa.answers import Answer
    from qa.tui.chat_writer import ChatRenamed, ChatWriter, OpenTurn
    from qa.tui.widgets.title_bar import TitleBar


class CurrentChat:
    """A new chat at first."""

    def __init__(self, chat_writer: ChatWriter, title_bar: TitleBar) -> None:
        self._chat_writer = chat_writer
        self._title_bar = title_bar
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

    def switch_to(self, chat: OpenChat) -> None:
        """From now on `chat` is the one on the screen; nothing was answered in it yet."""
        self._open = chat
        self.conversation = ChatConversation()
        self._title_bar.name_chat(chat.title)

    def recall(self, answers: Iterable[Answer]) -> None:
        """The chat has these answers already: its next question may be about them."""
        self.conversation = ChatConversation(answers)

    def keep(self, question: str) -> OpenTurn:
        """Write a question; the first one names the chat."""
        if not self.title:
            self._open.title = title_of(question)
            self._title_bar.name_chat(self.title)
        return self._chat_writer.ask(self._open, question)

    def rename(self, title: str) -> None:
        """Give it another name."""
        self._chat_writer.rename(self._open, title_of(title))
        self._title_bar.name_chat(self.title)

    def renamed(self, message: ChatRenamed) -> None:
        """A chat was named anew, this one or one that was on the screen before."""
        # Not over a name that the user has given it meanwhile.
        if message.chat.title == message.renamed.before:
            message.chat.title = message.renamed.after
            self._title_bar.name_chat(self.title)
