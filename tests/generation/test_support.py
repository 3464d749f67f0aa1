"""What bears out what: cases of the check, and what holds whatever a model writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answers import RetrievedPassage
from qa.generation.claims import claims, settled
from qa.generation.grounding import Source
from qa.generation.support import Cosine, Fault, Supported, check
from qa.text.escaping import escape_line

PASSAGE = (
    "Anna Weber chairs the board of the rowing club. Martin Groll keeps the keys of the boathouse. "
    "He has lived in Dornach since 1994. The membership costs 80 euros a year, and 30 euros for pupils. "
    "Guests may use the sauna, but children under 12 may not swim alone."
)
SEATS = "| Room | Seats |\n| Oak Room | 14 |\nSeats: 14; Floor: 2."


def result(text: str, passage: str, cosine: Cosine) -> Supported | Fault:
    source = Source(1, RetrievedPassage("club.txt", 0, len(passage), 1, 1.0, passage))
    (claim,) = claims(f"{text} [1]")
    return check(claim, [source], "What is said of the club?", cosine)


@pytest.mark.parametrize(
    "text",
    [
        "Anna Weber chairs the board.",
        "Martin Groll has lived in Dornach since 1994.",
        "The membership costs €80 a year.",
        "The membership costs 30 euros for pupils.",
        "Guests may use the sauna.",
        "Children under 12 may not swim alone.",
        "Guests may use the sauna, but children may not swim alone.",
        "The boathouse keys are kept by Martin Groll.",
    ],
)
def test_borne_out(text: str, cosine: Cosine) -> None:
    assert isinstance(result(text, PASSAGE, cosine), Supported)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Martin Groll chairs the board of the rowing club.", Fault.NAME),
        ("Anna Weber keeps the keys of the boathouse.", Fault.NAME),
        ("Anna Weber chairs the board since 1994.", Fault.NUMBER),
        ("The membership costs 12 euros a year.", Fault.NUMBER),
        ("Guests may not use the sauna.", Fault.NEGATION),
        ("Guests may use the sauna, and children under 12 may swim alone.", Fault.NEGATION),
        ("The members won several regattas on the lake.", Fault.CONTENT),
    ],
)
def test_words_of_a_passage_put_together_anew_are_not_borne_out(text: str, fault: Fault, cosine: Cosine) -> None:
    assert result(text, PASSAGE, cosine) is fault


def test_the_value_of_a_row_counts_what_stands_before_it(cosine: Cosine) -> None:
    assert isinstance(result("It has 14 seats on floor 2.", SEATS, cosine), Supported)
    assert result("It has 2 seats on floor 14.", SEATS, cosine) is Fault.NUMBER


def test_another_judge_may_decide(cosine: Cosine) -> None:
    source = Source(1, RetrievedPassage("club.txt", 0, len(PASSAGE), 1, 1.0, PASSAGE))
    (claim,) = claims("Anna Weber chairs the board. [1]")
    given_to: list[str] = []

    def never(text: str, evidence: str, _: Cosine) -> float:
        given_to.extend((text, evidence))
        return 0.0

    assert check(claim, [source], "Who?", cosine, never) is Fault.CONTENT
    assert given_to[0] == "Anna Weber chairs the board."
    assert "Anna Weber chairs the board of the rowing club." in given_to[1]


words = st.sampled_from(
    [*PASSAGE.split(), "[1]", "[9]", "[1", "]", '"', "\n", "\n\n- ", "**", "<b>", "Bob", "not", "7", "|", "1."]
)
written = st.one_of(st.text(max_size=300), st.lists(words, max_size=60).map(" ".join))


@given(written)
def test_whatever_is_written_what_stays_is_words_and_cites_the_document(text: str) -> None:
    source = Source(1, RetrievedPassage("club.txt", 0, len(PASSAGE), 1, 1.0, PASSAGE))
    for claim in claims(text):
        assert claim.text == escape_line(claim.text) != ""
        found = check(claim, [source], "Who?", lambda _, others: [0.0 for _ in others])
        if isinstance(found, Supported):
            assert 0.5 <= found.support <= 1
            assert claim.numbers <= {"€", "80", "30", "12", "1994"}
            assert all(piece.text in PASSAGE for piece in found.evidence)


@given(written, st.integers(0, 300))
def test_what_is_settled_early_is_never_more_than_was_written(text: str, cut: int) -> None:
    assert len(settled(text[:cut])) <= len(claims(text[:cut]))
