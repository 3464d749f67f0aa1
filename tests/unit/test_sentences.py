from __future__ import annotations

import pytest

from qa.text.sentences import sentence_around, sentences


def texts(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Mr. Smith met Dr. Jones. They spoke.", ["Mr. Smith met Dr. Jones.", "They spoke."]),
        ("No full stop\n\nNext paragraph", ["No full stop", "Next paragraph"]),
        ("No full stop\r\n \r\nNext paragraph", ["No full stop", "Next paragraph"]),
        ("- one\n- two\n- three", ["- one", "- two", "- three"]),
        ("\ufeffFirst. Second.", ["First.", "Second."]),
        ("It is slow. (Reading goes on.) It needs a lock.", ["It is slow.", "(Reading goes on.)", "It needs a lock."]),
        ("He left Apple (now Apple Inc.) Monday.", ["He left Apple (now Apple Inc.) Monday."]),
        ("", []),
        (" \n\t\n", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


def test_lines_that_an_editor_wrapped_are_one_sentence() -> None:
    wrapped = (
        "The quick brown fox jumps over the lazy\ndog and then goes home to sleep until\nthe next day. Then it rises."
    )
    assert texts(wrapped) == [
        "The quick brown fox jumps over the lazy\ndog and then goes home to sleep until\nthe next day.",
        "Then it rises.",
    ]


def test_a_short_wrapped_line_that_goes_on_in_small_letters_is_one_sentence() -> None:
    listed = (
        "- The insurance is with Fernleigh Mutual and costs 412 pounds a year whatever happens.\n"
        "- It is due in June; the excess for the car is 250 pounds,\n  which is more than the household paid for it in 2021\n  and less than next year.\n"
        "- Breakdown cover comes with the account."
    )
    assert len(texts(listed)) == 3
    assert len(texts("milk from the farm\nbread\neggs\nbutter of the salted kind")) == 4


def test_a_caption_is_not_glued_to_the_line_below_it() -> None:
    caption = (
        "The president at the residence in the capital of the republic. "
        + "Photo: Somebody of the agency/via others " * 2
    )
    text = f"{caption.strip()}\nThe talks went on for three days and then ended without a result that could be called one.\n"
    assert texts(text)[1].startswith("Photo:")
    assert texts(text)[2].startswith("The talks")


def test_the_sentence_around_a_span_is_whole() -> None:
    text = "It began in 2003. Later they agreed to 49 years. It ended."
    start = text.index("49")
    assert sentence_around(text, start, start + 8) == "Later they agreed to 49 years."
    assert sentence_around(text, 3, start) == "It began in 2003. Later they agreed to 49 years."


def test_bold_words_that_are_a_sentence_keep_their_closing_marks() -> None:
    text = "**Wedding on 28 June.** 40 guests, 3 pm. **Gulls.** **Somebody** feeds them."
    found = [text[slice(*place)] for place in sentences(text)]
    assert found == ["**Wedding on 28 June.**", "40 guests, 3 pm.", "**Gulls.**", "**Somebody** feeds them."]
