"""Parts of the chat's screen, each by itself, on a screen that has the widgets and does nothing of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App
from textual.screen import Screen

from qa.conversation.storage.chats import Chats, TitleChange
from qa.conversation.storage.outcomes import Cancelled
from qa.tui.chat_writer import ChatRenamed, ChatWriter, OpenChat
from qa.tui.parts.current_chat import CurrentChat
from qa.tui.parts.document_actions import DocumentActions
from qa.tui.parts.evidence_viewer import EvidenceViewer
from qa.tui.parts.open_questions import OpenQuestions
from qa.tui.question_queue import Ask, AskAnswered, Opened, QuestionQueue
from qa.tui.screens.chat_layout import ChatLayout
from qa.tui.widgets.turn_view import TurnView
from tests.tui.chat_driver import Opener, answer_of, said, until

if TYPE_CHECKING:
    from textual.pilot import Pilot


class Parts(App[None]):
    """With nothing that tells one of the other; neither the queue nor the writer is at work yet."""

    def __init__(self, store: Path) -> None:
        super().__init__()
        self.workspace = Opener()
        corpus = self.workspace.corpus
        self.queue = QuestionQueue(self.workspace.open)
        self.plain = screen = ChatLayout(corpus, self.queue)
        self.writer = writer = ChatWriter(lambda: Chats.open(store), corpus)
        self.chat = chat = CurrentChat(screen, writer, corpus)
        self.evidence = evidence = EvidenceViewer(screen)
        self.questions = OpenQuestions(screen, self.queue, writer, chat, evidence)
        self.documents = DocumentActions(screen, self.workspace, self.queue, writer, self.questions)

    def get_default_screen(self) -> Screen[None]:
        return self.plain

    @property
    def turns(self) -> list[TurnView]:
        return self.plain.conversation.turns

    def ask(self, question: str) -> Ask:
        ask = self.chat.conversation.ask(question, None, None)
        self.questions.submit(ask)
        return ask


@asynccontextmanager
async def parts(store: Path) -> AsyncIterator[tuple[Parts, Pilot[None]]]:
    app = Parts(store)
    async with app.run_test(size=(120, 40)) as pilot:
        yield app, pilot
    app.queue.leave()
    app.writer.leave()


async def test_a_chat_is_named_by_its_first_question_until_the_user_names_it(store: Path) -> None:
    async with parts(store) as (app, _):
        chat = OpenChat()
        app.chat.switch_to(chat)
        app.chat.keep("Who is Putin?")
        app.chat.keep("Where?")
        assert app.chat.title == "Who is Putin?"
        app.chat.renamed(ChatRenamed(chat, TitleChange("Who is Putin?", "Where?")))
        assert app.chat.title == "Where?"
        app.chat.rename("Mine")
        app.chat.renamed(ChatRenamed(chat, TitleChange("Where?", "Who?")))
        assert app.chat.title == "Mine"


async def test_evidence_is_gone_through_from_answer_to_answer(store: Path) -> None:
    async with parts(store) as (app, pilot):
        for question in ("one", "two", "three"):
            outcome = Cancelled() if question == "two" else answer_of(question, question, f"Asked: {question}")
            app.questions.take(AskAnswered(app.ask(question), outcome))  # type: ignore[arg-type]
        await pilot.pause()
        first, second, third = app.turns
        assert app.evidence.choose_newest([first, second]) is first
        assert app.evidence.choose_newest([second]) is None
        assert app.evidence.choose_by(1)
        assert third.has_class("-current")
        assert app.evidence.choose_by(-1)
        assert first.has_class("-current")
        assert not third.has_class("-current")
        app.plain.conversation.earlier = 1
        assert not app.evidence.choose_by(-1)
        app.evidence.copy("place")
        assert app.clipboard == app.plain.pane.exhibit.place  # type: ignore[union-attr]
        app.evidence.clear()
        app.evidence.copy("text")
        await until(pilot, lambda: said(app, "no answer to copy"), "there is none any more")


async def test_nothing_is_indexed_while_the_documents_are_opened(store: Path) -> None:
    async with parts(store) as (app, pilot):
        app.documents.index(rebuild=False)
        await until(pilot, lambda: said(app, "being opened"), "said why")
        assert app.workspace.updates == []
        app.questions.take(Opened())
        app.documents.index(rebuild=True)
        await until(pilot, lambda: app.workspace.updates == [True], "it is indexed")
