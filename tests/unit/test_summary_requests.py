"""Which questions ask for a document as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import ModelUnusable
from qa.pipeline.intents import shipped_intents_folder
from qa.pipeline.summary_requests import STAND_IN, SummaryRequests, without_name
from tests.unit.models import encoder

PATH, TITLE = "minutes/choir_board_june.md", "# Choir board of the harbour, 12 June"


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("summarise choir_board_june.md", "summarise document"),
        ("What came out of the choir board of the harbour in June?", "What came out of the document?"),
        ("who was at the board, and in which choir", "who was at the document, and in which document"),
        ("what does it cost", "what does it cost"),
        ("", ""),
    ],
)
def test_the_name_of_the_document_is_taken_out_of_the_question(question: str, rest: str) -> None:
    assert without_name(question, PATH, TITLE) == rest


@given(st.text(max_size=80), st.text(max_size=40), st.text(max_size=40))
def test_whatever_the_texts_are_nothing_is_added_but_the_stand_in(question: str, path: str, title: str) -> None:
    assert without_name(question, "", "") == " ".join(question.split())
    left = iter("".join(question.split()))
    kept = "".join(without_name(question, path, title).split(STAND_IN))
    assert all(any(character == one for one in left) for character in "".join(kept.split()))


@pytest.mark.parametrize(
    "question",
    [
        "summarise choir_board_june.md",
        "key points of choir_board_june.md please",
        "tl;dr minutes/choir_board_june.md",
        "what does the choir board of the harbour say, in short",
        "give me the main points of choir_board_june.md",
    ],
)
def test_a_summary_is_asked_for_in_many_ways(question: str) -> None:
    assert _probability(question) >= 0.5


@pytest.mark.parametrize(
    "question",
    [
        "what does choir_board_june.md say about the new piano",
        "who wrote choir_board_june.md",
        "when does the choir board meet",
        "tell me about the new piano",
        "which singers were at the choir board in June",
        "how do I become a member of the choir",
    ],
)
def test_a_question_about_something_in_a_document_asks_for_no_summary(question: str) -> None:
    assert _probability(question) < 0.5


def _probability(question: str) -> float:
    requests = SummaryRequests.load(shipped_intents_folder())
    return requests.probability(encoder().encode([without_name(question, PATH, TITLE)])[0])


def test_weights_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "summaries.json").write_text('{"intercept": "x"}')
    with pytest.raises(ModelUnusable, match="summaries.json"):
        SummaryRequests.load(tmp_path)
