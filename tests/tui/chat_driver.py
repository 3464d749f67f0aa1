"""An assistant in memory that answers as it is told, and small helpers to drive the chat."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qa.answers import Answer, Certainty, Citation, RetrievedPassage, Timings
from qa.assistant import Status
from qa.conversation import Shown, Turn
from qa.conversation.acts import act_of
from qa.errors import CorpusMissing, QaError
from qa.index.writing.changes import Skipped
from qa.tui.widgets.question_input import QuestionInput
from qa.tui.widgets.turn_view import TurnView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.app import App
    from textual.pilot import Pilot

    from qa.filters import Filter

ARTICLE = (Path(__file__).parents[2] / "corpus" / "russia-and-central-asia.txt").read_bytes().decode("utf-8")
PATH = "russia-and-central-asia.txt"


def passage_of(text: str, score: float = 1.0, *, document: str = ARTICLE, path: str = PATH) -> RetrievedPassage:
    start = document.index(text)
    end = start + len(text)
    return RetrievedPassage(path, start, end, document.count("\n", 0, start) + 1, score, text)


def answer_of(
    question: str,
    text: str,
    sentence: str,
    *,
    confidence: float = 0.93,
    certainty: Certainty = Certainty.FIRM,
    path: str = PATH,
    heading: str | None = None,
) -> Answer:
    """An answer whose one passage, and whole document, is `sentence`."""
    passage = RetrievedPassage(path, 0, len(sentence), 1, 1.0, sentence)
    start = sentence.index(text)
    citation = Citation(path, start, start + len(text), 1, None, heading, sentence, sentence)
    timings = Timings(1, 1, 1, 3)
    return Answer(question, question, True, text, confidence, citation, (), (passage,), timings, certainty)


def refusal_of(question: str, passages: tuple[RetrievedPassage, ...], absent: float = 0.81) -> Answer:
    timings = Timings(1, 1, 1, 3)
    return Answer(question, question, False, None, 0.0, None, (), passages, timings, absent_probability=absent)


class FakeConversation:
    """Understands everything as it was typed."""

    def __init__(self, assistant: FakeAssistant, turns: Iterable[Turn]) -> None:
        self.assistant = assistant
        self.turns = list(turns)

    def ask(self, question: str, *, only: Filter | None = None, min_confidence: float | None = None) -> Answer:
        self.assistant.only.append(only)
        answer = self.assistant.ask(question, min_confidence=min_confidence)
        self.turns.append(Turn.of(answer))
        return answer

    def about_last(self, question: str) -> Shown | None:
        act = act_of(question)
        return Shown(act, self.turns[-1].answer, self.turns[-1].answer.passages) if act and self.turns else None


class FakeAssistant:
    """Answers from `replies` (an exception is raised), else with a span of the question itself.

    While `gate` is shut an ask blocks, as a long one does; `asked` holds the questions in the order they came.
    """

    def __init__(self) -> None:
        self.replies: dict[str, Answer | Exception] = {}
        self.asked: list[str] = []
        self.min_confidence: list[float | None] = []
        self.only: list[Filter | None] = []
        self.texts = {PATH: ARTICLE}
        self.changed: tuple[str, ...] | Exception = ()
        self.files = Path(__file__).parents[2] / "corpus"
        self.left_out: dict[str, QaError] = {}
        self.gate = threading.Event()
        self.gate.set()
        self.closed = threading.Event()
        self.watch: Callable[[str, int], None] = lambda stage, passages: None

    def conversation(self, turns: Iterable[Turn] = ()) -> FakeConversation:
        return FakeConversation(self, turns)

    def ask(self, question: str, *, min_confidence: float | None = None) -> Answer:
        self.asked.append(question)
        self.min_confidence.append(min_confidence)
        self.watch("retrieve", 8)
        self.watch("read", 8)
        self.gate.wait()
        self.watch("read", 8)
        reply = self.replies.get(question) or answer_of(question, question.split()[0], f"Asked: {question}")
        if isinstance(reply, Exception):
            raise reply
        return reply

    def cosine_similarity(self, text: str, others: Sequence[str]) -> list[float]:
        return [float(text == other) for other in others]

    def search(self, query: str, limit: int = 5, *, only: Filter | None = None) -> tuple[RetrievedPassage, ...]:
        self.only.append(only)
        starts = ("In late February", "Putin also visited", "Before going", "Russia flies")
        return tuple(passage_of(start) for start in starts[:limit])

    def document_text(self, path: str) -> str:
        return self.texts[path]

    def documents(self) -> tuple[str, ...]:
        return tuple(sorted(self.texts))

    def file_of(self, path: str) -> Path:
        return self.files / path

    def catch_up(self) -> tuple[str, ...]:
        return self.stale()

    def stale(self) -> tuple[str, ...]:
        if isinstance(self.changed, Exception):
            raise self.changed
        return self.changed

    def status(self) -> Status:
        place = Path("/home/ann")
        return Status(place / "notes", place / "index", 1, 25, "all-MiniLM-L6-v2", "1", 1, 1_200_000, ("a.txt",))

    def close(self) -> None:
        self.closed.set()


@dataclass
class Report:
    """What an update of the index did."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = (PATH,)
    removed: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()


class Opener:
    """A workspace with a `FakeAssistant`, or that fails to open with `failure`; while `gate` is shut, opening blocks.

    With `writer`, another process has the index first. An update goes on while `indexing` is shut, after it has told `reports`; then it ends with `report`, or raises it.
    """

    corpus = Path("/home/ann/notes")

    def __init__(self) -> None:
        self.assistant = FakeAssistant()
        self.failure: Exception | None = None
        self.calls = 0
        self.writer = ""
        self.gate = threading.Event()
        self.gate.set()
        self.indexing = threading.Event()
        self.indexing.set()
        self.reports: list[tuple[int, int]] = []
        self.report: Report | Exception = Report()
        self.updates: list[bool] = []
        self.added: list[Path] = []
        self.others: list[Opener] = []

    def open(
        self,
        progress: Callable[[int, int], None],
        watch: Callable[[str, int], None],
        waiting: Callable[[str], None],
    ) -> FakeAssistant:
        self.calls += 1
        if self.writer:
            waiting(self.writer)
        for done, total in self.reports if not self.gate.is_set() else ():
            progress(done, total)
        self.gate.wait()
        if self.failure:
            raise self.failure
        self.assistant.watch = watch
        return self.assistant

    def update(self, *, rebuild: bool, progress: Callable[[int, int], None], waiting: Callable[[str], None]) -> Report:
        self.updates.append(rebuild)
        if self.writer:
            waiting(self.writer)
        for done, total in self.reports:
            progress(done, total)
        self.indexing.wait()
        if isinstance(self.report, Exception):
            raise self.report
        self.assistant.changed = ()
        return self.report

    def elsewhere(self, corpus: Path) -> Opener:
        if corpus.name == "nowhere":
            raise CorpusMissing(corpus)
        other = Opener()
        other.corpus = corpus
        self.others.append(other)
        return other

    def add(self, given: Path) -> Path:
        self.added.append(given)
        return self.corpus / given.name


def seen(app: App[None]) -> str:
    """The text on the screen, line by line, as a terminal would show it."""
    screen = app.screen
    width, height = screen.size
    lines = screen._compositor.render_strips()
    assert len(lines) == height
    return "\n".join(strip.text[:width].rstrip() for strip in lines)


def said(app: App[None], words: str) -> bool:
    """Whether a notice with `words` was given that is still there."""
    return any(words in notice.message for notice in app._notifications)


async def until(pilot: Pilot[None], condition: Callable[[], object], what: str = "") -> None:
    """Wait until `condition` holds; fails after a minute (machines may be busy), showing the screen."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
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
    await until(pilot, lambda: len(pilot.app.screen.query(TurnView)) >= len(questions), "all are asked")
    await settled(pilot)


def turns(app: App[None]) -> list[TurnView]:
    return list(app.screen.query(TurnView))


async def settled(pilot: Pilot[None]) -> None:
    """Wait until every question has an outcome."""
    await until(pilot, lambda: not pilot.app.screen.query("Stage"), "all questions have an outcome")
