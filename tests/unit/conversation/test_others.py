from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.conversation.others import with_other
from qa.conversation.previous_turn import PreviousTurn

FERRY = PreviousTurn("How long does the ferry take?", "50 minutes")
PLANE = PreviousTurn("How long does the plane take?", "12 minutes")
EITHER = PreviousTurn("Is Kazakhstan or Tajikistan the closest ally of Russia?", "Kazakhstan")


def first(question: str, *earlier: PreviousTurn) -> str:
    return with_other(question, earlier)[0].text


@pytest.mark.parametrize("question", ["And the other one?", "what about the other one", "The other?"])
def test_of_two_that_the_question_named_the_one_that_was_not_the_answer(question: str) -> None:
    assert first(question, EITHER) == "Is Tajikistan the closest ally of Russia?"


def test_the_one_that_was_asked_about_before() -> None:
    assert first("Where does the other one leave from?", PLANE, FERRY) == "Where does the ferry leave from?"
    leaves = PreviousTurn("Where does the plane leave from?", "Wickmouth")
    assert first("And the other one?", leaves, PLANE, FERRY) == "Where does the ferry leave from?"


def test_else_the_next_best_candidate() -> None:
    earlier = PreviousTurn("Who leads the country?", "Rahmon", other="Atambayev")
    assert first("When was the other one elected?", earlier) == "When was Atambayev elected?"
    assert first("And the other one?", earlier) == "Who leads the country (Atambayev)?"


def test_a_list_of_three_has_no_other_one() -> None:
    assert with_other("And the other one?", [PreviousTurn("Who was there?", "Putin, Rahmon and Atambayev")]) == []


@pytest.mark.parametrize("question", ["What happened the other day?", "And another one?", "Who leads it?"])
def test_what_is_no_other_one_is_left_alone(question: str) -> None:
    assert with_other(question, [EITHER]) == []


def test_nothing_was_said_before() -> None:
    assert with_other("And the other one?", []) == []


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["And the other one?", "Where is the other?", "the other \\1 one"]),
    st.lists(st.builds(PreviousTurn, st.text(max_size=80), st.text(max_size=60), st.text(max_size=30)), max_size=4),
)
def test_any_texts_are_taken(question: str, earlier: list[PreviousTurn]) -> None:
    assert all(0.0 < one.likely <= 1.0 for one in with_other(question, earlier))
