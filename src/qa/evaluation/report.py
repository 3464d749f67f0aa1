"""Outcomes -> the report: what `--json` prints and what the table and the plots are made of. Counts, shares of 0 to 1,
milliseconds; the official scores are in percent, as their script gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from qa.evaluation.calibration import brier, calibration_error, equal_mass, equal_width, reliability
from qa.evaluation.coverage import area_under, coverage_at_risk, risk_coverage
from qa.evaluation.official import official
from qa.evaluation.outcome import Outcome
from qa.evaluation.ranks import CUTOFFS, mean_reciprocal_rank, recall_at
from qa.text.question_kinds import KINDS

_RISKS = (0.05, 0.1, 0.2)


def report(outcomes: Sequence[Outcome], *, retrieved: bool) -> dict[str, Any]:
    """All figures over all rows, the same by kind of question, and the bins of the reliability diagrams.

    Without `retrieved` (the passage was given) there is no recall.
    """
    kinds = {kind: [outcome for outcome in outcomes if outcome.kind == kind] for kind in KINDS}
    confidences, right = [outcome.confidence for outcome in outcomes], [outcome.right for outcome in outcomes]
    return {
        **figures(outcomes, retrieved=retrieved),
        "kinds": {kind: figures(group, retrieved=retrieved) for kind, group in kinds.items() if group},
        "reliability": {
            "equal_width": [asdict(part) for part in reliability(confidences, right, equal_width)],
            "equal_mass": [asdict(part) for part in reliability(confidences, right, equal_mass)],
        },
    }


def figures(outcomes: Sequence[Outcome], *, retrieved: bool) -> dict[str, Any]:
    """Every figure of one group of rows; None where it is not defined (no rows of that sort)."""
    return {
        "questions": len(outcomes),
        "official": official(outcomes),
        "retrieval": _retrieval(outcomes) if retrieved else None,
        "calibration": _calibration(outcomes),
        "refused": _refused(outcomes),
        "risk": _risk(outcomes),
        "latency_ms": {
            "p50": percentile([outcome.total_ms for outcome in outcomes], 50),
            "p95": percentile([outcome.total_ms for outcome in outcomes], 95),
        },
    }


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The percentile, interpolated linearly between the two nearest values; None without values."""
    import numpy as np

    return float(np.percentile(values, percent)) if values else None


def _retrieval(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    ranks = [outcome.rank for outcome in outcomes if outcome.answerable]
    return {
        "questions": len(ranks),
        **{f"recall@{cutoff}": recall_at(ranks, cutoff) for cutoff in CUTOFFS},
        "mrr": mean_reciprocal_rank(ranks),
    }


def _calibration(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """Of the decisions, and of the best spans whether given or not (which no threshold changes)."""
    decided = [outcome.confidence for outcome in outcomes]
    right = [outcome.right for outcome in outcomes]
    strict = [outcome.strictly_right for outcome in outcomes]
    spans = [outcome.best_confidence for outcome in outcomes]
    span_right = [outcome.best_right for outcome in outcomes]
    return {
        "ece_equal_width": calibration_error(decided, right, equal_width),
        "ece_equal_mass": calibration_error(decided, right, equal_mass),
        "strict_ece_equal_width": calibration_error(decided, strict, equal_width),
        "strict_ece_equal_mass": calibration_error(decided, strict, equal_mass),
        "span_ece_equal_width": calibration_error(spans, span_right, equal_width),
        "span_ece_equal_mass": calibration_error(spans, span_right, equal_mass),
        "brier": brier(decided, right),
    }


def _refused(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    return {
        "share": _share([not outcome.answered for outcome in outcomes]),
        "of_answerable": _share([not outcome.answered for outcome in outcomes if outcome.answerable]),
        "of_unanswerable": _share([not outcome.answered for outcome in outcomes if not outcome.answerable]),
    }


def _risk(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """At the threshold as it is (`coverage`, `risk`), and over all thresholds."""
    points = risk_coverage(
        [outcome.best_confidence for outcome in outcomes], [outcome.best_right for outcome in outcomes]
    )
    return {
        "coverage": _share([outcome.answered for outcome in outcomes]),
        "risk": _share([not outcome.right for outcome in outcomes if outcome.answered]),
        "aurc": area_under(points),
        **{f"coverage_at_risk_{risk}": coverage_at_risk(points, risk) for risk in _RISKS},
    }


def _share(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None
