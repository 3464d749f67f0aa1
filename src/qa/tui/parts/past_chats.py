"""The past chats: listed, gone on with in the place of the one on the screen, renamed, deleted and brought back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qa.answers import Answer
from qa.conversation.storage.chats import title_of
from qa.errors import QaError
from qa.tui.chat_writer import ChatRenamed, ChatsListed, KeepingFailed, OpenChat
from qa.tui.parts.earlier_turns import PAGE
from qa.tui.screens.prompt import InputDialog
from qa.tui.widgets.question_input import QuestionInput
from qa.tui.widgets.turn_view import TurnView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.conversation.storage.chats import Chat
    from qa.tui.chat_writer import ChatWriter, ChatWriterMessage
    from qa.tui.parts.current_chat import CurrentChat
    from qa.tui.parts.earlier_turns import EarlierTurns
    from qa.tui.parts.evidence_viewer import EvidenceViewer
    from qa.tui.parts.open_questions import OpenQuestions
    from qa.tui.screens.chat_layout import ChatLayout

    Entered = QuestionInput.Asked | QuestionInput.Commanded


class PastChats:
    """The chats about the same documents, newest first. With `resume`, the newest with that in its title is gone on with."""

    def __init__(
        self,
        screen: ChatLayout,
        chat_writer: ChatWriter,
        chat: CurrentChat,
        questions: OpenQuestions,
        evidence: EvidenceViewer,
        earlier: EarlierTurns,
        resume: str | None = None,
    ) -> None:
        self._screen = screen
        self._chat_writer = chat_writer
        self._chat = chat
        self._questions = questions
        self._evidence = evidence
        self._earlier = earlier
        self._resume = resume
        self._held: list[Entered] = []
        self._deleted: list[int] = []
        self.listed: tuple[Chat, ...] = ()
        self.is_resuming = resume is not None
        """While a past chat is put up, what is entered is held: it belongs to that chat."""

    def start(self) -> None:
        """Resume what is to be resumed, once the chats can be read."""
        if self._resume is not None:
            self.resume_matching(self._resume)

    def take(self, message: ChatWriterMessage) -> None:
        """Show what is told of the chats that are kept."""
        match message:
            case ChatsListed(chats=chats):
                self.listed = chats
                self._screen.sidebar.show_chats(chats, self._chat.id)
            case ChatRenamed():
                self._chat.renamed(message)
            case KeepingFailed(error=error):
                self._screen.say(str(error), severity="error")

    def hold(self, message: Entered) -> bool:
        """Keep what was entered for later, if a past chat is being put up."""
        if self.is_resuming:
            self._held.append(message)
        return self.is_resuming

    def resume_matching(self, title: str) -> None:
        """Go on with the newest chat that has `title` in its title."""
        self._screen.begin("find chat", partial(self._resume_matching, title))

    def resume(self, chat: Chat) -> None:
        """Put a past chat on the screen and go on with it; what is entered meanwhile is asked there."""
        self.is_resuming = True
        self._screen.begin("resume", partial(self._put_up, chat))

    async def begin_new(self) -> None:
        """Begin a new chat, also while a past one is put up."""
        self._screen.workers.cancel_group(self._screen, "resume")
        await self._switch_to(OpenChat())
        self._release()

    async def rename_current(self) -> None:
        """Ask for another name of the chat on the screen, and give it."""
        title = await self._ask_name("Name of this chat", self._chat.title)
        if title:
            self._chat.rename(title)

    async def rename_listed(self) -> None:
        """Ask for another name of the chat that the keyboard is at, and give it."""
        chat = self._screen.sidebar.listed
        title = await self._ask_name("Name of the chat", chat.title) if chat else None
        if chat and title and chat.id == self._chat.id:
            self._chat.rename(title)
        elif chat and title:
            self._chat_writer.rename(chat, title_of(title))

    async def delete_current(self) -> None:
        await self._delete(self._chat.id, self._chat.title)

    async def delete_listed(self) -> None:
        """Delete the chat that the keyboard is at."""
        chat = self._screen.sidebar.listed
        if chat is not None:
            await self._delete(chat.id, chat.title)

    def undo(self) -> None:
        """Bring back the chat that was deleted last."""
        if self._deleted:
            self._chat_writer.restore(self._deleted.pop())
            self._screen.say("The chat is back.")
        else:
            self._screen.say("No chat was deleted.", severity="warning")

    async def _delete(self, chat: int | None, title: str) -> None:
        """The screen is emptied if the chat is the one on it."""
        if chat is None:
            self._screen.say("This chat is not kept yet.", severity="warning")
            return
        self._chat_writer.delete(chat)
        self._deleted.append(chat)
        if chat == self._chat.id:
            await self.begin_new()
        self._screen.say(f"Deleted: {title}. ^z or /undo brings it back.")

    async def _ask_name(self, words: str, name: str) -> str | None:
        return await self._screen.app.push_screen_wait(InputDialog(words, name))

    async def _resume_matching(self, title: str) -> None:
        try:
            chat = await self._chat_writer.matching(title)
        except QaError as error:
            self._screen.say(str(error), severity="error")
            self._release()
            return
        if chat is not None:
            self.resume(chat)
            return
        none = f"There is no past chat named {title}." if title else "There is no past chat."
        self._screen.say(none, severity="warning")
        self._release()

    async def _put_up(self, chat: Chat) -> None:
        screen = self._screen
        try:
            page = await self._chat_writer.page(chat.id, most=PAGE)
        except QaError as error:
            screen.say(str(error), severity="error")
            self._release()
            return
        answers = [turn.outcome for turn in page.turns if isinstance(turn.outcome, Answer)]
        await self._switch_to(OpenChat(chat.id, chat.title), answers)
        screen.remove_class("-sidebar")
        screen.set_focus(screen.question)
        shown = [TurnView.ended(turn) for turn in page.turns]
        await self._earlier.precede(shown, page.earlier)
        if shown:
            screen.conversation.follow(shown[-1])
        screen.question.load_history([*(turn.question for turn in page.turns), *map(_text_of, self._held)])
        self._evidence.choose_newest(shown)
        if shown and shown[-1].outcome is None and not self._held:
            screen.question.offer(shown[-1].question)
        self._release()

    async def _switch_to(self, chat: OpenChat, answers: Sequence[Answer] = ()) -> None:
        self._earlier.cancel()
        self._questions.cancel_all()
        self._questions.filter(None)
        self._chat.switch_to(chat, answers)
        self._screen.find_bar.close()
        self._evidence.clear()
        await self._screen.conversation.clear()

    def _release(self) -> None:
        """Ask the question that was held back."""
        self.is_resuming = False
        held, self._held = self._held, []
        for message in held:
            self._screen.post_message(message)


def _text_of(entered: Entered) -> str:
    return entered.question if isinstance(entered, QuestionInput.Asked) else entered.line
