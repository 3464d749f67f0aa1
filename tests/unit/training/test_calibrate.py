"""The decision, fitted on made evidence: it knows strong from weak, weighs sets alike, and its thresholds keep what they say."""

from __future__ import annotations

from random import Random

import pytest

pytest.importorskip("sklearn", reason="the extra qa[train] is not installed")

from qa.pipeline.confidence import Calibration
from qa.pipeline.ranking import ConfidenceFeatures
from qa.training.decision import calibrate
from qa.training.decision.judged import SQUAD, Judged


def judged(source: str, count: int, seed: int) -> list[Judged]:
    """Right ones have high margins, wrong ones low ones, and those without an answer lower ones."""
    rng = Random(seed)
    rows = []
    for _ in range(count):
        answerable = rng.random() < 0.6
        right = answerable and rng.random() < 0.7
        margin = rng.gauss(8 if right else 4 if answerable else 1, 6)
        evidence = ConfidenceFeatures(margin, rng.gauss(2 if right else 1, 2), rng.gauss(0.6, 0.1))
        rows.append(Judged(source, source, "", answerable, evidence, 1.0 if right else 0.0, right))
    return rows


ROWS = [row for seed, name in enumerate(("one", "two", "three", SQUAD)) for row in judged(name, 250, seed)]


@pytest.fixture(scope="module")
def fitted() -> Calibration:
    return calibrate.fit(ROWS)


def test_what_is_fitted_knows_strong_from_weak(fitted: Calibration) -> None:
    strong, weak = (fitted.probabilities(ConfidenceFeatures(margin, lead, 0.6)) for margin, lead in ((20, 5), (-15, 0)))
    assert strong.right > 0.8 > 0.1 > weak.right
    assert weak.absent > 0.5 > strong.absent


def test_probabilities_out_of_fold_mean_what_they_say() -> None:
    chances = calibrate.out_of_fold(ROWS)
    assert chances.sum(axis=1) == pytest.approx(1.0)
    counts, outcomes = calibrate.weights(ROWS), calibrate.outcomes(ROWS)
    for outcome in range(3):
        said = float((counts * chances[:, outcome]).sum() / counts.sum())
        assert said == pytest.approx(float(counts[outcomes == outcome].sum() / counts.sum()), abs=0.03)


def test_every_set_counts_alike_and_squad_a_fifth() -> None:
    rows = [*judged("small", 40, 5), *judged("large", 400, 6), *judged(SQUAD, 300, 7)]
    counts = calibrate.weights(rows)
    shares = {
        source: sum(count for count, row in zip(counts, rows, strict=True) if row.source == source) / counts.sum()
        for source in ("small", "large", SQUAD)
    }
    assert shares == pytest.approx({"small": 0.4, "large": 0.4, SQUAD: 0.2})
    without = sum(count for count, row in zip(counts, rows, strict=True) if not row.answerable) / counts.sum()
    assert without == pytest.approx(calibrate.UNANSWERABLE)


def test_firm_answers_are_as_often_right_as_is_promised_and_tentative_ones_are_worth_giving(
    fitted: Calibration,
) -> None:
    counts, right = calibrate.weights(ROWS), calibrate.out_of_fold(ROWS)[:, 0]
    assert 0 < fitted.tentative < fitted.firm < 1
    curve = {row["threshold"]: row for row in calibrate.curve(ROWS, right)}
    best = max(row["worth"] for row in curve.values())
    near = min(curve, key=lambda at: abs(at - fitted.tentative))
    assert curve[near]["worth"] == pytest.approx(best, abs=0.05)
    firm = [(count, row.right) for count, row, chance in zip(counts, ROWS, right, strict=True) if chance >= fitted.firm]
    assert sum(count for count, is_right in firm if is_right) >= calibrate.FIRM_PRECISION * sum(
        count for count, _ in firm
    )
