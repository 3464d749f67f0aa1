"""Writes the chat to its file as it happens, in a thread of its own, so that no disk ever holds up the screen.

Everything is written in the order in which it was said. What cannot be written is told once, and the chat goes on without.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from textual.message import Message

from qa.conversation.storage.chats import Chat, ChatPage, Chats, TitleChange, title_of
from qa.conversation.storage.outcomes import TurnOutcome
from qa.errors import ChatGone, ChatsRemoved, QaError
from qa.tui.errands import Errands

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Result = TypeVar("Result")


@dataclass(eq=False, slots=True)
class OpenChat:
    """The chat on the screen. `id` is None until its first question is written; `title` is "" until it has one."""

    id: int | None = None
    title: str = ""


@dataclass(eq=False, slots=True)
class OpenTurn:
    """A question on the screen. `id` is None until it is written; `chat` is the open chat that it was asked in."""

    id: int | None = None
    chat: OpenChat | None = None


class ChatWriterMessage(Message):
    """What is told of the chats that are kept."""


@dataclass(eq=False)
class ChatsListed(ChatWriterMessage):
    """The past chats, after something about them has changed."""

    chats: tuple[Chat, ...]


@dataclass(eq=False)
class ChatRenamed(ChatWriterMessage):
    """A chat on the screen is named by another question now than by its first."""

    chat: OpenChat
    renamed: TitleChange


@dataclass(eq=False)
class KeepingFailed(ChatWriterMessage):
    error: QaError


class ChatWriter:
    """Keeps the chats about the documents at `corpus` in what `open_chats` opens."""

    def __init__(self, open_chats: Callable[[], Chats], corpus: Path) -> None:
        self._open_chats = open_chats
        self._corpus = corpus
        self._chats: Chats | None = None
        self._errands = Errands("qa-chat_writer")
        self._tell: Callable[[Message], object] = lambda _: None
        self._told = False
        # First in the queue: what is asked before the start is written too.
        self._errands.post(self._open)

    def start(self, tell: Callable[[Message], object]) -> None:
        """Open the chats. `tell` is called from the background thread."""
        self._tell = tell
        self._errands.start()

    def ask(self, chat: OpenChat, question: str) -> OpenTurn:
        """Write a question, and the chat when it is its first."""
        turn = OpenTurn(chat=chat)

        def write(chats: Chats) -> None:
            try:
                turn.id = self._asked(chats, chat, question)
            except ChatsRemoved:
                chats = self._reopened()
                # Not under its old name: that may be a question that was to be forgotten.
                chat.id = chats.begin(self._corpus, question)
                turn.id = chats.ask(chat.id, question)
                self._say(ChatRenamed(chat, TitleChange(chat.title, title_of(question))))

        self._change(write)
        return turn

    def end(self, turn: OpenTurn, outcome: TurnOutcome) -> None:
        """Write what became of a question."""

        def write(chats: Chats) -> None:
            renamed = None if turn.id is None else chats.end(turn.id, outcome)
            if renamed is not None and turn.chat is not None:
                self._say(ChatRenamed(turn.chat, renamed))

        self._change(write)

    def rename(self, chat: OpenChat | Chat, title: str) -> None:
        if isinstance(chat, OpenChat):
            chat.title = title
        self._change(lambda chats: chats.rename(chat.id, title) if chat.id is not None else None)

    def delete(self, chat: int) -> None:
        self._change(lambda chats: chats.delete(chat))

    def restore(self, chat: int) -> None:
        self._change(lambda chats: chats.restore(chat))

    async def page(self, chat: int, *, before: int | None = None, most: int | None = None) -> ChatPage:
        """See `qa.conversation.storage.chats.Chats.page`. Raises QaError."""
        return await self._read(lambda chats: chats.page(chat, before=before, most=most), ChatPage((), 0))

    async def beside(self, work: Callable[[], Result]) -> Result:
        """Do `work`, which reads or writes other files, in this thread when its turn comes."""
        return await self._errands.run(work)

    async def matching(self, title: str) -> Chat | None:
        """Raises QaError."""
        return await self._read(lambda chats: chats.matching(self._corpus, title), None)

    def leave(self) -> None:
        """Write what is to be written, then close."""
        self._errands.post(lambda: self._chats.close() if self._chats else None)
        self._errands.leave()

    def join(self, timeout: float) -> bool:
        return self._errands.join(timeout)

    def _asked(self, chats: Chats, chat: OpenChat, question: str) -> int:
        """The id of the turn, in a new chat where there is none yet or it is gone."""
        if chat.id is None:
            self._begin(chats, chat, question)
        try:
            return chats.ask(_id_of(chat), question)
        except ChatGone:
            self._begin(chats, chat, question)
            return chats.ask(_id_of(chat), question)

    def _begin(self, chats: Chats, chat: OpenChat, question: str) -> None:
        chat.id = chats.begin(self._corpus, question)
        if chat.title:
            chats.rename(chat.id, chat.title)

    def _open(self) -> None:
        try:
            self._chats = self._open_chats()
            self._list(self._chats)
        except QaError as error:
            self._fail(error)

    def _reopened(self) -> Chats:
        """The chats in a new file, after `qa forget` has removed the one that was open."""
        if self._chats is not None:
            self._chats.close()
        self._chats = self._open_chats()
        return self._chats

    async def _read(self, read: Callable[[Chats], Result], nothing: Result) -> Result:
        return await self._errands.run(lambda: read(self._chats) if self._chats else nothing)

    def _change(self, change: Callable[[Chats], object]) -> None:
        def work() -> None:
            if self._chats is None:
                return
            try:
                # Where the whole file was removed, what was to be changed is gone, as was wanted.
                with contextlib.suppress(ChatsRemoved):
                    change(self._chats)
                self._list(self._chats)
            except QaError as error:
                self._fail(error)

        self._errands.post(work)

    def _list(self, chats: Chats) -> None:
        self._say(ChatsListed(chats.all(self._corpus)))
        self._told = False

    def _fail(self, error: QaError) -> None:
        if not self._told:
            self._say(KeepingFailed(error))
        self._told = True

    def _say(self, message: Message) -> None:
        # The event loop may be gone while the last outcome is written.
        with contextlib.suppress(RuntimeError):
            self._tell(message)


def _id_of(chat: OpenChat) -> int:
    assert chat.id is not None
    return chat.id
