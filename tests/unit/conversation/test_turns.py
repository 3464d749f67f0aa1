from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.answers import Answer, Certainty
from qa.conversation import Turn
from tests.unit.conversation.made import answer, candidate

_TEXT = st.text(max_size=40)
_PROBABILITY = st.floats(0, 1)


@settings(deadline=None)
@given(
    _TEXT,
    _TEXT,
    st.none() | _TEXT,
    _PROBABILITY,
    st.lists(st.tuples(_TEXT, _PROBABILITY), max_size=3),
    st.sampled_from(Certainty),
)
def test_a_turn_comes_back_from_json_as_it_was(
    question: str,
    standalone: str,
    text: str | None,
    sure: float,
    others: list[tuple[str, float]],
    certainty: Certainty,
) -> None:
    given_answer: Answer = answer(standalone, text, sure, [candidate(*each) for each in others], certainty=certainty)
    turn = Turn(question, standalone, given_answer)
    assert Turn.from_dict(json.loads(json.dumps(turn.as_dict()))) == turn


def test_fields_of_a_later_version_are_passed_over() -> None:
    values = Turn.of(answer("q", "a", 0.5)).as_dict()
    values["later"] = values["answer"]["later"] = values["answer"]["citation"]["later"] = 1
    assert Turn.from_dict(values) == Turn.of(answer("q", "a", 0.5))


@pytest.mark.parametrize("values", [{}, {"question": "q", "standalone_question": "q", "answer": None}, {"question": 1}])
def test_what_is_no_turn_is_said_to_be_none(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no turn"):
        Turn.from_dict(values)
