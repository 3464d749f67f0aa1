from __future__ import annotations

from qa.reader import Reading
from qa.shaping import shaped
from qa.spans import Span

TEXT = "The base was opened in 2003. Russia pays no rent for it. It lies near Kant."


def spans(*found: str) -> Reading:
    return Reading(
        tuple(Span(TEXT.index(one), TEXT.index(one) + len(one), 5.0 - n) for n, one in enumerate(found)), 1.0
    )


def texts(reading: Reading) -> list[str]:
    return [TEXT[span.start : span.end] for span in reading.spans]


def test_yes_or_no_is_answered_by_the_sentence_that_decides_it() -> None:
    assert texts(shaped("Does Russia pay rent?", TEXT, spans("no rent"))) == ["Russia pays no rent for it."]


def test_two_spans_of_one_sentence_become_one_and_the_best_stays_first() -> None:
    reading = shaped("Is it near Kant?", TEXT, spans("Kant", "It", "2003"))
    assert texts(reading) == ["It lies near Kant.", "The base was opened in 2003."]
    assert [span.score for span in reading.spans] == [5.0, 3.0]
    assert reading.no_answer_score == 1.0


def test_all_other_questions_keep_their_spans() -> None:
    given = spans("2003")
    assert shaped("When was the base opened?", TEXT, given) is given
