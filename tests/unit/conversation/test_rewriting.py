from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.conversation.previous_turn import PreviousTurn
from qa.conversation.rewriting import MOST_CANDIDATES, Rewriter
from qa.conversation.tagger import Tagger, shipped_tagger_folder
from qa.conversation.words import words
from tests.unit.conversation.made import cosine_similarity

KANT = PreviousTurn("How many Russian military personnel are at the Kant airbase?", "400")
HUTCHINS = PreviousTurn("Who became president of the University of Chicago in 1929?", "Robert Maynard Hutchins")


@pytest.fixture(scope="module")
def rewriter() -> Rewriter:
    return Rewriter(Tagger.load(shipped_tagger_folder()), cosine_similarity())


def texts(rewriter: Rewriter, question: str, *earlier: PreviousTurn) -> list[str]:
    return [one.text for one in rewriter.candidates(question, earlier)]


def test_a_first_question_is_as_typed(rewriter: Rewriter) -> None:
    (only,) = rewriter.candidates("Who is he?", [])
    assert (only.text, only.prior) == ("Who is he?", 1.0)


@pytest.mark.parametrize(
    ("question", "earlier", "meant"),
    [
        ("How long did he stay?", HUTCHINS, "How long did Robert Maynard Hutchins stay (the University of Chicago)?"),
        ("Which sport did he abolish?", HUTCHINS, "Which sport did Robert Maynard Hutchins abolish?"),
        ("And of Turkmenistan?", PreviousTurn("Who leads Tajikistan?", "Rahmon"), "Who leads Turkmenistan?"),
        (
            "When did it reach Crimea?",
            PreviousTurn("Where did the Black Death originate?", "Central Asia"),
            "When did the Black Death reach Crimea?",
        ),
    ],
)
def test_what_is_meant_is_likeliest(rewriter: Rewriter, question: str, earlier: PreviousTurn, meant: str) -> None:
    assert texts(rewriter, question, earlier)[0] == meant


@pytest.mark.parametrize(
    ("question", "earlier", "meant"),
    [
        ("Who described it?", PreviousTurn("What is the first recorded steam engine?", "the aeolipile"), "aeolipile"),
        ("Who leads it?", PreviousTurn("Which country depends on Chinese money?", "Tajikistan"), "Tajikistan"),
        ("Who was the leader there?", PreviousTurn("Where does Gazprom import gas from?", "Uzbekistan"), "Uzbekistan"),
    ],
)
def test_a_short_answer_is_tried_for_a_pronoun(
    rewriter: Rewriter, question: str, earlier: PreviousTurn, meant: str
) -> None:
    assert any(meant in text for text in texts(rewriter, question, earlier))


def test_a_person_is_likelier_for_he_than_another_name(rewriter: Rewriter) -> None:
    earlier = PreviousTurn("Who do I tell about a security problem of Nightjar?", "Tomas Lindqvist")
    assert texts(rewriter, "How fast does he answer?", earlier)[0].startswith("How fast does Tomas Lindqvist answer")


@pytest.mark.parametrize(
    ("question", "earlier"),
    [
        ("how can she get out of it", PreviousTurn("For how long does Bev pay from October?", "three years")),
        ("What happened to him?", PreviousTurn("How many trips has Oskar done?", "6")),
        ("Did she like it?", PreviousTurn("When did Ines Maddock come to Ghent?", "in September 2023")),
    ],
)
def test_a_time_an_amount_or_a_thing_is_no_person(rewriter: Rewriter, question: str, earlier: PreviousTurn) -> None:
    found = texts(rewriter, question, earlier)
    assert any(word in found[0] for word in ("Bev", "Oskar", "Ines Maddock"))
    for wrong in ("October ", "three years", "trips", "2023"):
        assert not any(wrong in text.partition(" (")[0] for text in found)


def test_what_leans_on_the_last_question_is_hardly_meant_as_typed(rewriter: Rewriter) -> None:
    for question in ("How long did he stay?", "And in 1951?"):
        found = rewriter.candidates(question, [HUTCHINS])
        assert next(one.prior for one in found if one.text == question) < 0.01


def test_a_thing_that_was_asked_about_gets_its_article(rewriter: Rewriter) -> None:
    found = texts(rewriter, "why did it go up", PreviousTurn("How much is a return for children?", "£1.50"))
    assert found[0].startswith("why did the return")


def test_the_other_one_is_named(rewriter: Rewriter) -> None:
    ferry, plane = (
        PreviousTurn("How long does the ferry take?", "50 minutes"),
        PreviousTurn("How long does the plane take?", "12"),
    )
    assert (
        texts(rewriter, "Where does the other one leave from?", ferry, plane)[0] == "Where does the ferry leave from?"
    )


def test_what_was_asked_about_is_put_in(rewriter: Rewriter) -> None:
    likeliest = texts(rewriter, "Which planes do they fly there?", KANT)[0]
    assert likeliest.startswith("Which planes do ")
    assert "Kant airbase" in likeliest


@pytest.mark.parametrize(
    "question", ["How many miners died of typhoid in Buckland Valley?", "Who founded the University of Chicago?"]
)
def test_a_new_topic_is_likeliest_as_typed(rewriter: Rewriter, question: str) -> None:
    best = rewriter.candidates(question, [KANT])[0]
    assert best.text == question


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120), st.lists(st.tuples(st.text(max_size=120), st.text(max_size=200)), max_size=9))
def test_the_typed_question_is_always_there(rewriter: Rewriter, question: str, said: list[tuple[str, str]]) -> None:
    found = rewriter.candidates(question, [PreviousTurn(*pair) for pair in said])
    assert question in [one.text for one in found]
    assert 1 <= len(found) <= MOST_CANDIDATES
    assert all(0.0 <= one.prior <= 1.0 for one in found)
    assert [one.prior for one in found[:-1]] == sorted((one.prior for one in found[:-1]), reverse=True)


def test_a_long_history_costs_little(rewriter: Rewriter) -> None:
    earlier = [
        PreviousTurn(f"What is the {number}th river of Asia that flows north?", "the Ob " * 2000)
        for number in range(200)
    ]
    began = time.perf_counter()
    rewriter.candidates("Where does it end?", earlier)
    assert time.perf_counter() - began < 5


def test_a_name_with_underscores_is_one_word() -> None:
    found = [word.text for word in words("And of autovacuum_naptime, __init__ or a_b's?")]
    assert found == ["And", "of", "autovacuum_naptime", "__init__", "or", "a_b"]
