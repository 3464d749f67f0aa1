"""Every way a question can go, driven as a user would."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from qa.answers import Answer, Certainty, RetrievedPassage
from qa.conversation.storage.chats import Chats
from qa.errors import CorpusMissing, IndexDamaged, QuestionTooLong
from qa.tui.app import ChatApp
from qa.tui.widgets.question_input import QuestionInput
from tests.tui.chat_driver import (
    FakeAssistant,
    Opener,
    answer_of,
    ask,
    ask_all,
    passage_of,
    refusal_of,
    seen,
    settled,
    turns,
    until,
)

QUESTION = "How long is the Kant lease?"
SENTENCE = "Three years later, Kyrgyzstan agreed to let the Russians use the base for another 49 years."


def field(app: ChatApp) -> QuestionInput:
    return app.query_one(QuestionInput)


# Asking


async def test_answer_shows_sentence_span_place_and_confidence(app: ChatApp, opener: Opener) -> None:
    opener.assistant.replies[QUESTION] = answer_of(QUESTION, "49 years", SENTENCE, heading="Kant")
    async with app.run_test() as pilot:
        await ask(pilot, QUESTION)
        await settled(pilot)
        screen = seen(app)
    assert f"›  {QUESTION}" in screen
    assert "Three years later, Kyrgyzstan agreed to let the Russians use the base" in screen
    assert "another 49 years." in screen
    assert "russia-and-central-asia.txt:1  ·  Kant" in screen
    assert "almost certain  93 %" in screen


async def test_a_tentative_answer_says_perhaps_and_still_does_when_asked_about(app: ChatApp, opener: Opener) -> None:
    answer = answer_of(QUESTION, "49 years", SENTENCE, confidence=0.41, certainty=Certainty.TENTATIVE)
    opener.assistant.replies[QUESTION] = answer
    async with app.run_test(size=(120, 40)) as pilot:
        await ask(pilot, "A firm one?")
        await settled(pilot)
        assert "Perhaps" not in seen(app)
        for count, question in enumerate((QUESTION, "Are you sure?"), 1):
            await ask(pilot, question)
            await settled(pilot)
            await until(pilot, lambda count=count: seen(app).count("Perhaps:") == count, "it says perhaps")
            assert seen(app).count("doubtful  41 %") == count
            assert " ".join(seen(app).split()).count("Kyrgyzstan agreed to let the Russians") >= count
        await until(pilot, lambda: "Tentative answer  41 %" in seen(app), "the evidence says so too")


async def test_span_is_bold_in_its_sentence(app: ChatApp, opener: Opener) -> None:
    opener.assistant.replies[QUESTION] = answer_of(QUESTION, "49 years", SENTENCE)
    async with app.run_test() as pilot:
        await ask(pilot, QUESTION)
        await settled(pilot)
        bold = "".join(
            segment.text
            for strip in app.screen.query_one(".card-text").render_lines(app.screen.query_one(".card-text").size.region)
            for segment in strip
            if segment.style and segment.style.bold
        )
    assert bold == "49 years"


async def test_refusal_says_so_and_shows_the_three_nearest_passages(app: ChatApp, opener: Opener) -> None:
    starts = ("In late February", "Putin also visited", "Before going", "Russia flies")
    passages = tuple(passage_of(start) for start in starts)
    opener.assistant.replies["Who is the mayor?"] = refusal_of("Who is the mayor?", passages)
    async with app.run_test() as pilot:
        await ask(pilot, "Who is the mayor?")
        await settled(pilot)
        screen = seen(app)
    assert "I found no answer to this" in screen
    assert all(start in screen for start in starts[:3])
    assert starts[3] not in screen
    assert f"russia-and-central-asia.txt:{passages[2].line}" in screen


async def test_refusal_fits_the_smallest_terminal(app: ChatApp, opener: Opener) -> None:
    passages = tuple(
        passage_of(SENTENCE + " Last year, Atambayev indicated that the intention is to") for _ in range(3)
    )
    opener.assistant.replies["Who?"] = refusal_of("Who?", passages)
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(pilot, "Who?")
        await settled(pilot)
        screen = seen(app)
    assert "›  Who?" in screen
    assert screen.count("russia-and-central-asia.txt") == 3


async def test_error_is_a_card_and_the_chat_goes_on(app: ChatApp, opener: Opener) -> None:
    opener.assistant.replies["long"] = QuestionTooLong(5000, 2000)
    async with app.run_test() as pilot:
        await ask(pilot, "long")
        await ask(pilot, "and now")
        await settled(pilot)
        screen = seen(app)
    assert "The question has 5,000 characters; at most 2,000 can be read." in screen
    assert "Shorten it" in screen
    assert "Asked: and now" in screen


async def test_defect_in_the_assistant_does_not_end_the_chat(app: ChatApp, opener: Opener) -> None:
    opener.assistant.replies["x"] = ZeroDivisionError("[red]by zero[/]")
    async with app.run_test() as pilot:
        await ask(pilot, "x")
        await settled(pilot)
        screen = seen(app)
        assert app.is_running
    assert "Something went wrong inside qa (ZeroDivisionError: [red]by zero[/])." in screen


@pytest.mark.parametrize("empty", ["", "   ", "\u00a0"])
async def test_empty_question_is_ignored(app: ChatApp, opener: Opener, empty: str) -> None:
    async with app.run_test() as pilot:
        await ask(pilot, empty)
        await pilot.pause(0.05)
        assert not turns(app)
    assert opener.assistant.asked == []


async def test_what_was_understood_is_shown_if_it_differs(app: ChatApp, opener: Opener) -> None:
    answer = replace(answer_of("When?", "49 years", SENTENCE), standalone_question="When does the Kant lease end?")
    opener.assistant.replies["When?"] = answer
    async with app.run_test() as pilot:
        await ask(pilot, "When?")
        await settled(pilot)
        assert "understood as  When does the Kant lease end?" in seen(app)
        await pilot.click(".understood")
        await pilot.pause()
        assert field(app).value == "When does the Kant lease end?"


# Before the assistant is open, and more than one question


async def test_first_paint_and_typing_come_before_the_assistant(app: ChatApp, opener: Opener) -> None:
    opener.gate.clear()
    async with app.run_test() as pilot:
        await until(pilot, lambda: opener.calls, "the assistant is being opened")
        await pilot.press(*"Why")
        screen = seen(app)
        assert "Ask your documents" in screen
        assert "Why" in screen
        assert "opening the documents" in screen
        opener.gate.set()
        await until(pilot, lambda: "ready" in seen(app), "ready")
        assert field(app).value == "Why"


async def test_assistant_is_opened_asked_and_closed_in_one_thread_of_its_own(store: Path) -> None:
    threads: list[threading.Thread] = []

    class Noting(FakeAssistant):
        def ask(self, question: str, *, min_confidence: float | None = None) -> Answer:
            threads.append(threading.current_thread())
            return super().ask(question)

        def close(self) -> None:
            threads.append(threading.current_thread())

    class NotingOpener(Opener):
        def open(self, *hooks: object) -> FakeAssistant:
            threads.append(threading.current_thread())
            return Noting()

    app = ChatApp(NotingOpener(), lambda: Chats.open(store))
    async with app.run_test() as pilot:
        await ask(pilot, QUESTION)
        await settled(pilot)
    assert app.question_queue.join(5)
    assert len(threads) == 3
    assert len(set(threads)) == 1
    assert threads[0] is not threading.main_thread()


async def test_early_questions_wait_and_keep_their_order(app: ChatApp, opener: Opener) -> None:
    opener.gate.clear()
    async with app.run_test() as pilot:
        await ask(pilot, "one first")
        await ask(pilot, "two second")
        assert "Opening the documents" in seen(app)
        assert opener.assistant.asked == []
        opener.gate.set()
        await settled(pilot)
        screen = seen(app)
    assert opener.assistant.asked == ["one first", "two second"]
    assert screen.index("Asked: one first") < screen.index("›  two second") < screen.index("Asked: two second")


async def test_one_at_a_time_and_the_stage_is_shown(app: ChatApp, opener: Opener) -> None:
    opener.assistant.gate.clear()
    async with app.run_test() as pilot:
        await ask(pilot, "one")
        await ask(pilot, "two")
        await until(pilot, lambda: "Reading 8 passages" in seen(app), "reading")
        screen = seen(app)
        assert screen.index("Reading 8 passages") < screen.index("›  two") < screen.index("Waiting for its turn")
        assert opener.assistant.asked == ["one"]
        opener.assistant.gate.set()
        await settled(pilot)
    assert opener.assistant.asked == ["one", "two"]


async def test_opening_fails_then_succeeds_on_the_next_question(app: ChatApp, opener: Opener) -> None:
    opener.failure = CorpusMissing(Path("/nowhere"))
    async with app.run_test() as pilot:
        await until(pilot, lambda: "There is no corpus at /nowhere." in seen(app), "error card")
        assert "Name a folder or file with --corpus or QA_CORPUS." in seen(app)
        assert "not open" in seen(app)
        opener.failure = None
        await ask(pilot, "again please")
        await settled(pilot)
        assert "Asked: again please" in seen(app)
    assert opener.calls == 2


async def test_questions_waiting_for_a_failed_opening_all_get_the_error_once(app: ChatApp, opener: Opener) -> None:
    opener.gate.clear()
    opener.failure = IndexDamaged(Path("/index"), "malformed")
    async with app.run_test(size=(100, 50)) as pilot:
        await ask(pilot, "one")
        await ask(pilot, "two")
        opener.gate.set()
        await settled(pilot)
        assert seen(app).count("The index at /index is damaged (malformed).") == 2
    assert opener.calls == 1


# The event loop, and what importing costs


async def test_event_loop_is_never_blocked_while_the_assistant_works(app: ChatApp, opener: Opener) -> None:
    """The longest gap between two beats of the loop.

    The best of three: a slow machine is late now and then, a loop that waits for the assistant is late each time.
    """
    gaps = []
    async with app.run_test() as pilot:
        for attempt in range(3):
            opener.assistant.gate.clear()
            await ask(pilot, f"question {attempt}")
            await until(pilot, lambda: "Reading 8 passages" in seen(app), "being read")
            gaps.append(await _longest_gap(seconds=0.4))
            opener.assistant.gate.set()
            await settled(pilot)
    assert min(gaps) < 0.05


async def _longest_gap(seconds: float) -> float:
    longest, end, last = 0.0, time.perf_counter() + seconds, time.perf_counter()
    while last < end:
        await asyncio.sleep(0.002)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest


async def test_of_a_refusal_higher_than_the_view_the_beginning_is_seen(app: ChatApp, opener: Opener) -> None:
    long = "A sentence of a passage that takes some room on the screen. " * 4
    passages = tuple(RetrievedPassage(f"{n}.txt", 0, len(long), 1, 1.0, long, None, None) for n in range(3))
    opener.assistant.replies["what is not said"] = refusal_of("what is not said", passages)
    async with app.run_test(size=(100, 26)) as pilot:
        for question in ("first", "second"):
            await ask_all(pilot, question)
        app.screen.post_message(QuestionInput.Asked("what is not said"))
        await until(pilot, lambda: "Nearest passages" in seen(app), "refused")
        await settled(pilot)
        assert "I found no answer to this" in seen(app)
        await pilot.resize_terminal(100, 22)
        await settled(pilot)
        assert "I found no answer to this" in seen(app)
