"""The parts of the chat's screen, each by itself, on a screen that has the widgets and does nothing of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.app import App
from textual.screen import Screen

from qa.conversation.storage.chats import Chats, TitleChange
from qa.conversation.storage.outcomes import Cancelled, Failure, Found
from qa.errors import UsageError
from qa.filters import Filter
from qa.tui.chat_writer import ChatRenamed, ChatWriter, OpenChat
from qa.tui.parts import earlier_turns, past_chats
from qa.tui.parts.current_chat import CurrentChat
from qa.tui.parts.document_actions import DocumentActions
from qa.tui.parts.earlier_turns import EarlierTurns
from qa.tui.parts.evidence_viewer import EvidenceViewer
from qa.tui.parts.open_questions import OpenQuestions
from qa.tui.parts.past_chats import PastChats
from qa.tui.question_queue import (
    Ask,
    AskAnswered,
    AskFailed,
    AskStage,
    Opened,
    OpenFailed,
    QuestionQueue,
    WaitingForWriter,
)
from qa.tui.screens.chat_layout import ChatLayout
from qa.tui.widgets.error_card import ErrorCard
from qa.tui.widgets.question_input import QuestionInput
from qa.tui.widgets.turn_view import TurnView
from tests.tui.chat_driver import Opener, answer_of, said, seen, until

if TYPE_CHECKING:
    from textual.pilot import Pilot


class PlainScreen(ChatLayout):
    """The widgets alone: it does nothing with what they tell."""

    def __init__(self, corpus: Path, queue: QuestionQueue) -> None:
        super().__init__(corpus, queue)
        self.entered: list[str] = []

    def on_question_input_asked(self, message: QuestionInput.Asked) -> None:
        self.entered.append(message.question)


class Parts(App[None]):
    """All parts, with nothing that tells one of the other; neither the queue nor the writer is at work yet."""

    def __init__(self, store: Path) -> None:
        super().__init__()
        self.workspace = Opener()
        corpus = self.workspace.corpus
        self.queue = QuestionQueue(self.workspace.open)
        self.plain = screen = PlainScreen(corpus, self.queue)
        self.writer = writer = ChatWriter(lambda: Chats.open(store), corpus)
        self.chat = chat = CurrentChat(screen, writer, corpus)
        self.evidence = evidence = EvidenceViewer(screen)
        self.questions = OpenQuestions(screen, self.queue, writer, chat, evidence)
        self.earlier = EarlierTurns(screen, chat, evidence)
        self.past_chats = PastChats(screen, writer, chat, self.questions, evidence, self.earlier)
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


async def test_options_go_with_each_question(store: Path) -> None:
    only = Filter(path=("reports/**",))
    async with parts(store) as (app, pilot):
        assistant = app.workspace.assistant
        app.questions.filter(only)
        app.questions.min_confidence = 0.4
        app.questions.ask("Who?")
        app.queue.start(lambda _: None)
        await until(pilot, lambda: assistant.only, "it is asked")
        await until(pilot, lambda: "reports/**" in seen(app), "the filter is shown")
        app.questions.filter(None)
        assert not app.plain.filter_bar.has_class("-open")
    assert assistant.only == [only]
    assert assistant.min_confidence == [0.4]


async def test_a_question_is_shown_from_its_asking_to_its_outcome(store: Path) -> None:
    answer = answer_of("Where?", "Kant", "Russia flies from Kant.")
    async with parts(store) as (app, pilot):
        ask = app.ask("Where?")
        await until(pilot, lambda: "Opening the documents" in seen(app), "the documents are not open yet")
        app.questions.take(Opened())
        await until(pilot, lambda: "Waiting for its turn" in seen(app), "they are")
        app.questions.take(AskStage(ask, "read", 2))
        await until(pilot, lambda: "Reading 2 passages" in seen(app), "it is being answered")
        app.questions.take(AskAnswered(ask, answer))
        await until(pilot, lambda: app.turns[0].has_class("-current"), "its evidence can be shown")
        assert app.turns[0].outcome is answer
        assert not app.questions


async def test_what_is_cancelled_gets_no_answer(store: Path) -> None:
    async with parts(store) as (app, pilot):
        first, second = app.ask("one"), app.ask("two")
        assert app.questions.cancel_newest() == "two"
        app.questions.cancel_all()
        for ask in (first, second):
            assert ask.cancelled
            app.questions.take(AskAnswered(ask, Found(())))
        await pilot.pause()
        assert [turn.outcome for turn in app.turns] == [None, Cancelled()]


async def test_what_waits_for_documents_that_cannot_be_opened_ends_so(store: Path) -> None:
    error = UsageError("There is no index.", "Make one.")
    async with parts(store) as (app, pilot):
        app.questions.take(OpenFailed(error, ()))
        await until(pilot, lambda: app.screen.query(ErrorCard), "said by itself")
        ask = app.ask("one")
        app.questions.take(OpenFailed(error, (ask,)))
        assert app.turns[0].outcome == Failure(error.what, error.hint)
        assert not app.questions.is_opening


async def test_what_is_asked_while_another_qa_writes_the_index_says_so(store: Path) -> None:
    async with parts(store) as (app, pilot):
        app.questions.take(WaitingForWriter("process 12"))
        app.ask("Where?")
        await until(pilot, lambda: "Another qa is writing this index" in seen(app), "said at the question")


async def test_a_failure_ends_one_question(store: Path) -> None:
    async with parts(store) as (app, _):
        first, _second = app.ask("one"), app.ask("two")
        app.questions.take(AskFailed(first, UsageError("No.", "Yes.")))
        assert [turn.outcome for turn in app.turns] == [Failure("No.", "Yes."), None]
        assert len(app.questions) == 1


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


async def test_what_is_entered_while_a_chat_is_resumed_is_asked_there(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (earlier_turns, past_chats):
        monkeypatch.setattr(module, "PAGE", 2)
    with closing(Chats.open(store)) as chats:
        number = chats.begin(Opener.corpus, "Before?")
        for question in range(3):
            chats.end(chats.ask(number, f"Question {question}?"), Cancelled())
        chat = chats.all(Opener.corpus)[0]
    async with parts(store) as (app, pilot):
        app.writer.start(lambda _: None)
        app.past_chats.resume(chat)
        assert app.past_chats.hold(QuestionInput.Asked("And then?"))
        await until(pilot, lambda: app.plain.entered == ["And then?"], "it is asked")
        assert not app.past_chats.hold(QuestionInput.Asked("Now?"))
        assert (app.chat.id, app.chat.title) == (chat.id, chat.title)
        assert [turn.question for turn in app.turns] == ["Question 1?", "Question 2?"]
        assert [turn.question for turn in await app.chat.earlier()] == ["Question 0?"]
        app.earlier.find("Question 0?")
        app.earlier.find_step(-1)
        await until(pilot, lambda: len(app.turns) == 3, "the turns before are found, too")
        await app.past_chats.begin_new()
        assert app.chat.id is None
        assert not app.turns


async def test_a_chat_that_is_deleted_comes_back(store: Path) -> None:
    with closing(Chats.open(store)) as chats:
        number = chats.begin(Opener.corpus, "Before?")
        chats.ask(number, "Before?")
    async with parts(store) as (app, pilot):
        app.writer.start(lambda message: app.call_from_thread(app.past_chats.take, message))
        await until(pilot, lambda: len(app.past_chats.listed) == 1, "it is listed")
        app.plain.sidebar.chat_list.highlighted = 0
        await app.past_chats.delete_listed()
        await until(pilot, lambda: not app.past_chats.listed, "it is not listed")
        app.past_chats.undo()
        await until(pilot, lambda: len(app.past_chats.listed) == 1, "it is back")
        app.past_chats.undo()
        await until(pilot, lambda: said(app, "No chat was deleted"), "there is no other")
        await app.past_chats.delete_current()
        await until(pilot, lambda: said(app, "not kept yet"), "a new chat cannot be deleted")


async def test_other_documents_are_opened_only_where_there_are_some(store: Path) -> None:
    async with parts(store) as (app, pilot):
        assert app.documents.elsewhere("/somewhere/nowhere") is None
        await until(pilot, lambda: app._notifications, "said why")
        workspace = app.documents.elsewhere("/somewhere/else")
        assert workspace is app.workspace.others[0]


async def test_nothing_is_indexed_while_the_documents_are_opened(store: Path) -> None:
    async with parts(store) as (app, pilot):
        app.documents.index(rebuild=False)
        await until(pilot, lambda: said(app, "being opened"), "said why")
        assert app.workspace.updates == []
        app.questions.take(Opened())
        app.documents.index(rebuild=True)
        await until(pilot, lambda: app.workspace.updates == [True], "it is indexed")
