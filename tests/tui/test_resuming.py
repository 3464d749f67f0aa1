"""A past chat that is put up again: nothing that is typed meanwhile is lost, and a long one comes a page at a time."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual import events

from qa.chats import Chats
from qa.tui.widgets.question_input import QuestionInput
from qa.tui.widgets.sidebar import ChatList
from tests.tui.chat_driver import Opener, answer_of, said, seen, settled, turns, until
from tests.tui.test_past_chats import kept

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qa.tui.app import ChatApp
    from tests.tui.conftest import OpenApp

CORPUS = Opener.corpus
LINE = "And what of the gas?"


def keep(store: Path, count: int, title: str = "The old one", *, word: str = "Question") -> None:
    """A past chat of `count` answered questions."""
    chats = Chats.open(store)
    chat = chats.begin(CORPUS, title)
    for number in range(1, count + 1):
        question = f"{word} {number}?"
        chats.end(chats.ask(chat, question), answer_of(question, str(number), f"The answer is {number} here."))
    chats.close()


def burst(app: ChatApp, keys: Iterable[str]) -> None:
    """Press `keys` as a terminal gives them that was busy: all at once, without a moment between them."""
    for key in keys:
        named = {" ": "space", "?": "question_mark", "/": "slash", "-": "minus"}.get(key, key)
        event = events.Key(named, key if len(key) == 1 else {"enter": "\r"}.get(key))
        event.set_sender(app)
        app._driver.send_message(event)  # type: ignore[union-attr]


def field(app: ChatApp) -> QuestionInput:
    return app.screen.query_one(QuestionInput)


def asked(app: ChatApp) -> list[str]:
    return [turn.question for turn in turns(app)]


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
