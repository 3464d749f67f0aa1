from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.conversation.acts import Act, act_of


@pytest.mark.parametrize(
    ("question", "act"),
    [
        ("Which ones?", Act.ALTERNATIVES),
        ("any others?", Act.ALTERNATIVES),
        ("Are you sure?", Act.CONFIDENCE),
        ("ok, are you really sure about that?", Act.CONFIDENCE),
        ("Is that right?", Act.CONFIDENCE),
        ("Where does it say that?", Act.EVIDENCE),
        ("How do you know?", Act.EVIDENCE),
        ("Source?", Act.EVIDENCE),
        ("  SHOW  me more, please ", Act.MORE),
        ("more", Act.MORE),
        ("Could you show me more passages", Act.MORE),
    ],
)
def test_questions_about_the_last_answer(question: str, act: Act) -> None:
    assert act_of(question) is act


@pytest.mark.parametrize(
    "question",
    [
        "Which ones fly from Kant?",
        "Are you sure that Putin visited Almaty?",
        "Where does it say that the base closes?",
        "Show me more gas fields",
        "How do bees know where to fly?",
        "Who said so?",
        "Why?",
        "",
    ],
)
def test_questions_to_the_documents(question: str) -> None:
    assert act_of(question) is None


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_taken(text: str) -> None:
    assert act_of(text) in (None, *Act)
