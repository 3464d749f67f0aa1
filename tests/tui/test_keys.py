"""Every key, pasting and the mouse, driven as a user would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events

from qa.tui.screens.help import HelpScreen
from qa.tui.widgets.conversation_view import ConversationView
from qa.tui.widgets.question_input import QuestionInput
from tests.tui.chat_driver import Opener, ask, ask_all, said, seen, settled, turns, until

if TYPE_CHECKING:
    from qa.tui.app import ChatApp

QUESTION = "How long is the Kant lease?"


def field(app: ChatApp) -> QuestionInput:
    return app.query_one(QuestionInput)


async def test_escape_cancels_the_newest_open_question_and_gives_it_back(app: ChatApp, opener: Opener) -> None:
    opener.assistant.gate.clear()
    async with app.run_test() as pilot:
        await ask(pilot, "one")
        await ask(pilot, "two")
        await until(pilot, lambda: opener.assistant.asked, "the first is being read")
        await pilot.press("escape")
        await pilot.pause()
        assert "Cancelled." in seen(app)
        assert field(app).value == "two"
        opener.assistant.gate.set()
        await settled(pilot)
        assert "Asked: one" in seen(app)
    assert opener.assistant.asked == ["one"]


async def test_escape_drops_the_answer_of_a_question_being_read(app: ChatApp, opener: Opener) -> None:
    opener.assistant.gate.clear()
    async with app.run_test() as pilot:
        await ask(pilot, "one")
        await until(pilot, lambda: opener.assistant.asked, "being read")
        field(app).value = "a draft"
        await pilot.press("escape")
        opener.assistant.gate.set()
        await until(pilot, lambda: "ready" in seen(app), "ready")
        screen = seen(app)
    assert "Cancelled." in screen
    assert "Asked: one" not in screen
    assert "a draft" in screen


async def test_escape_without_an_open_question_does_nothing(app: ChatApp) -> None:
    async with app.run_test() as pilot:
        field(app).value = "a draft"
        await pilot.press("escape")
        assert field(app).value == "a draft"


async def test_up_and_down_walk_the_history_and_keep_the_draft(app: ChatApp) -> None:
    async with app.run_test() as pilot:
        for question in ("one", "two", "two"):
            await ask(pilot, question)
        field(app).value = "draft"
        walked = []
        for key in ("up", "up", "up", "down", "down", "down"):
            await pilot.press(key)
            walked.append(field(app).value)
        assert walked == ["two", "one", "one", "two", "draft", "draft"]


async def test_ctrl_l_clears_and_drops_what_is_open(app: ChatApp, opener: Opener) -> None:
    opener.assistant.gate.clear()
    async with app.run_test() as pilot:
        await ask(pilot, "one")
        await ask(pilot, "two")
        await until(pilot, lambda: opener.assistant.asked, "the first is being read")
        await pilot.press("ctrl+l")
        opener.assistant.gate.set()
        await until(pilot, lambda: "ready" in seen(app), "ready")
        assert not turns(app)
        assert "Ask your documents" in seen(app)
        await ask(pilot, "three")
        await settled(pilot)
        assert "Asked: three" in seen(app)
    assert opener.assistant.asked == ["one", "three"]


async def test_ctrl_q_quits_without_waiting_and_closes_the_assistant(app: ChatApp, opener: Opener) -> None:
    opener.assistant.gate.clear()
    async with app.run_test() as pilot:
        await ask(pilot, "one")
        await until(pilot, lambda: opener.assistant.asked, "being read")
        await pilot.press("ctrl+q")
    assert not app.question_queue.join(0.01)
    assert not opener.assistant.closed.is_set()
    opener.assistant.gate.set()
    assert app.question_queue.join(5)
    assert opener.assistant.closed.is_set()


@pytest.mark.parametrize("key", ["f1", "question_mark"])
async def test_help_lists_the_bindings_of_the_app(app: ChatApp, key: str) -> None:
    async with app.run_test(size=(100, 130)) as pilot:
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        screen = seen(app)
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, HelpScreen)
        assert app.focused is field(app)
    for line in (
        "⏎   Ask the question",
        "esc   Cancel the newest open question; close what is open",
        "^n  ^l   Begin a new chat",
        "f1  ?   List all keys and commands",
        "^q   Leave the chat",
        "f2   Show or hide the document around the answer",
        "^f   Find words in this chat",
        "↑   The question before",
        "pgup   Scroll back",
        "^w   Delete left to start of word",
        "c   Copy the text",
        "r   Give the past chat another name",
        "/min-confidence [P]   Refuse answers less probable than P, 0 to 1",
    ):
        assert line in screen
    assert "Focus Next" not in screen
    assert "Page Left" not in screen


async def test_question_mark_within_a_question_is_typed(app: ChatApp) -> None:
    async with app.run_test() as pilot:
        await pilot.press(*"Why", "question_mark")
        assert field(app).value == "Why?"


async def test_ctrl_t_switches_between_dark_and_light(app: ChatApp) -> None:
    async with app.run_test() as pilot:
        await pilot.press("ctrl+t")
        assert app.theme == "qa-light"
        await pilot.press("ctrl+t")
        assert app.theme == "qa-dark"


async def test_scrolling_back_and_on_while_typing(app: ChatApp) -> None:
    async with app.run_test() as pilot:
        await ask_all(pilot, *(f"question {number}" for number in range(8)))
        conversation = app.query_one(ConversationView)
        assert conversation.at_end
        assert "Asked: question 7" in seen(app)
        await pilot.press("pageup")
        await pilot.pause()
        assert not conversation.at_end
        await pilot.press("ctrl+home")
        await pilot.pause()
        assert "›  question 0" in seen(app)
        await pilot.press("pagedown")
        await pilot.pause()
        assert "›  question 0" not in seen(app)
        await pilot.press("ctrl+end")
        await pilot.pause()
        assert conversation.at_end


async def test_an_answer_does_not_pull_away_a_user_who_scrolled_back(app: ChatApp, opener: Opener) -> None:
    async with app.run_test() as pilot:
        await ask_all(pilot, *(f"question {number}" for number in range(8)))
        opener.assistant.gate.clear()
        await ask(pilot, "last")
        await pilot.press("ctrl+home")
        await pilot.pause()
        opener.assistant.gate.set()
        await settled(pilot)
        assert "›  question 0" in seen(app)


async def test_the_newest_stays_in_view_when_the_terminal_gets_smaller(app: ChatApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await ask_all(pilot, *(f"question {number}" for number in range(4)))
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: "Asked: question 3" in seen(app), "the newest answer")


async def test_clicking_a_card_leaves_the_keyboard_with_the_question(app: ChatApp) -> None:
    async with app.run_test() as pilot:
        await ask(pilot, QUESTION)
        await settled(pilot)
        await pilot.click(".card")
        await pilot.press("x")
        assert field(app).value == "x"


# Pasting


async def test_pasted_lines_become_one_inert_line(app: ChatApp) -> None:
    async with app.run_test() as pilot:
        field(app).post_message(events.Paste("How long\r\nis \x1b[31mthe lease?\n"))
        await pilot.pause()
        assert field(app).value == "How long is ␛[31mthe lease?"


async def test_pasting_a_megabyte_is_refused_with_a_reason(app: ChatApp) -> None:
    async with app.run_test(notifications=True) as pilot:
        field(app).value = "kept"
        field(app).post_message(events.Paste("x" * 1_000_000))
        await pilot.pause()
        assert field(app).value == "kept"
        await until(pilot, lambda: "1,000,000 characters" in seen(app), "the reason")


async def test_what_is_typed_before_the_line_has_the_keyboard_is_not_lost(app: ChatApp, opener: Opener) -> None:
    async with app.run_test() as pilot:
        app.screen.set_focus(None)
        await pilot.press(*"Why")
        app.screen.set_focus(None)
        await pilot.press("question_mark")
        assert field(app).value == "Why?"
        assert not isinstance(app.screen, HelpScreen)
        app.screen.set_focus(None)
        await pilot.press("enter")
        await settled(pilot)
        assert app.focused is field(app)
    assert opener.assistant.asked == ["Why?"]


async def test_ctrl_c_says_how_to_leave(app: ChatApp) -> None:
    async with app.run_test(notifications=True) as pilot:
        await pilot.press("ctrl+c")
        await until(pilot, lambda: said(app, "to quit the app"), "said")
        assert app.is_running


async def test_a_paste_that_would_make_the_question_too_long_is_told(app: ChatApp) -> None:
    async with app.run_test(notifications=True) as pilot:
        line = app.query_one(QuestionInput)
        line.value = "x" * 3000
        app.post_message(events.Paste("y" * 1500))
        await until(pilot, lambda: said(app, "would have more than 4,000"), "said")
        assert line.value == "x" * 3000
