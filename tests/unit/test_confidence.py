from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answers import Certainty
from qa.errors import ModelUnusable
from qa.pipeline.confidence import Calibration, Linear
from qa.pipeline.ranking import ConfidenceFeatures
from qa.pipeline.reader import shipped_reader_folder

STRONG = ConfidenceFeatures(margin=12.0, lead=8.0, retrieval=0.9)
WEAK = ConfidenceFeatures(margin=-8.0, lead=-3.0, retrieval=0.3)
BY_HAND = Calibration(Linear(1.0, {"margin": 0.5}), Linear(0.5, {"retrieval": -1.0}), 0.25, firm=0.6, tentative=0.2)


def test_the_probabilities_by_hand() -> None:
    evidence = ConfidenceFeatures(margin=2.0, lead=0.0, retrieval=0.5)
    found = BY_HAND.probabilities(evidence)
    # exp(1 + 0.5 * 2), exp(0.5 - 0.5) and 1
    assert found.right == pytest.approx(7.389 / (7.389 + 1 + 1), abs=1e-3)
    assert found.wrong == found.absent == pytest.approx(1 / (7.389 + 1 + 1), abs=1e-3)


@given(margin=st.floats(-1e9, 1e9), lead=st.floats(-10, 10), share=st.floats(0.01, 0.99))
def test_they_add_up_to_one_whatever_the_evidence(margin: float, lead: float, share: float) -> None:
    evidence = ConfidenceFeatures(margin, lead, 0.5)
    for calibration in (BY_HAND, Calibration.load(shipped_reader_folder())):
        found = calibration.probabilities(evidence, share)
        assert found.right + found.wrong + found.absent == pytest.approx(1.0)
        assert min(found.right, found.wrong, found.absent) >= 0.0


def test_the_more_questions_without_an_answer_are_expected_the_surer_is_a_refusal() -> None:
    found = [BY_HAND.probabilities(WEAK, share) for share in (0.05, 0.25, 0.5, 0.9)]
    assert [each.absent for each in found] == sorted(each.absent for each in found)
    assert [each.right for each in found] == sorted((each.right for each in found), reverse=True)
    assert BY_HAND.probabilities(WEAK) == BY_HAND.probabilities(WEAK, BY_HAND.unanswerable)


def test_a_prior_changes_the_odds_by_its_own_odds_and_nothing_else() -> None:
    """Saerens et al. 2002, eq. 2.4."""
    before, after = BY_HAND.probabilities(STRONG), BY_HAND.probabilities(STRONG, 0.5)
    assert after.right / after.wrong == pytest.approx(before.right / before.wrong)
    assert after.absent / after.right == pytest.approx(before.absent / before.right * 3)


def test_an_answer_is_firm_tentative_or_refused() -> None:
    assert BY_HAND.certainty(0.6) is Certainty.FIRM
    assert BY_HAND.certainty(0.59) is BY_HAND.certainty(0.2) is Certainty.TENTATIVE
    assert BY_HAND.certainty(0.19) is None


def test_a_least_confidence_refuses_what_is_below_it_and_makes_nothing_firm() -> None:
    assert BY_HAND.certainty(0.59, min_confidence=0.6) is None
    assert BY_HAND.certainty(0.7, min_confidence=0.6) is Certainty.FIRM
    assert BY_HAND.certainty(0.1, min_confidence=0.05) is Certainty.TENTATIVE


def test_the_shipped_calibration_knows_strong_from_weak() -> None:
    shipped = Calibration.load(shipped_reader_folder())
    assert 0 < shipped.tentative < shipped.firm < 1
    assert shipped.certainty(shipped.probabilities(STRONG).right) is Certainty.FIRM
    assert shipped.certainty(shipped.probabilities(WEAK).right) is None
    assert shipped.probabilities(WEAK).absent > 3 * shipped.probabilities(STRONG).absent
    assert shipped.probabilities(WEAK).right < 0.1 < 0.6 < shipped.probabilities(STRONG).right


def test_a_calibration_survives_its_file(tmp_path: Path) -> None:
    BY_HAND.save(tmp_path)
    assert Calibration.load(tmp_path) == BY_HAND


@pytest.mark.parametrize("broken", ["{}", "[]", "", '{"right": {}}', json.dumps({"right": {"intercept": 1}})])
def test_a_broken_file_is_said_to_be_so(broken: str, tmp_path: Path) -> None:
    (tmp_path / "calibration.json").write_text(broken)
    with pytest.raises(ModelUnusable, match=r"calibration\.json"):
        Calibration.load(tmp_path)
