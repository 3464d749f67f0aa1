from __future__ import annotations

import pytest

from qa.conversation.capitals import with_capitals

MINUTES = """4. Tearoom lease. After a talk Bev accepts the rent. Rent is payable on the first.
Brakesman: Oskar Lindqvist; Topman: Hettie Braithwaite. The Opening Hours stay."""


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("what rent does bev pay", "what rent does Bev pay"),
        ("is oskar lindqvist brakesman", "is Oskar Lindqvist brakesman"),
        ("how long is the tearoom lease", "how long is the tearoom lease"),
        ("WHO IS BEV?", "WHO IS BEV?"),
        ("", ""),
    ],
)
def test_a_name_is_what_only_ever_has_a_capital_within_a_sentence(typed: str, named: str) -> None:
    assert with_capitals(typed, [MINUTES]) == named


def test_a_word_that_is_written_small_too_is_no_name() -> None:
    assert (
        with_capitals("what does the trust pay", ["So the Trust pays.", "a trust of its own"])
        == "what does the trust pay"
    )
