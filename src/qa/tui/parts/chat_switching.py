"""From one chat to another: a past one is put on the screen and gone on with, or a new one begins."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qa.answers import Answer
from qa.errors import QaError
from qa.tui.chat_writer import OpenChat
from qa.tui.parts.earlier_turns import PAGE
from qa.tui.parts.notices import say
from qa.tui.parts.workers import begin_instead
from qa.tui.widgets.question_input import QuestionInput
from qa.tui.widgets.turn_view import TurnView

if TYPE_CHECKING:
    from textual.screen import Screen

    from qa.conversation.storage.chats import Chat
    from qa.tui.chat_writer import ChatWriter
    from qa.tui.parts.answer_options import AnswerOptions
    from qa.tui.parts.chat_widgets import ChatWidgets
    from qa.tui.parts.current_chat import CurrentChat
    from qa.tui.parts.earlier_turns import EarlierTurns
    from qa.tui.parts.evidence_viewer import EvidenceViewer
    from qa.tui.parts.open_questions import OpenQuestions

    Entered = QuestionInput.Asked | QuestionInput.Commanded


class ChatSwitcher:
    """With `resume`, what is entered before a chat with that in its title is resumed belongs to that chat already."""

    def __init__(
        self,
        screen: Screen[None],
        widgets: ChatWidgets,
        chat_writer: ChatWriter,
        chat: CurrentChat,
        questions: OpenQuestions,
        options: AnswerOptions,
        evidence: EvidenceViewer,
        earlier: EarlierTurns,
        *,
        resume: str | None = None,
    ) -> None:
        self._screen = screen
        self._widgets = widgets
        self._chat_writer = chat_writer
        self._chat = chat
        self._questions = questions
        self._options = options
        self._evidence = evidence
        self._earlier = earlier
        self._resume = resume
        self._held: list[Entered] = []
        self.is_resuming = resume is not None
        """While a past chat is put up, what is entered is held: it belongs to that chat."""

    def start(self) -> None:
        """Resume what is to be resumed, once the chats can be read."""
        if self._resume is not None:
            self.resume_matching(self._resume)

    def hold(self, message: Entered) -> bool:
        """Keep what was entered for later, if a past chat is being put up."""
        if self.is_resuming:
            self._held.append(message)
        return self.is_resuming

    def resume_matching(self, title: str) -> None:
        """Go on with the newest chat that has `title` in its title."""
        begin_instead(self._screen, "find chat", partial(self._resume_matching, title))

    def resume(self, chat: Chat) -> None:
        """Put a past chat on the screen and go on with it; what is entered meanwhile is asked there."""
        self.is_resuming = True
        begin_instead(self._screen, "resume", partial(self._put_up, chat))

    async def begin_new(self) -> None:
        """Begin a new chat, also while a past one is put up."""
        self._screen.workers.cancel_group(self._screen, "resume")
        await self._switch_to(OpenChat())
        self._release()

    async def _resume_matching(self, title: str) -> None:
        try:
            chat = await self._chat_writer.matching(title)
        except QaError as error:
            say(self._screen, str(error), severity="error")
            self._release()
            return
        if chat is not None:
            self.resume(chat)
            return
        none = f"There is no past chat named {title}." if title else "There is no past chat."
        say(self._screen, none, severity="warning")
        self._release()

    async def _put_up(self, chat: Chat) -> None:
        question = self._widgets.question
        try:
            page = await self._chat_writer.page(chat.id, most=PAGE)
        except QaError as error:
            say(self._screen, str(error), severity="error")
            self._release()
            return
        await self._switch_to(OpenChat(chat.id, chat.title))
        self._chat.recall(turn.outcome for turn in page.turns if isinstance(turn.outcome, Answer))
        self._screen.remove_class("-sidebar")
        self._screen.set_focus(question)
        shown = [TurnView.ended(turn) for turn in page.turns]
        await self._earlier.precede(shown, page.earlier)
        question.load_history([*(turn.question for turn in page.turns), *map(_text_of, self._held)])
        self._evidence.choose_newest(shown)
        if shown and shown[-1].outcome is None and not self._held:
            question.offer(shown[-1].question)
        self._release()

    async def _switch_to(self, chat: OpenChat) -> None:
        self._earlier.cancel()
        self._questions.cancel_all()
        self._chat.switch_to(chat)
        self._options.filter(None)
        self._widgets.find_bar.close()
        self._evidence.clear()
        self._widgets.sidebar.mark(chat.id)
        await self._widgets.conversation.clear()

    def _release(self) -> None:
        """Ask what was held."""
        self.is_resuming = False
        held, self._held = self._held, []
        for message in held:
            self._screen.post_message(message)


def _text_of(entered: Entered) -> str:
    return entered.question if isinstance(entered, QuestionInput.Asked) else entered.line
