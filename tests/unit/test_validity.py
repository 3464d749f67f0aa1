"""Which of several documents holds: what they say of themselves and of one another, and their dates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.pipeline.validity import Day, Masthead, asks_for_what_holds, is_newer, superseded, takes_the_place

FARES_2023 = Masthead("fares-2023.md", "# Fares 2023\n\nAdults pay 3.00.")
FARES_2025 = Masthead("fares-2025.md", "# Fares 2025\n\nAdults pay 3.60.")


@pytest.mark.parametrize(
    ("name", "beginning", "date"),
    [
        ("fares-2025.md", "", (2025,)),
        ("fares-2025.md", "# Fares from 1 April 2025", (2025, 4, 1)),
        ("fares-2025.md", "Agreed on 3 November 2024", (2025,)),
        ("minutes/2025-02.md", "", (2025, 2)),
        ("minutes/2025-02-11 committee.txt", "", (2025, 2, 11)),
        ("2024/fares-2025.csv", "", (2025,)),
        ("winter-2010-11.md", "", (2010,)),
        ("roster-june-2025.csv", "", (2025, 6)),
        ("wind.md", "# Wind policy of 2019", (2019,)),
        ("wind.md", "# Wind policy\n\nValid from March 5th, 2019. It replaces that of 2012.", (2019, 3, 5)),
        ("news.md", "# News, spring\n\nPrinted 05.03.2019", (2019, 3, 5)),
        ("re.eml", "Subject: Fares 2026\nFrom: Ada\nDate: Wed, 02 Apr 2025 20:41:12 +0200", (2025, 4, 2)),
        ("log.csv", "Date: 12 September 2023; Litres: 40.\nDate: 1 May 2024; Litres: 38.", None),
        ("letter.txt", "Skelwick Council\nEstates\n\n17 January 2025\n\nDear Sirs,", (2025, 1, 17)),
        ("history.md", "# A history\n\nThe lift was built on 4 May 1998 for a penny.", None),
        ("rooms.md", "# Rooms\n\nRoom 2010 seats 14.", None),
    ],
)
def test_when_a_document_is_from(name: str, beginning: str, date: Day | None) -> None:
    assert Masthead(name, beginning).date == date


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("a.md", "# Fares 2023 (old – superseded by b.md)"),
        ("a.md", "# Fares (old)"),
        ("a.md", "# Fares - no longer valid"),
        ("a.md", "# Fares\n\n**OBSOLETE.** See b.md"),
        ("a.md", "# Fares\n\nThis price list is no longer in force."),
        ("a.md", "# Fares\n\nThis page has been replaced by b.md."),
        ("fares_old.md", "# Fares"),
        ("old/fares.md", "# Fares"),
        ("fares-superseded.md", "# Fares"),
    ],
)
def test_a_document_says_that_it_no_longer_holds(name: str, beginning: str) -> None:
    assert superseded({"a": Masthead(name, beginning), "b": Masthead("b.md", "# Fares")}) == {"a"}


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("a.md", "# The old mill\n\nThe wheel was replaced by a turbine."),
        ("old-mill-road.md", "# Old Mill Road"),
        ("twelve-years-old.md", "# Twelve years old"),
        ("a.md", "# How to get rid of outdated boilers"),
        ("a.md", "# Tickets\n\nTickets of 2023 are no longer valid."),
        ("a.md", "# Minutes\n\nMilan (replaced by Sanna from July) was thanked."),
        ("a.md", "# Rules\n\nThey replace the old version."),
        ("fare-threshold.md", "# Thresholds"),
    ],
)
def test_a_document_about_old_things_holds(name: str, beginning: str) -> None:
    assert not superseded({"a": Masthead(name, beginning), "b": Masthead("b.md", "# Fares")})


def test_another_one_says_that_it_takes_its_place() -> None:
    new = Masthead("wind-policy-2024.md", "# Wind\n\nAdopted in spring. **This replaces the wind policy of 2019.**")
    old = Masthead("wind-policy-2019.md", "# Wind")
    other = Masthead("minutes-2019.md", "# Minutes")
    assert superseded({"new": new, "old": old, "other": other}) == {"old"}
    rules = Masthead("rules.md", "# Rules\n\nThey take the place of the 2022 edition.")
    assert superseded({"new": rules, "old": Masthead("rules-2022.md", "# Rules")}) == {"old"}
    travel = Masthead("travel.md", "# Travel\n\nThis replaces leave.md, and the grant.")
    assert superseded({"new": travel, "old": Masthead("leave.md", ""), "other": Masthead("grant.md", "")}) == {"old"}


def test_where_none_is_left_that_holds_none_is_superseded() -> None:
    old = Masthead("fares-old.md", "")
    assert not superseded({"a": old})
    assert not superseded({"a": old, "b": old})


def test_the_newer_one_takes_the_place_where_that_is_clear() -> None:
    assert takes_the_place(FARES_2025, FARES_2023)
    assert not takes_the_place(FARES_2023, FARES_2025)
    undated = Masthead("faq.md", "# Questions")
    assert not takes_the_place(FARES_2025, undated)
    assert not takes_the_place(undated, FARES_2023)
    assert not takes_the_place(FARES_2025, FARES_2025)
    assert not takes_the_place(Masthead("fares-2026.md", "# Withdrawn\n\nWithdrawn."), FARES_2025)


def test_what_is_known_of_both_is_compared() -> None:
    assert is_newer((2025, 3), (2025, 2, 28))
    assert not is_newer((2025,), (2025, 2, 28))
    assert not is_newer((2025, 2, 28), (2025,))
    assert not is_newer(None, (2025,))


@pytest.mark.parametrize(
    "question",
    ["How much was a return?", "How much is a return in 2023?", "what does fares-2023.md say", "the old fare?"],
)
def test_who_asks_for_the_past_gets_it(question: str) -> None:
    assert not asks_for_what_holds(question, FARES_2023, FARES_2025)


@pytest.mark.parametrize("question", ["How much is a return?", "A return in 2025?", "how old must I be?"])
def test_who_does_not_gets_what_holds(question: str) -> None:
    assert asks_for_what_holds(question, FARES_2023, FARES_2025)


@given(st.text(max_size=80), st.text(max_size=300))
def test_whatever_a_document_holds_it_is_no_error(name: str, beginning: str) -> None:
    document = Masthead.of(name, beginning)
    assert document.date is None or 1950 <= document.date[0] <= 2099
    assert not takes_the_place(document, document)
