from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.pipeline.spans import Span, non_maximum_suppression, trim_span


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" 49 years, ", "49 years"),
        ("“key partner", "key partner"),
        ("“key partner”", "“key partner”"),
        ('the "Deep State"', 'the "Deep State"'),
        ("(born 1970", "born 1970"),
        ("Oslo (Norway)", "Oslo (Norway)"),
        ("49 years)", "49 years"),
        ("the Smiths’", "the Smiths’"),
        ("U.S.", "U.S."),
        (",", ""),
        ("Jose\u0301", "Jose\u0301"),
        ("**40 guests**", "40 guests"),
        ("**A** and **B**", "**A** and **B**"),
        ("**kwargs", "**kwargs"),
    ],
)
def test_edges(text: str, expected: str) -> None:
    start, end = trim_span(text, 0, len(text))
    assert text[start:end] == expected


@pytest.mark.parametrize("span", ["**40 guests", "40 guests**", "40 guests", "*40 guests*", ":** **40 guests** "])
def test_marks_of_bold_words_are_left_out(span: str) -> None:
    text = "**Wedding:** **40 guests** come"
    start = text.index(span)
    first, last = trim_span(text, start, start + len(span))
    assert text[first:last] == "40 guests"


def test_of_spans_that_overlap_the_best_is_kept() -> None:
    spans = [Span(20, 25, 9.0), Span(4, 12, 5.0), Span(0, 12, 4.0), Span(0, 3, 1.0)]
    assert non_maximum_suppression(spans, 5) == (spans[0], spans[1], spans[3])
    assert non_maximum_suppression(spans, 1) == (spans[0],)


def test_a_span_takes_in_the_accents_of_its_last_letter() -> None:
    text = "to Jose\u0301\u0323 and 👩\u200d"
    start, end = trim_span(text, 3, 7)
    assert text[start:end] == "Jose\u0301\u0323"


@given(st.text(alphabet='ab* ,"(“”)\n'), st.data())
def test_a_tidy_span_lies_within_the_span_and_stays_tidy(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first = trim_span(text, start, end)
    assert start <= first[0] <= first[1] <= end
    assert trim_span(text, *first) == first
    if any(character.isalpha() for character in text[start:end]):
        assert first[0] < first[1]
