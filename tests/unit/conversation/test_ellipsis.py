from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.conversation.ellipsis import completions, cut
from qa.conversation.previous_turn import PreviousTurn
from tests.unit.conversation.made import cosine_similarity

GAS = PreviousTurn("Which company announced it would stop importing gas from Turkmenistan?", "Gazprom")
TALK = PreviousTurn("When did Putin talk with Nazarbayev?", "February 27")


def first(question: str, *earlier: PreviousTurn) -> str:
    return made(question, *earlier)[0]


def made(question: str, *earlier: PreviousTurn) -> list[str]:
    return [one.text for one in completions(question, earlier, cosine_similarity())[0]]


@pytest.mark.parametrize(
    ("question", "earlier", "completed"),
    [
        ("Where?", TALK, "Where did Putin talk with Nazarbayev?"),
        ("And where was that?", TALK, "Where did Putin talk with Nazarbayev?"),
        ("When?", GAS, "When Gazprom announced it would stop importing gas from Turkmenistan?"),
        ("In which city?", TALK, "In which city did Putin talk with Nazarbayev?"),
        ("Why not?", PreviousTurn("Is Windows supported?", "not supported"), "Why is not Windows supported?"),
        ("Why?", PreviousTurn("How many people are at the base?", "400"), "Why are 400 people at the base?"),
    ],
)
def test_a_question_that_only_asks_takes_the_rest_from_the_last_one(
    question: str, earlier: PreviousTurn, completed: str
) -> None:
    assert first(question, earlier) == completed


@pytest.mark.parametrize(
    ("question", "earlier", "completed"),
    [
        ("And of Turkmenistan?", "Who is the president of Tajikistan?", "Who is the president of Turkmenistan?"),
        ("What about Muslims?", "How many Buddhists live in Victoria?", "How many Muslims live in Victoria?"),
        ("And in 1551?", "Who described a turbine in 1629?", "Who described a turbine in 1551?"),
        ("And deleted files?", "How long are old versions kept?", "How long are deleted files kept?"),
        ("And its main campus?", "How large is Harvard's endowment?", "How large is Harvard's main campus?"),
        ("And his son?", "Who was the father of Shi Tianze?", "Who was the son of Shi Tianze?"),
        ("And how many volumes?", "How many libraries does Harvard have?", "How many volumes does Harvard have?"),
    ],
)
def test_a_fragment_takes_the_place_of_what_is_like_it(question: str, earlier: str, completed: str) -> None:
    assert completed in made(question, PreviousTurn(earlier, ""))


def test_one_stands_for_the_noun() -> None:
    assert "What does a half plot cost?" in made(
        "And a half one?", PreviousTurn("What does a full plot cost?", "90 euros")
    )
    assert first("and the hand one", PreviousTurn("What is the deposit for the electric extractor?", "40 pounds")) == (
        "What is the deposit for the hand extractor?"
    )


def test_what_was_added_in_brackets_stays() -> None:
    earlier = PreviousTurn("When was encryption added (Nightjar)?", "2019")
    assert first("Why?", earlier) == "Why was encryption added (Nightjar)?"


def test_who_said_so_asks_about_the_last_answer() -> None:
    found = made("Who said so?", PreviousTurn("Which countries could the grouping include?", "China, India"))
    assert any("China, India" in text and text.startswith("Who said that") for text in found)


@pytest.mark.parametrize(
    ("question", "earlier", "completed"),
    [
        ("And Tajikistan?", "When did Putin visit Kazakhstan?", "When did Putin visit Tajikistan?"),
        ("and in Tajikistan?", "When did Putin visit Kazakhstan?", "When did Putin visit Tajikistan?"),
        ("and uzbekistan?", "Did Putin visit Turkmenistan?", "Did Putin visit uzbekistan?"),
        ("And with Rahmon?", "When did Putin talk with Nazarbayev?", "When did Putin talk with Rahmon?"),
        (
            "And in Asia?",
            "How many people in Europe did the plague kill?",
            "How many people in Asia did the plague kill?",
        ),
        ("And in the US?", "Who developed it in the UK?", "Who developed it in the US?"),
        ("And at night?", "Who guards the Kant airbase?", "Who guards the Kant airbase at night?"),
        ("And its main campus?", "How large is the university's endowment?", "How large is its main campus?"),
    ],
)
def test_a_fragment_takes_the_place_of_its_own_kind_first(question: str, earlier: str, completed: str) -> None:
    assert first(question, PreviousTurn(earlier, "")) == completed


@pytest.mark.parametrize(
    ("question", "earlier", "completed"),
    [
        ("and from october?", "what rent does bev pay now", "what rent does bev pay from october?"),
        ("what about the week before?", "who's brakesman that day", "who's brakesman the week before?"),
        ("and last week?", "Who was on duty this week?", "Who was on duty last week?"),
        ("and May?", "What did the lift take in April last year?", "What did the lift take in May last year?"),
        ("and the day after?", "How much do the guests pay?", "How much do the guests pay the day after?"),
        ("and the winter party?", "Why was the summer party cancelled?", "Why was the winter party cancelled?"),
    ],
)
def test_a_time_takes_the_place_of_a_whole_time_or_stands_behind(question: str, earlier: str, completed: str) -> None:
    assert first(question, PreviousTurn(earlier, "")) == completed


@pytest.mark.parametrize(
    ("question", "earlier", "completed"),
    [
        ("and for children?", "how much is an adult return", "how much is a return for children?"),
        ("and for students?", "What does the tour cost?", "What does the tour cost for students?"),
        ("and confetti?", "which car gets flowers?", "which car gets confetti?"),
        ("and helmet?", "How much deposit is there for an e-bike?", "How much deposit is there for a helmet?"),
        ("at most?", "who pays for the oven", "who pays for the oven at most?"),
    ],
)
def test_a_completed_question_is_a_sentence(question: str, earlier: str, completed: str) -> None:
    assert first(question, PreviousTurn(earlier, "")) == completed


def test_only_the_last_question_is_gone_on_with() -> None:
    turns = [PreviousTurn("who pays for the oven", "the Trust"), PreviousTurn("how does the lease end", "")]
    assert completions("at most?", turns, cosine_similarity())[1] == []


def test_who_does_it_asks_about_it() -> None:
    assert completions("who does it", [PreviousTurn("how long does the exam take", "")], cosine_similarity()) == []


def test_a_thing_takes_no_place_after_how() -> None:
    for fragment, before, completed in (
        ("And the pump?", "How deep is the lake?", "How deep is the pump?"),
        ("And the tower?", "How high is the bridge?", "How high is the tower?"),
    ):
        found = completions(fragment, [PreviousTurn(before, "")], cosine_similarity())[0]
        assert [one.text for one in found] == [completed]


def test_the_less_alike_place_is_less_likely() -> None:
    (found,) = completions(
        "And Tajikistan?", [PreviousTurn("When did Putin visit Kazakhstan?", "")], cosine_similarity()
    )
    assert [one.text for one in found] == ["When did Putin visit Tajikistan?", "When did Tajikistan visit Kazakhstan?"]
    assert found[1].likely < 0.5 * found[0].likely


def test_the_number_of_one_thing_is_not_put_to_the_next() -> None:
    earlier = PreviousTurn("How many libraries does Harvard have?", "79")
    assert made("How many volumes?", earlier) == ["How many volumes does Harvard have?"]


def test_two_names_in_a_row_stay_two() -> None:
    earlier = PreviousTurn("Who is the closest ally of Russia?", "Kazakhstan")
    assert "Why is the closest ally of Russia, Kazakhstan?" in made("Why?", earlier)


@pytest.mark.parametrize(
    "question",
    [
        "When does it end?",
        "Which company owns ABC?",
        "What removes them?",
        "Who maintains it now?",
        "How do I prune old versions?",
        "Interesting facts about the Kant airbase and its planes?",
        "",
        "?",
    ],
)
def test_a_question_that_has_all_its_parts_is_left_alone(question: str) -> None:
    assert completions(question, [TALK], cosine_similarity()) == []


def test_a_question_is_cut_at_its_auxiliary() -> None:
    parts = cut("How many people in Europe did the Black Death kill?")
    assert (parts.asks, parts.auxiliary, parts.rest) == ("How many people in Europe", "did", "the Black Death kill")
    parts = cut("Who brought the plague to Europe?")
    assert (parts.asks, parts.auxiliary, parts.rest) == ("Who", "", "brought the plague to Europe")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.text(max_size=120), st.text(max_size=60))
def test_any_texts_are_taken(question: str, before: str, said: str) -> None:
    for texts in completions(question, [PreviousTurn(before, said)], lambda _, others: [0.0] * len(others)):
        assert all(texts)


@pytest.mark.parametrize(
    ("asked", "fragment"),
    [
        ("whats the pass", "and the one for the lantern festival"),
        ("whats a single now", "monthly"),
        ("whats the price of young alp cheese", "and the old one"),
    ],
)
def test_a_word_that_is_no_phrase_by_itself_takes_no_fragment_and_ends_nothing(asked: str, fragment: str) -> None:
    made = completions(fragment, [PreviousTurn(asked, "12", "")], lambda thing, others: [0.5] * len(others))
    assert all(one.text.endswith("?") for turn in made for one in turn)
