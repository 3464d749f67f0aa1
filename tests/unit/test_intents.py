"""What questions want: 880 questions, and 200 things typed amid a chat, that the classifier has not seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.pipeline.intents import Intent, IntentClassifier, shipped_intents_folder

DATA = Path(__file__).parents[1] / "data"
Judged = tuple[str, Intent, dict[Intent, float]]


@pytest.fixture(scope="module")
def classifier() -> IntentClassifier:
    return IntentClassifier(shipped_intents_folder())


def judged(classifier: IntentClassifier, name: str) -> list[Judged]:
    rows = [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
    return [(row["question"], Intent(row["kind"]), classifier.probabilities(row["question"])) for row in rows]


def share_right(rows: list[Judged], least: float = 0.0) -> float:
    """Of those with a probability of `least` and more."""
    sure = [
        (kind, max(chances, key=lambda one: chances[one]))
        for _, kind, chances in rows
        if max(chances.values()) >= least
    ]
    return sum(kind is given for kind, given in sure) / len(sure)


def test_what_is_surely_wanted_is_wanted(classifier: IntentClassifier) -> None:
    rows = judged(classifier, "intents.jsonl")
    assert share_right(rows) > 0.92
    assert share_right(rows, 0.8) > 0.96


def test_what_is_typed_amid_a_chat_is_told_from_talk(classifier: IntentClassifier) -> None:
    rows = judged(classifier, "intents_in_chat.jsonl")
    talk = [chances[Intent.TALK] >= 0.8 for _, kind, chances in rows if kind is Intent.TALK]
    assert sum(talk) / len(talk) > 0.7
    assert [
        question for question, kind, chances in rows if kind is not Intent.TALK and chances[Intent.TALK] >= 0.8
    ] == []


def test_no_question_about_documents_is_surely_taken_for_talk(classifier: IntentClassifier) -> None:
    taken = [
        question
        for question, kind, chances in judged(classifier, "intents.jsonl")
        if kind is not Intent.TALK and chances[Intent.TALK] >= 0.8
    ]
    assert taken == []


@settings(deadline=None)
@given(st.text(max_size=300))
def test_probabilities_of_any_text_add_up_to_one(classifier: IntentClassifier, question: str) -> None:
    chances = classifier.probabilities(question)
    assert list(chances) == list(Intent)
    assert sum(chances.values()) == pytest.approx(1, abs=1e-5)
