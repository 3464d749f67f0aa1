"""Words that the documents lack and that are one letter off a word that they hold."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from qa.pipeline.spelling import corrected

HELD = {"russian": 9, "airbase": 4, "tajikistan": 3, "personnel": 2, "kazakh": 5, "uzbekistan": 1, "humming": 1}
COMMON = {"lease", "marten", "where", "which"}


@dataclass
class Words:
    """Words by how often they are held; forms of them are held too, but not spelt so."""

    held: dict[str, int]
    forms: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def document_frequency(self, word: str) -> int:
        self.asked.append(word)
        return self.held.get(word, 0) or self.forms.get(word, 0)

    def spells(self, word: str) -> bool:
        return word in self.held


def mend(question: str) -> str:
    return corrected(question, Words(HELD), COMMON.__contains__)


def test_a_letter_left_out_put_in_exchanged_or_swapped() -> None:
    assert mend("How many Rusian people?") == "How many Russian people?"
    assert mend("the airbbase") == "the airbase"
    assert mend("in Tajikistsn?") == "in Tajikistan?"
    assert mend("the airabse and Tajkistan") == "the airbase and Tajikistan"


def test_what_the_documents_hold_and_what_is_common_stays() -> None:
    for question in ("Which airbase?", "Where is the lease of the marten?", "Is Uzbekistan Kazakh?"):
        assert mend(question) == question


def test_short_words_numbers_and_what_is_far_off_stay() -> None:
    for question in ("the arbse", "kazak", "airbase1", "the ayrbose", "xxxxxxxxxx"):
        assert mend(question) == question


def test_what_stands_in_quotation_marks_is_meant() -> None:
    assert mend('the "Rusian" airbse') == 'the "Rusian" airbase'
    assert mend("the “Rusian” airbse") == "the “Rusian” airbase"


def test_the_case_stays() -> None:
    assert mend("RUSIAN Rusian rusian") == "RUSSIAN Russian russian"


def test_of_two_words_the_one_in_more_passages_is_meant() -> None:
    words = Words({"carter": 1, "garter": 9, "caster": 3})
    assert corrected("the caxter", words, lambda _: False) == "the caster"


def test_what_is_meant_is_spelt_so_somewhere() -> None:
    words = Words({"slower": 1}, forms={"slowes": 9})
    assert corrected("the slowex", words, lambda _: False) == "the slower"
    assert corrected("the slowest", words, lambda _: False) == "the slowest"


def test_no_more_than_three_words_are_looked_for() -> None:
    words = Words({})
    corrected(" ".join(["qwxzyq", "wqxzyq", "xqwzyq", "zqwxyq", "yqwxzq"] * 300), words, lambda _: False)
    assert len(words.asked) < 5_000


@given(st.text(max_size=200))
def test_any_text_without_known_words_is_left_as_it_is(text: str) -> None:
    assert corrected(text, Words({}), lambda _: False) == text


@given(
    st.sampled_from(sorted(word for word in HELD if len(word) > 6)),
    st.integers(),
    st.sampled_from(["leave out", "put in", "exchange", "swap"]),
)
def test_every_single_error_past_the_first_letter_is_mended(word: str, seed: int, kind: str) -> None:
    rng = random.Random(seed)
    at = rng.randrange(1, len(word) - 1)
    letter = rng.choice(string.ascii_lowercase)
    errors: dict[str, Callable[[], str]] = {
        "leave out": lambda: word[:at] + word[at + 1 :],
        "put in": lambda: word[:at] + letter + word[at:],
        "exchange": lambda: word[:at] + letter + word[at + 1 :],
        "swap": lambda: word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    }
    assert corrected(errors[kind](), Words({word: 1}), lambda _: False) == word
