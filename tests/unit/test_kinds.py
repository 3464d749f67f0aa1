from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.text.question_kinds import KINDS, kind_of


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How long is the Kant lease?", "how long"),
        ("For how long was it closed?", "how long"),
        ("How many bases are there?", "how many/much"),
        ("About how  MUCH does it cost?", "how many/much"),
        ("When did Putin visit?", "when"),
        ("In what year did it begin?", "when"),
        ("On which exact date was it signed?", "when"),
        ("Who signed it?", "who"),
        ("With whom?", "who"),
        ("Whose idea was it?", "who"),
        ("Where is Kant?", "where"),
        ("Why did they leave?", "why"),
        ("Which country left?", "which"),
        ("what's the capital", "what"),
        ("How did it end?", "how"),
        ("How old is it?", "how"),
        ("Is there a base in Kant?", "yes/no"),
        ("Didn't they sign?", "yes/no"),
        ("Name the capital.", "other"),
        ("Island of the dead?", "other"),
        ("", "other"),
    ],
)
def test_by_hand(question: str, kind: str) -> None:
    assert kind_of(question) == kind


@given(st.text())
def test_every_question_is_of_a_known_kind(question: str) -> None:
    assert kind_of(question) in KINDS
