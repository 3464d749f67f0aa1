from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import UsageError
from qa.evaluation.asked.protocol import LEFT_FOR_THE_DECISION, MEASURED_ONLY, TRAINED_ON, seen_among
from qa.evaluation.question_sets import QuestionSet
from tests.conftest import SHARED
from tests.unit.evaluation.sets import made_set


def sets(tmp_path: Path, **prefixes: str) -> list[QuestionSet]:
    """Sets by name, with the first part of their rows' ids."""
    return [
        QuestionSet.load(made_set(tmp_path / name, [{"id": f"{prefix}0001", "question": "Why?", "answers": []}]))
        for name, prefix in prefixes.items()
    ]


def test_what_is_kept_for_measuring_is_not_trained_on() -> None:
    assert not set(TRAINED_ON) & set(MEASURED_ONLY)
    assert set(LEFT_FOR_THE_DECISION) < set(TRAINED_ON)


def test_these_are_the_sets_there_are() -> None:
    asked = SHARED / "asked"
    if not asked.is_dir():
        pytest.skip("../shared/data/asked is not here")
    there = {folder.name for folder in asked.iterdir() if folder.is_dir()}
    assert there == {*TRAINED_ON, *MEASURED_ONLY}


def test_by_default_what_ships_has_seen_all_but_those_kept_for_measuring(tmp_path: Path) -> None:
    found = seen_among(sets(tmp_path, office="office-", travel="travel-", mine="mine-"), None)
    assert found == {"office"}


def test_a_set_of_ones_own_that_has_the_name_of_one_of_ours_is_new(tmp_path: Path) -> None:
    assert seen_among(sets(tmp_path, home="q"), None) == frozenset()


def test_named_ones_and_no_others(tmp_path: Path) -> None:
    several = sets(tmp_path, office="office-", travel="travel-", mine="mine-")
    assert seen_among(several, ["mine", "code", "travel"]) == {"mine", "travel"}
    assert seen_among(several, []) == frozenset()


def test_a_slip_in_a_name_is_no_new_set(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="called 'ofice'"):
        seen_among(sets(tmp_path, office="office-"), ["ofice"])
