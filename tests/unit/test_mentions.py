"""A name is put in front of a later word for its kind, where it can only mean that; what was put in is known and left out again."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa.text.mentions import with_names

BASE = "Warplanes are kept at the Kant airbase. In 2009 the use of {} was granted for 49 years."


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (BASE.format("the base"), BASE.format("the Kant base")),
        (BASE.format("the airbase"), BASE.format("the Kant airbase")),
        (
            "Stanford University is old. The university has a library.",
            "Stanford University is old. The Stanford university has a library.",
        ),
        (
            "The University of Osh is new. Ten people work at the university.",
            "The University of Osh is new. Ten people work at the Osh university.",
        ),
        (
            "Acme's plant is in Leeds. The plant was closed.",
            "Acme's plant is in Leeds. The Acme plant was closed.",
        ),
    ],
)
def test_a_thing_of_a_kind_that_was_named_is_named_again(text: str, named: str) -> None:
    assert with_names(text).text == named


@pytest.mark.parametrize(
    "text",
    [
        "The base is old. The Kant airbase is new.",
        "Kant airbase and Osh airbase are new. Who pays for the base?",
        "Kant airbase is new. An old base is in Osh. Who pays for the base?",
        "Kant airbase is new. Who pays for the base of the tower?",
        "Kant airbase is new and the base is large.",
        "Kant airbase is new. Who pays for the baseline, or for a base?",
        "This airbase is new. Who pays for the base?",
        "The Amazon forest is old. Where is the rest?",
        "",
    ],
)
def test_what_may_mean_another_thing_is_left_alone(text: str) -> None:
    assert with_names(text).text == text


def test_the_text_before_a_passage_names_things_too() -> None:
    assert with_names("Who pays for the base?", "The Kant airbase").text == "Who pays for the Kant base?"
    assert with_names("Who pays for the base?", "The Kant airbase" + " and" * 1000).text == "Who pays for the base?"


_WORDS = st.sampled_from(["the", "The", "Kant", "Osh", "base", "airbase", "an", "of", ".", "\n", "’s", "é", "\x00"])


@given(st.lists(_WORDS).map(" ".join) | st.text(), st.lists(_WORDS).map(" ".join))
@example("A Kant base. Why the base? To the base.", "")
def test_less_the_names_put_in_it_is_the_text_as_it_was(text: str, before: str) -> None:
    named = with_names(text, before)
    kept = [place for place in range(len(named.text)) if named.is_original(place)]
    assert "".join(named.text[place] for place in kept) == text
    assert [named.original(place) for place in kept] == list(range(len(text)))
    assert named.original(len(named.text)) == len(text)
    for one in named.inserted:
        assert {named.original(place) for place in range(one.start, one.start + one.length + 1)} == {
            one.start - one.before
        }
