"""Chats are kept as they happen, and can be resumed, renamed, deleted and brought back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qa import application_ids
from qa.answers import Answer, AnswerKind, Certainty
from qa.conversation.storage.chats import Chats
from qa.conversation.storage.forgetting import forget
from qa.conversation.storage.outcomes import Cancelled, Failure, Found
from qa.errors import QuestionTooLong
from qa.tui.screens.prompt import InputDialog
from qa.tui.widgets.question_input import QuestionInput
from qa.tui.widgets.sidebar import ChatList, DocumentPicker, Sidebar
from tests.tui.chat_driver import Opener, answer_of, ask, ask_all, refusal_of, said, seen, settled, turns, until

if TYPE_CHECKING:
    from qa.tui.app import ChatApp
    from tests.tui.conftest import OpenApp

CORPUS = Opener.corpus


def kept(store: Path) -> dict[str, list[tuple[str, object]]]:
    """The titles of the chats with their questions and outcomes, as another process reads them."""
    chats = Chats.open(store)
    found = {chat.title: [(turn.question, turn.outcome) for turn in chats.turns(chat.id)] for chat in chats.all(CORPUS)}
    chats.close()
    return found


async def test_all_is_kept_as_it_happens(app: ChatApp, opener: Opener, store: Path) -> None:
    opener.assistant.replies["too long"] = QuestionTooLong(5000, 2000)
    async with app.run_test() as pilot:
        await ask_all(pilot, "one", "too long")
        await ask(pilot, "/search gas")
        await settled(pilot)
        opener.assistant.gate.clear()
        await ask(pilot, "three")
        await until(
            pilot, lambda: next(iter(kept(store).values()))[-1] == ("three", None), "the open question is written"
        )
        await pilot.press("escape")
        opener.assistant.gate.set()
        await until(pilot, lambda: "ready" in seen(app), "ready")
    assert app.join(5)
    ((title, rows),) = kept(store).items()
    assert title == "one"
    assert [question for question, _ in rows] == ["one", "too long", "/search gas", "three"]
    assert [type(outcome) for _, outcome in rows] == [Answer, Failure, Found, Cancelled]


async def test_a_chat_that_begins_with_hello_is_named_by_its_first_question(
    app: ChatApp, opener: Opener, store: Path
) -> None:
    hello = replace(refusal_of("hello", (), absent=0.0), kind=AnswerKind.TALK, said="Hello.", absent_probability=None)
    opener.assistant.replies["hello"] = hello
    async with app.run_test(size=(200, 60)) as pilot:
        await ask_all(pilot, "hello")
        await until(pilot, lambda: "● hello" in seen(app), "it is listed as hello")
        await ask_all(pilot, "Russia flies", "Putin also")
        await until(pilot, lambda: "● Russia flies" in seen(app), "it is listed by its question")
        await until(pilot, lambda: "·  Russia flies" in seen(app), "in the title bar, too")
    assert app.join(5)
    assert list(kept(store)) == ["Russia flies"]


async def test_chats_that_were_forgotten_meanwhile_begin_anew(app: ChatApp, store: Path) -> None:
    async with app.run_test() as pilot:
        await ask_all(pilot, "one")
        await until(pilot, lambda: [type(end) for _, end in kept(store)["one"]] == [Answer], "it is kept")
        forget(store, application_ids.CHATS)
        await ask_all(pilot, "two", "three")
        assert "cannot" not in seen(app)
        await until(pilot, lambda: "·  two" in seen(app), "the title bar has its new name")
    assert app.join(5)
    ((title, rows),) = kept(store).items()
    assert (title, [question for question, _ in rows]) == ("two", ["two", "three"])


async def test_a_killed_chat_is_resumed_with_its_open_question(open_app: OpenApp, opener: Opener, store: Path) -> None:
    chats = Chats.open(store)
    chat = chats.begin(CORPUS, "first question")
    chats.end(chats.ask(chat, "first question"), Cancelled())
    chats.ask(chat, "not answered any more")
    chats.close()
    app = open_app(resume="")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: len(turns(app)) == 2, "the turns are back")
        assert "Not answered: qa ended before." in seen(app)
        assert "first question" in seen(app).splitlines()[1]
        await until(pilot, lambda: app.query_one(QuestionInput).value == "not answered any more", "it is offered again")
        await pilot.press("enter")
        await settled(pilot)
    assert app.join(5)
    assert [question for question, _ in kept(store)["first question"]] == [
        "first question", "not answered any more", "not answered any more",
    ]  # fmt: skip


async def test_resumed_answers_have_their_evidence_and_history(open_app: OpenApp, opener: Opener) -> None:
    first = open_app()
    async with first.run_test(size=(120, 40)) as pilot:
        await ask_all(pilot, "Russia flies", "Putin also")
    assert first.join(5)
    second = open_app(resume="russia")
    async with second.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: len(turns(second)) == 2, "the turns are back")
        await until(pilot, lambda: "Evidence" in seen(second), "the evidence")
        await pilot.press("up", "up")
        assert second.query_one(QuestionInput).value == "Russia flies"


async def test_a_resumed_answer_is_as_tentative_as_it_was(open_app: OpenApp, opener: Opener) -> None:
    opener.assistant.replies["maybe"] = answer_of("maybe", "49", "For 49 years.", certainty=Certainty.TENTATIVE)
    first = open_app()
    async with first.run_test() as pilot:
        await ask_all(pilot, "surely", "maybe")
    assert first.join(5)
    second = open_app(resume="surely")
    async with second.run_test() as pilot:
        await until(pilot, lambda: len(turns(second)) == 2, "the turns are back")
        await until(pilot, lambda: "For 49 years." in seen(second), "the answer")
        hedged = [bool(turn.query("AnswerCard.-tentative")) for turn in turns(second)]
        assert hedged == [False, True]
        assert seen(second).count("Perhaps:") == 1


@pytest.mark.parametrize(
    ("title", "words"), [("", "There is no past chat."), ("xyz", "There is no past chat named xyz.")]
)
async def test_nothing_to_resume(open_app: OpenApp, title: str, words: str) -> None:
    app = open_app(resume=title)
    async with app.run_test(notifications=True) as pilot:
        await until(pilot, lambda: said(app, words), "said")


async def test_another_chat_is_picked_in_the_sidebar(app: ChatApp, store: Path) -> None:
    async with app.run_test(size=(200, 60)) as pilot:
        await ask_all(pilot, "one")
        await pilot.press("ctrl+n")
        assert not turns(app)
        await ask_all(pilot, "two")
        sidebar = app.screen.query_one(Sidebar)
        await until(pilot, lambda: app.screen.query_one(ChatList).option_count == 2, "both are listed")
        assert sidebar.display
        assert "● two" in seen(app)
        await pilot.press("ctrl+r", "down", "down", "enter")
        await until(pilot, lambda: [turn.question for turn in turns(app)] == ["one"], "the other chat")
        await until(pilot, lambda: "● one" in seen(app), "marked")
        assert app.focused is app.query_one(QuestionInput)
        await ask(pilot, "one more")
        await settled(pilot)
    assert app.join(5)
    assert [question for question, _ in kept(store)["one"]] == ["one", "one more"]
    assert list(kept(store)) == ["one", "two"]


async def test_the_sidebar_lies_over_a_small_screen(app: ChatApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        sidebar = app.screen.query_one(Sidebar)
        assert not sidebar.display
        await ask_all(pilot, "one")
        await pilot.press("ctrl+b")
        await until(pilot, lambda: sidebar.display, "shown")
        await until(pilot, lambda: "just now" in seen(app), "the chat is listed")
        assert app.screen.query_one("ConversationView").size.width > 70
        await pilot.press("escape")
        await until(pilot, lambda: not sidebar.display, "closed")
        await until(pilot, lambda: app.focused is app.query_one(QuestionInput), "back at the question")


async def test_rename_this_chat(app: ChatApp, store: Path) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await ask_all(pilot, "one")
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, InputDialog), "the prompt")
        await pilot.press(*"The lease", "enter")
        await until(pilot, lambda: "The lease" in seen(app).splitlines()[1], "renamed")
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, InputDialog), "the prompt")
        await pilot.press(*"x", "escape")
        await pilot.pause()
    assert app.join(5)
    assert list(kept(store)) == ["The lease"]


async def test_rename_before_the_first_question(app: ChatApp, store: Path) -> None:
    async with app.run_test() as pilot:
        await ask(pilot, "/rename My chat")
        await ask_all(pilot, "one")
    assert app.join(5)
    assert list(kept(store)) == ["My chat"]


async def test_rename_and_delete_in_the_sidebar_and_undo(app: ChatApp, store: Path) -> None:
    async with app.run_test(size=(200, 60)) as pilot:
        await ask_all(pilot, "one")
        await pilot.press("ctrl+n")
        await ask_all(pilot, "two")
        await until(pilot, lambda: app.screen.query_one(ChatList).option_count == 2, "both are listed")
        await pilot.press("ctrl+r", "end", "r")
        await until(pilot, lambda: isinstance(app.screen, InputDialog), "the prompt")
        await pilot.press(*"uno", "enter")
        await until(pilot, lambda: "uno" in kept(store), "renamed")
        await pilot.press("ctrl+r", "end", "d")
        await until(pilot, lambda: list(kept(store)) == ["two"], "deleted")
        assert [turn.question for turn in turns(app)] == ["two"]
        await pilot.press("ctrl+z")
        await until(pilot, lambda: sorted(kept(store)) == ["two", "uno"], "back")


async def test_deleting_the_chat_on_the_screen_empties_it(app: ChatApp, store: Path) -> None:
    async with app.run_test(notifications=True) as pilot:
        await ask_all(pilot, "one")
        await until(pilot, lambda: kept(store), "written")
        await ask(pilot, "/delete")
        await until(pilot, lambda: not turns(app), "empty")
        assert said(app, "Deleted: one.")
        assert kept(store) == {}
        await ask(pilot, "/undo")
        await until(pilot, lambda: list(kept(store)) == ["one"], "back")


async def test_nothing_to_undo_or_to_delete(app: ChatApp) -> None:
    async with app.run_test(notifications=True) as pilot:
        await pilot.press("ctrl+z")
        await until(pilot, lambda: said(app, "No chat was deleted."), "said")
        await ask(pilot, "/delete")
        await until(pilot, lambda: said(app, "This chat is not kept yet."), "said")


async def test_two_at_once_keep_their_own(open_app: OpenApp, store: Path) -> None:
    first, second = open_app(), open_app()
    async with first.run_test() as one:
        await ask_all(one, "from the first")
        async with second.run_test() as two:
            await ask_all(two, "from the second")
        await ask_all(one, "the first again")
    assert first.join(5)
    assert second.join(5)
    assert {title: len(rows) for title, rows in kept(store).items()} == {"from the first": 2, "from the second": 1}


async def test_a_damaged_store_is_named_and_the_chat_goes_on(app: ChatApp, store: Path) -> None:
    store.write_bytes(b"not a database" * 100)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: said(app, "the file is damaged"), "named")
        await ask_all(pilot, "one")
        assert "Asked: one" in seen(app)
        await pilot.press("ctrl+n")
        await ask_all(pilot, "two")
    assert store.read_bytes() == b"not a database" * 100


async def test_documents_are_listed_and_shown(app: ChatApp, opener: Opener) -> None:
    opener.assistant.texts["b.txt"] = "first line\nsecond line"
    async with app.run_test(size=(200, 60)) as pilot:
        await until(pilot, lambda: "b.txt" in seen(app), "listed")
        app.screen.query_one(DocumentPicker).focus()
        await pilot.press("home", "enter")
        await until(pilot, lambda: "second line" in seen(app), "shown")
        assert "b.txt:1" in seen(app)
