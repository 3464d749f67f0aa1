"""An assistant in memory that answers as it is told, and small helpers to drive the chat."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from qa.answers import Answer, Citation, RetrievedPassage, Timings
from qa.tui.widgets.question_input import QuestionInput
from qa.tui.widgets.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.pilot import Pilot

ARTICLE = (Path(__file__).parents[2] / "corpus" / "russia-and-central-asia.txt").read_bytes().decode("utf-8")
PATH = "russia-and-central-asia.txt"


def passage_of(text: str, score: float = 1.0, *, document: str = ARTICLE, path: str = PATH) -> RetrievedPassage:
    start = document.index(text)
    end = start + len(text)
    return RetrievedPassage(path, start, end, document.count("\n", 0, start) + 1, score, text)


def answer_of(
    question: str, text: str, sentence: str, *, confidence: float = 0.93, path: str = PATH, heading: str | None = None
) -> Answer:
    """An answer whose one passage, and whole document, is `sentence`."""
    passage = RetrievedPassage(path, 0, len(sentence), 1, 1.0, sentence)
    start = sentence.index(text)
    citation = Citation(path, start, start + len(text), 1, None, heading, sentence, sentence)
    return Answer(question, question, True, text, confidence, citation, (), (passage,), Timings(1, 1, 1, 3))


def refusal_of(question: str, passages: tuple[RetrievedPassage, ...], confidence: float = 0.81) -> Answer:
    return Answer(question, question, False, None, confidence, None, (), passages, Timings(1, 1, 1, 3))


class FakeAssistant:
    """Answers from `replies` (an exception is raised), else with a span of the question itself.

    While `gate` is shut an ask blocks, as a long one does; `asked` holds the questions in the order they came.
    """

    def __init__(self) -> None:
        self.replies: dict[str, Answer | Exception] = {}
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.closed = threading.Event()

    def ask(self, question: str) -> Answer:
        self.asked.append(question)
        assert self.gate.wait(10)
        reply = self.replies.get(question) or answer_of(question, question.split()[0], f"Asked: {question}")
        if isinstance(reply, Exception):
            raise reply
        return reply

    def close(self) -> None:
        self.closed.set()


class Opener:
    """Opens a `FakeAssistant`, or fails with `failure`; while `gate` is shut, opening blocks."""

    def __init__(self) -> None:
        self.assistant = FakeAssistant()
        self.failure: Exception | None = None
        self.calls = 0
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self) -> FakeAssistant:
        self.calls += 1
        assert self.gate.wait(10)
        if self.failure:
            raise self.failure
        return self.assistant


def seen(app: App[None]) -> str:
    """The text on the screen, line by line, as a terminal would show it."""
    screen = app.screen
    width, height = screen.size
    lines = screen._compositor.render_strips()
    assert len(lines) == height
    return "\n".join(strip.text[:width].rstrip() for strip in lines)


async def until(pilot: Pilot[None], condition: Callable[[], object], what: str = "") -> None:
    """Wait until `condition` holds; fails after five seconds, showing the screen."""
    for _ in range(500):
        if condition():
            await pilot.pause()
            return
        await pilot.pause(0.01)
    raise AssertionError(f"never came true: {what}\n{seen(pilot.app)}")


async def ask(pilot: Pilot[None], question: str) -> None:
    """Type `question` and press enter."""
    field = pilot.app.query_one(QuestionInput)
    field.value = question
    await pilot.press("enter")
    await pilot.pause()


async def ask_all(pilot: Pilot[None], *questions: str) -> None:
    """Ask without typing, for tests that need a long conversation, and wait for the answers."""
    for question in questions:
        pilot.app.screen.post_message(QuestionInput.Asked(question))
    await until(pilot, lambda: len(pilot.app.screen.query(Turn)) >= len(questions), "all are asked")
    await settled(pilot)


def turns(app: App[None]) -> list[Turn]:
    return list(app.screen.query(Turn))


async def settled(pilot: Pilot[None]) -> None:
    """Wait until every question has an outcome."""
    await until(pilot, lambda: not pilot.app.screen.query("Stage"), "all questions have an outcome")
