from __future__ import annotations

import pytest

from qa.pipeline.postprocessing import postprocess
from qa.pipeline.reader import Reading
from qa.pipeline.spans import Span

TEXT = "The base was opened in 2003. Russia pays no rent for it. It lies near Kant."


def spans(*found: str) -> Reading:
    return Reading(
        tuple(Span(TEXT.index(one), TEXT.index(one) + len(one), 5.0 - n) for n, one in enumerate(found)), 1.0
    )


def texts(reading: Reading) -> list[str]:
    return [TEXT[span.start : span.end] for span in reading.spans]


def test_yes_or_no_is_answered_by_the_sentence_that_decides_it() -> None:
    assert texts(postprocess("Does Russia pay rent?", TEXT, spans("no rent"))) == ["Russia pays no rent for it."]


def test_a_yes_or_no_that_speaks_of_a_year_is_answered_by_its_sentence_too() -> None:
    reading = postprocess("Is it known in what year the base was opened?", TEXT, spans("2003"))
    assert texts(reading) == ["The base was opened in 2003."]


def test_two_spans_of_one_sentence_become_one_and_the_best_stays_first() -> None:
    reading = postprocess("Is it near Kant?", TEXT, spans("Kant", "It", "2003"))
    assert texts(reading) == ["It lies near Kant.", "The base was opened in 2003."]
    assert [span.score for span in reading.spans] == [5.0, 3.0]
    assert reading.no_answer_score == 1.0


def test_the_name_of_a_cell_is_no_answer_but_the_cell_is() -> None:
    text = "allergies: chicken, pollen; weight: 8 kg."
    reading = Reading((Span(0, len("allergies"), 5.0),), 1.0)
    (span,) = postprocess("What is the dog allergic to?", text, reading).spans
    assert text[span.start : span.end] == "chicken, pollen"
    assert postprocess("What has to do with chicken, pollen?", text, reading) == reading


def test_all_other_questions_keep_their_spans() -> None:
    given = spans("2003")
    assert postprocess("What was opened?", TEXT, given) == given


@pytest.mark.parametrize("date", ["2018-05-23", "23.5.2018", "5/23/18"])
def test_a_date_in_figures_is_whole_when_it_is_asked_for(date: str) -> None:
    text = f"Name: Eve; Started: {date}; Version: 1.2.3.4."
    at = text.index("18")
    reading = Reading((Span(at, at + 2, 5.0),), 1.0)
    (span,) = postprocess("When did Eve start?", text, reading).spans
    assert text[span.start : span.end] == date
    assert postprocess("In what year did Eve start?", text, reading) == reading


def test_what_is_no_date_is_left_as_it_is() -> None:
    text = "It runs since 12.30 with version 1.2.3.4 on 10.0.0.1."
    for word in ("12", "2", "0.0"):
        at = text.index(word)
        (span,) = postprocess("When does it run?", text, Reading((Span(at, at + len(word), 5.0),), 1.0)).spans
        assert text[span.start : span.end] == word


@pytest.mark.parametrize(
    ("question", "found", "left"),
    [
        ("Is it true that the base was opened in 2003?", ["2003"], []),
        ("Which of these, the base was opened in 2003 or 2004?", ["base was opened in 2003", "2003"], ["2003"]),
        ("Who pays no rent?", ["Russia pays no rent"], ["Russia pays no rent"]),
    ],
)
def test_what_only_repeats_the_question_is_no_answer(question: str, found: list[str], left: list[str]) -> None:
    assert texts(postprocess(question, TEXT, spans(*found))) == left


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        ("Booking number: TT-88213-K", "TT-88213", "TT-88213-K"),
        ("It is kept at https://my.hill.example/login.", "https://my.hill", "https://my.hill.example/login"),
        ("Write to help@hill.example; they answer.", "hill", "help@hill.example"),
        ("They flew an F-16.", "16", "F-16"),
        ("The 500-year-old oak", "500", "500"),
        ("From 1990-1995 it was shut", "1990", "1990"),
        ("by AC/DC", "AC", "AC"),
    ],
)
def test_a_code_and_an_address_are_whole(text: str, part: str, whole: str) -> None:
    at = text.index(part)
    (span,) = postprocess("What is it?", text, Reading((Span(at, at + len(part), 5.0),), 1.0)).spans
    assert text[span.start : span.end] == whole


def test_two_parts_of_one_code_are_one_candidate() -> None:
    text = "Its number is TT-88213-K."
    parts = tuple(Span(text.index(part), text.index(part) + len(part), 5.0) for part in ("88213", "TT"))
    assert len(postprocess("What is its number?", text, Reading(parts, 1.0)).spans) == 1


def test_words_that_answer_nothing_are_no_candidates() -> None:
    reading = postprocess("What was opened?", TEXT, spans("The", "base", "in", "no rent"))
    assert texts(reading) == ["base", "no rent"]
    text = "It is *, a star."
    assert postprocess("What is the wildcard?", text, Reading((Span(6, 7, 5.0),), 1.0)).spans != ()


@pytest.mark.parametrize("gap", ["\n\n", "\r\n\r\n", "\n \n\n"])
def test_a_heading_is_no_part_of_the_sentence_that_decides(gap: str) -> None:
    text = f"## 5. Pets and smoking{gap}Cats are allowed. Dogs need a consent."
    reading = Reading((Span(text.index("Pets"), text.index("allowed") + 7, 5.0),), 1.0)
    (span,) = postprocess("Are cats allowed?", text, reading).spans
    assert text[span.start : span.end] == "Cats are allowed."


def test_the_number_of_an_item_is_no_answer() -> None:
    text = "Agenda\n 5. Opening hours: 5 pm"
    at = text.index("5.")
    numbers = Reading((Span(at, at + 1, 5.0), Span(at, at + 2, 4.0), Span(text.index("5 pm"), len(text), 3.0)), 1.0)
    assert [text[span.start : span.end] for span in postprocess("How many hours?", text, numbers).spans] == ["5 pm"]
