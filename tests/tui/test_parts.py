"""The parts that need no screen: confidence in words, the history, the question queue."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from qa.tui import wording as confidence
from qa.tui.input_history import History
from qa.tui.question_queue import AskAnswered, AskFailed, ChatConversation, Opened, OpenFailed, QuestionQueue
from tests.tui.chat_driver import Opener

if TYPE_CHECKING:
    from textual.message import Message


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.0, "almost certain"),
        (0.9, "almost certain"),
        (0.8, "very likely"),
        (0.6, "likely"),
        (0.3, "doubtful"),
        (0.0, "very doubtful"),
    ],
)
def test_confidence_words(value: float, words: str) -> None:
    assert confidence.words(value) == words


@pytest.mark.parametrize("value", [-1.0, 0.0, 0.01, 0.049, 0.25, 0.5, 0.96, 0.999, 1.0, 7.0, float("nan")])
def test_bar_is_always_as_wide_and_never_claims_certainty(value: float) -> None:
    line = confidence.bar(value, "$success").plain
    assert line[: confidence.WIDTH] == "━" * confidence.WIDTH
    assert line[confidence.WIDTH] == " "
    assert "100 %" not in line


def test_history_is_empty_at_first() -> None:
    history = History()
    assert history.older("draft") is None
    assert history.newer() is None


def test_queue_that_never_started_can_be_left_and_joined() -> None:
    question_queue = QuestionQueue(Opener().open)
    question_queue.leave()
    assert question_queue.join(0.1)


def test_queue_left_while_opening_fails_ends(opener: Opener) -> None:
    told: list[Message] = []
    opener.gate.clear()
    opener.failure = ValueError("x")
    question_queue = QuestionQueue(opener.open)
    question_queue.start(told.append)
    question_queue.submit(ChatConversation().ask("one", None, None))
    question_queue.leave()
    opener.gate.set()
    assert question_queue.join(5)
    assert [len(message.asks) for message in told if isinstance(message, OpenFailed)] == [1]


def test_queue_left_with_questions_waiting_closes_the_assistant(opener: Opener) -> None:
    told: list[Message] = []
    opener.assistant.gate.clear()
    question_queue = QuestionQueue(opener.open)
    question_queue.start(told.append)
    for text in ("one", "two", "three"):
        question_queue.submit(ChatConversation().ask(text, None, None))
    while not opener.assistant.asked:
        time.sleep(0.005)
    question_queue.leave()
    opener.assistant.gate.set()
    assert question_queue.join(5)
    assert opener.assistant.asked == ["one"]
    assert opener.assistant.closed.is_set()


def test_queue_outlives_a_listener_that_is_gone(opener: Opener) -> None:
    def gone(message: Message) -> None:
        raise RuntimeError("Event loop is closed")

    question_queue = QuestionQueue(opener.open)
    question_queue.start(gone)
    question_queue.submit(ChatConversation().ask("one", None, None))
    while not opener.assistant.asked:
        time.sleep(0.005)
    question_queue.leave()
    assert question_queue.join(5)
    assert opener.assistant.closed.is_set()


def test_queue_tells_in_order(opener: Opener) -> None:
    told: list[Message] = []
    opener.assistant.replies["two"] = ValueError("no")
    question_queue = QuestionQueue(opener.open)
    question_queue.start(told.append)
    asks = [ChatConversation().ask(text, None, None) for text in ("one", "two", "three")]
    for ask in asks:
        question_queue.submit(ask)
    asks[2].cancelled = True
    question_queue.submit(ChatConversation().ask("four", None, None))
    while len([message for message in told if isinstance(message, AskAnswered | AskFailed)]) < 3:
        time.sleep(0.005)
    question_queue.leave()
    assert question_queue.join(5)
    ends = [message.ask.question for message in told if isinstance(message, AskAnswered | AskFailed)]
    assert ends == ["one", "two", "four"]
    assert any(isinstance(message, Opened) for message in told)
