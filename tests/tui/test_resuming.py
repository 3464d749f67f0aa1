"""A past chat that is put up again: nothing that is typed meanwhile is lost, and a long one comes a page at a time."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual import events

from qa.answers import AnswerKind, Part
from qa.conversation.storage.chats import Chats
from qa.tui.parts import open_questions
from qa.tui.parts.earlier_turns import PAGE
from qa.tui.screens.chat_screen import ChatScreen
from qa.tui.widgets.conversation_view import ConversationView, Earlier
from qa.tui.widgets.question_input import QuestionInput
from qa.tui.widgets.sidebar import ChatList
from tests.tui.chat_driver import Opener, answer_of, ask, said, seen, settled, turns, until
from tests.tui.test_past_chats import kept

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import App
    from textual.pilot import Pilot

    from qa.tui.app import ChatApp
    from tests.tui.conftest import OpenApp

CORPUS = Opener.corpus
LINE = "And what of the gas?"


def keep(store: Path, count: int, title: str = "The old one", *, word: str = "Question") -> None:
    """A past chat of `count` answered questions."""
    chats = Chats.open(store)
    chat = chats.begin(CORPUS, title)
    chats.close()
    questions = [(number, f"{word} {number}?") for number in range(1, count + 1)]
    answers = [
        (question, json.dumps({"answer": asdict(answer_of(question, str(number), f"The answer is {number} here."))}))
        for number, question in questions
    ]
    # In one go: two thousand questions asked one by one take a while.
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.executemany(
            f"INSERT INTO turns(chat, question, asked, outcome) VALUES ({chat}, ?, 1e9, ?)",
            answers,
        )


def burst(app: ChatApp, keys: Iterable[str]) -> None:
    """Press `keys` as a terminal gives them that was busy: all at once, without a moment between them."""
    for key in keys:
        named = {" ": "space", "?": "question_mark", "/": "slash", "-": "minus"}.get(key, key)
        event = events.Key(named, key if len(key) == 1 else {"enter": "\r"}.get(key))
        event.set_sender(app)
        app._driver.send_message(event)  # type: ignore[union-attr]


def field(app: ChatApp) -> QuestionInput:
    return app.screen.query_one(QuestionInput)


def asked(app: App[None]) -> list[str]:
    return [turn.question for turn in turns(app)]


async def resumed(pilot: Pilot[None], last: int) -> None:
    """Wait until the chat that ends with question number `last` is on the screen."""
    screen = pilot.app.screen
    assert isinstance(screen, ChatScreen)
    await until(
        pilot, lambda: asked(pilot.app)[-1:] == [f"Question {last}?"] and not screen.past_chats.is_resuming, "resumed"
    )


async def test_what_is_typed_from_the_first_moment_on_is_asked_in_the_resumed_chat(
    open_app: OpenApp, store: Path
) -> None:
    keep(store, 40)
    app = open_app(resume="")
    async with app.run_test(size=(120, 40)) as pilot:
        burst(app, [*LINE, "enter", *"half a quest"])
        await until(pilot, lambda: LINE in asked(app) and "Question 40?" in asked(app), "asked")
        await settled(pilot)
        assert asked(app)[-2:] == ["Question 40?", LINE]
        assert field(app).value == "half a quest"
        await pilot.press("up")
        assert field(app).value == LINE
        await pilot.press("up", "down", "down")
        assert field(app).value == "half a quest"
    assert app.join(5)
    assert [question for question, _ in kept(store)["The old one"]][-2:] == ["Question 40?", LINE]


@pytest.mark.parametrize("pause", [0.0, 0.01, 0.05])
async def test_one_who_types_on_and_on_loses_no_letter(open_app: OpenApp, store: Path, pause: float) -> None:
    keep(store, 40)
    app = open_app(resume="old")
    lines = [f"line {number} of what I type" for number in range(4)]
    async with app.run_test(size=(80, 24)) as pilot:
        for key in itertools.chain.from_iterable([*line, "enter"] for line in lines):
            burst(app, [key])
            await asyncio.sleep(pause / 10)
        await until(pilot, lambda: asked(app)[-4:] == lines, "all are asked, in their order")
        await settled(pilot)
    assert app.join(5)
    assert [question for question, _ in kept(store)["The old one"]][-5:] == ["Question 40?", *lines]


async def test_what_is_typed_after_picking_a_chat_is_no_key_of_the_list(app: ChatApp, store: Path) -> None:
    keep(store, 12)
    keep(store, 3, "Another", word="Other")
    async with app.run_test(size=(200, 60)) as pilot:
        await until(pilot, lambda: app.screen.query_one(ChatList).option_count == 2, "both are listed")
        await pilot.press("ctrl+r", "end")
        # "d" deletes and "r" renames in the list.
        burst(app, ["enter", *"draft"])
        await until(pilot, lambda: "Question 12?" in asked(app), "resumed")
        await until(pilot, lambda: field(app).value == "draft", "typed")
        assert app.focused is field(app)
    assert app.join(5)
    assert sorted(kept(store)) == ["Another", "The old one"]


async def test_a_command_that_comes_early_is_carried_out_over_the_resumed_chat(open_app: OpenApp, store: Path) -> None:
    keep(store, 12)
    app = open_app(resume="")
    async with app.run_test(size=(120, 40)) as pilot:
        burst(app, [*"/rename Newer", "enter"])
        await until(pilot, lambda: "Newer" in seen(app).splitlines()[1], "renamed")
    assert app.join(5)
    assert list(kept(store)) == ["Newer"]


async def test_a_question_typed_early_is_asked_where_there_is_nothing_to_resume(open_app: OpenApp) -> None:
    app = open_app(resume="nothing such")
    async with app.run_test(notifications=True) as pilot:
        burst(app, [*LINE, "enter"])
        await until(pilot, lambda: said(app, "There is no past chat named nothing such."), "said")
        await until(pilot, lambda: asked(app) == [LINE], "asked")


# Long chats


async def test_a_long_chat_opens_at_its_end_and_goes_on_to_its_beginning(open_app: OpenApp, store: Path) -> None:
    keep(store, 50)
    app = open_app(resume="")
    async with app.run_test(size=(120, 40)) as pilot:
        await resumed(pilot, 50)
        assert asked(app) == [f"Question {number}?" for number in range(31, 51)]
        for first in (11, 1):
            await pilot.press("ctrl+home")
            await until(pilot, lambda first=first: asked(app)[0] == f"Question {first}?", "a page more")
            await until(pilot, lambda: "›  Question" in seen(app), "painted")
        await pilot.press("ctrl+home")
        await until(pilot, lambda: "›  Question 1?" in seen(app), "the first")
        assert asked(app) == [f"Question {number}?" for number in range(1, 51)]
        assert "earlier question" not in seen(app)


async def test_a_chat_opens_at_its_end_also_if_its_last_answer_is_higher_than_the_screen(
    open_app: OpenApp, store: Path
) -> None:
    keep(store, 3)
    answer = answer_of("Question 3?", "3", "The answer is 3 here.")
    assert answer.citation is not None
    answer = replace(answer, kind=AnswerKind.LIST, parts=(Part("item", answer.citation),) * 30)
    with closing(sqlite3.connect(store)) as connection, connection:
        values = (json.dumps({"answer": asdict(answer)}), answer.question)
        connection.execute("UPDATE turns SET outcome = ? WHERE question = ?", values)
    app = open_app(resume="")
    async with app.run_test(size=(80, 24)) as pilot:
        await resumed(pilot, 3)
        view = app.screen.query_one(ConversationView)
        await until(pilot, lambda: view.max_scroll_y > 30 and view.at_end, "at its end")
        await settled(pilot)
        assert view.at_end


async def test_what_is_read_stays_in_its_place_when_earlier_turns_come(open_app: OpenApp, store: Path) -> None:
    keep(store, 50)
    app = open_app(resume="")
    async with app.run_test(size=(80, 24)) as pilot:
        await resumed(pilot, 50)
        await pilot.press("ctrl+home")
        await until(pilot, lambda: asked(app)[0] == "Question 11?", "a page more")
        await pilot.pause(0.2)
        # A busy machine lays out later.
        await until(pilot, lambda: "›  Question 31?" in seen(app) and "Question 30?" not in seen(app), "in its place")


async def test_the_line_above_says_how_many_and_is_clicked(open_app: OpenApp, store: Path) -> None:
    keep(store, 41)
    app = open_app(resume="")
    async with app.run_test(size=(120, 40)) as pilot:
        await resumed(pilot, 41)
        assert "21 earlier questions" in str(app.screen.query_one(Earlier).render())
        app.screen.query_one(Earlier).on_click()
        await until(pilot, lambda: "1 earlier question" in str(app.screen.query_one(Earlier).render()), "a page more")


async def test_find_and_choose_go_on_in_earlier_turns(open_app: OpenApp, store: Path) -> None:
    keep(store, 25)
    app = open_app(resume="")
    async with app.run_test(size=(120, 40)) as pilot:
        await resumed(pilot, 25)
        await pilot.press("ctrl+f", *"question 3?")
        await until(pilot, lambda: "nothing here, ↑ looks further up" in seen(app), "not on the screen")
        await pilot.press("up")
        await until(pilot, lambda: "1 of 1" in seen(app) and "›  Question 3?" in seen(app), "found")
        await pilot.press("escape")
        for _ in range(25):
            await pilot.press("alt+up")
        await until(pilot, lambda: "›  Question 1?" in seen(app), "the first")


async def test_a_long_chat_is_exported_whole(
    open_app: OpenApp, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(store, 45)
    monkeypatch.chdir(tmp_path)
    app = open_app(resume="")
    async with app.run_test() as pilot:
        burst(app, [*"/export all.md", "enter"])
        await until(pilot, lambda: (tmp_path / "all.md").exists(), "written")
        await pilot.pause(0.2)
    found = re.findall(r"^## (.*)$", (tmp_path / "all.md").read_text(), re.MULTILINE)
    assert found == [f"Question {number}?" for number in range(1, 46)]


async def test_turns_that_are_far_back_leave_the_screen_but_not_the_chat(
    app: ChatApp, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_questions, "MOST_SHOWN", 4)
    async with app.run_test(size=(80, 24)) as pilot:
        for number in range(7):
            await ask(pilot, f"word {number}")
            await settled(pilot)
        await until(pilot, lambda: len(turns(app)) == 4, "trimmed")
        assert asked(app) == [f"word {number}" for number in range(3, 7)]
        await pilot.press("ctrl+home")
        await until(pilot, lambda: len(turns(app)) == 7, "back")


async def test_a_chat_of_two_thousand_turns_opens_without_a_pause(open_app: OpenApp, store: Path) -> None:
    """Beats of the event loop go on all the time, and only one page is read and shown."""
    keep(store, 2000)
    app = open_app(resume="")
    async with app.run_test(size=(120, 40)) as pilot:
        await resumed(pilot, 2000)
        assert len(turns(app)) == PAGE
        assert app.screen.query_one(ConversationView).earlier == 2000 - PAGE
