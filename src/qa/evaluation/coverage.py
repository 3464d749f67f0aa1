"""Risk against coverage: how often the given answers are wrong when only the surest share of questions is answered."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby


def risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float]]:
    """Points (coverage, risk), one per number of rows answered from 1 to n, the surest first (El-Yaniv & Wiener 2010).

    coverage = answered / n, risk = wrong / answered. Rows of one confidence are answered together or not at all, so
    between them the wrong ones are spread evenly: the order of the rows does not matter.
    """
    rows = sorted(zip(confidences, right, strict=True), key=lambda row: -row[0])
    points: list[tuple[float, float]] = []
    answered, wrong = 0, 0.0
    for _, group in groupby(rows, key=lambda row: row[0]):
        hits = [hit for _, hit in group]
        wrong_here = len(hits) - sum(hits)
        points.extend(
            ((answered + place) / len(rows), (wrong + wrong_here * place / len(hits)) / (answered + place))
            for place in range(1, len(hits) + 1)
        )
        answered, wrong = answered + len(hits), wrong + wrong_here
    return points


def area_under(points: Sequence[tuple[float, float]]) -> float | None:
    """Mean risk over all coverages (AURC, Geifman et al. 2019): 0 is perfect; None without points."""
    return sum(risk for _, risk in points) / len(points) if points else None


def coverage_at_risk(points: Sequence[tuple[float, float]], risk: float) -> float:
    """The largest coverage whose risk is at most `risk`; 0 when there is none."""
    return max((coverage for coverage, here in points if here <= risk), default=0.0)
