"""Past chats: put on the screen a page at a time, renamed, deleted and brought back, exported."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work

from qa.answers import Answer
from qa.conversation.storage import export
from qa.conversation.storage.chats import title_of
from qa.errors import QaError
from qa.tui.chat_writer import OpenChat
from qa.tui.question_queue import ChatConversation
from qa.tui.screens.asking_screen import AskingScreen
from qa.tui.screens.prompt import InputDialog
from qa.tui.widgets.conversation_view import ConversationView
from qa.tui.widgets.question_input import QuestionInput
from qa.tui.widgets.sidebar import Sidebar
from qa.tui.widgets.turn_view import TurnView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.conversation.storage.chats import Chat, ChatTurn
    from qa.tui.chat_writer import ChatWriter
    from qa.tui.core import WorkspaceLike
    from qa.tui.question_queue import QuestionQueue

PAGE = 20
"""Turns of a past chat that are put on the screen when it is resumed, and each time the user goes back beyond them."""
# Of those, so many between two looks at the keyboard.
_AT_A_TIME = 1
_FRAME = 1 / 50


class PastScreen(AskingScreen):
    def __init__(self, workspace: WorkspaceLike, question_queue: QuestionQueue, chat_writer: ChatWriter) -> None:
        super().__init__(workspace, question_queue, chat_writer)
        self._deleted: list[int] = []

    # Resuming

    @on(Sidebar.ChatPicked)
    def chat_picked(self, message: Sidebar.ChatPicked) -> None:
        self.resume(message.chat)

    @work(exclusive=True, group="find chat")
    async def resume_matching(self, title: str) -> None:
        """Go on with the newest chat that has `title` in its title."""
        try:
            chat = await self.chat_writer.matching(title)
        except QaError as error:
            self.say(str(error), severity="error")
            self._resumed()
            return
        if chat is not None:
            self.resume(chat)
            return
        self.say(f"There is no past chat named {title}." if title else "There is no past chat.", severity="warning")
        self._resumed()

    def resume(self, chat: Chat) -> None:
        """Put a past chat on the screen and go on with it; what is entered meanwhile is asked there."""
        self.resuming = True
        self._put_up(chat)

    @work(exclusive=True, group="resume")
    async def _put_up(self, chat: Chat) -> None:
        try:
            page = await self.chat_writer.page(chat.id, most=PAGE)
        except QaError as error:
            self.say(str(error), severity="error")
            self._resumed()
            return
        await self._show_chat(OpenChat(chat.id, chat.title))
        self.chat_conversation = ChatConversation(
            turn.outcome for turn in page.turns if isinstance(turn.outcome, Answer)
        )
        self.remove_class("-sidebar")
        self.set_focus(self.question)
        shown = [TurnView.ended(turn) for turn in page.turns]
        await self._precede(shown, page.earlier)
        self.question.load_history([*(turn.question for turn in page.turns), *map(_entered, self.held)])
        with_evidence = [turn for turn in shown if turn.exhibits]
        if with_evidence:
            self.choose_turn(with_evidence[-1])
        if shown and shown[-1].outcome is None and not self.held:
            self.question.offer(shown[-1].question)
        self._resumed()

    def _resumed(self) -> None:
        self.resuming = False
        held, self.held = self.held, []
        for message in held:
            self.post_message(message)

    async def action_new_chat(self) -> None:
        self.workers.cancel_group(self, "resume")
        await self._show_chat(OpenChat())
        self._resumed()

    async def _show_chat(self, chat: OpenChat) -> None:
        self.workers.cancel_group(self, "earlier")
        self.cancel_all()
        self.chat = chat
        self.chat_conversation = ChatConversation()
        self.filter(None)
        self.current = None
        self.find_bar.close()
        self.remove_class("-has-evidence")
        self.pane.clear()
        self.title_bar.name_chat(chat.title)
        self.sidebar.mark(chat.id)
        await self.conversation.clear()

    # Turns that are not on the screen

    @on(ConversationView.EarlierWanted)
    def earlier_wanted(self) -> None:
        self._put_up_earlier()

    @work(exclusive=True, group="earlier")
    async def _put_up_earlier(self) -> None:
        await self._load_earlier()

    @work(exclusive=True, group="earlier")
    async def choose_earlier(self) -> None:
        """Show the evidence of the newest answer that is not on the screen yet, if there is one."""
        while self.conversation.earlier:
            loaded = await self._load_earlier()
            with_evidence = [turn for turn in loaded if turn.exhibits]
            if with_evidence:
                self.choose_turn(with_evidence[-1])
                self.conversation.go_to(with_evidence[-1])
            if with_evidence or not loaded:
                return

    @work(exclusive=True, group="earlier")
    async def find_earlier(self) -> None:
        """Go to the nearest place with the words in turns that are not on the screen yet; else round to the last."""
        while self.conversation.earlier and await self._load_earlier():
            if (found := self.conversation.find_before()) is not None:
                self.tell_found(found)
                return
        self.tell_found(self.conversation.find_step(-1))

    def tell_found(self, found: tuple[int | None, int]) -> None:
        self.find_bar.tell(*found, earlier=bool(self.conversation.earlier))

    async def _load_earlier(self) -> list[TurnView]:
        """Put one more page on the screen, before all that is there; what was put there."""
        page = await self._earlier_turns(most=PAGE)
        loaded = [TurnView.ended(turn) for turn in page]
        await self._precede(loaded, self.conversation.earlier - len(loaded) if loaded else 0)
        self.question.precede_history(turn.question for turn in page)
        return loaded

    async def _precede(self, turns: Sequence[TurnView], earlier: int) -> None:
        for last in range(len(turns), 0, -_AT_A_TIME):
            first = max(0, last - _AT_A_TIME)
            await self.conversation.precede(turns[first:last], earlier + first)
            # Each few are painted before the next come: all at once they would hold up the screen.
            await asyncio.sleep(_FRAME)

    async def _earlier_turns(self, most: int | None = None) -> tuple[ChatTurn, ...]:
        """Those before the first one on the screen. Raises QaError."""
        first = next((turn.kept.id for turn in self.conversation.turns), None)
        if self.chat.id is None or first is None or not self.conversation.earlier:
            return ()
        return (await self.chat_writer.page(self.chat.id, before=first, most=most)).turns

    # Names, and what is deleted

    @work
    async def action_rename(self) -> None:
        title = await self.app.push_screen_wait(InputDialog("Name of this chat", self.chat.title))
        if title:
            self.rename(title)

    def rename(self, title: str) -> None:
        """Give the chat on the screen another name."""
        self.chat_writer.rename(self.chat, title_of(title))
        self.title_bar.name_chat(self.chat.title)

    @work
    async def action_rename_listed(self) -> None:
        chat = self.sidebar.listed
        if chat is None:
            return
        title = await self.app.push_screen_wait(InputDialog("Name of the chat", chat.title))
        if title and chat.id == self.chat.id:
            self.rename(title)
        elif title:
            self.chat_writer.rename(chat, title_of(title))

    async def action_delete_listed(self) -> None:
        chat = self.sidebar.listed
        if chat is not None:
            await self.delete(chat.id, chat.title)

    async def delete(self, chat: int | None, title: str) -> None:
        """Delete a chat; the screen is emptied if it is the one on it."""
        if chat is None:
            self.say("This chat is not kept yet.", severity="warning")
            return
        self.chat_writer.delete(chat)
        self._deleted.append(chat)
        if chat == self.chat.id:
            await self.action_new_chat()
        self.say(f"Deleted: {title}. ^z or /undo brings it back.")

    def action_undo(self) -> None:
        if self._deleted:
            self.chat_writer.restore(self._deleted.pop())
            self.say("The chat is back.")
        else:
            self.say("No chat was deleted.", severity="warning")

    # Exporting

    def action_export(self) -> None:
        self.export(None)

    @work(exclusive=True, group="export")
    async def export(self, given: str | None) -> None:
        """Write the chat as Markdown to the file `given`, else to a new one; in a browser, to its downloads."""
        shown = [turn.as_past for turn in self.conversation.turns]
        if not shown:
            self.say("There is nothing to export yet.", severity="warning")
            return
        corpus = self.workspace.corpus
        try:
            turns = [*await self._earlier_turns(), *shown]
            markdown = export.as_markdown(self.chat.title, corpus, turns)
            file = Path(given).expanduser() if given else export.file_for(self.chat.title, corpus, Path.cwd())
            if self.app.is_web:
                self.app.deliver_text(io.StringIO(markdown), save_filename=file.name, mime_type="text/markdown")
                return
            await self.chat_writer.beside(lambda: export.write(markdown, file))
        except QaError as error:
            self.say(str(error), severity="error")
        except (OSError, RuntimeError) as error:
            self.say(f"The chat cannot be exported ({error}).", severity="error")
        else:
            self.say(f"Exported to {file}")


def _entered(message: QuestionInput.Asked | QuestionInput.Commanded) -> str:
    return message.question if isinstance(message, QuestionInput.Asked) else message.line
