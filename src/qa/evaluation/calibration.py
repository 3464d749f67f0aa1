"""Whether a confidence means what it says: of the decisions made with 80 %, 80 % should be right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

BINS = 15

Binning = Callable[[Sequence[float], int], list[int]]


@dataclass(frozen=True, slots=True)
class Bin:
    """Of `count` rows: the mean confidence, and the share that was right."""

    count: int
    confidence: float
    right: float


def equal_width(confidences: Sequence[float], bins: int = BINS) -> list[int]:
    """The bin of each confidence when 0 to 1 is cut into `bins` equal parts; 1 itself lies in the last."""
    return [min(int(confidence * bins), bins - 1) for confidence in confidences]


def equal_mass(confidences: Sequence[float], bins: int = BINS) -> list[int]:
    """The bin of each confidence when the rows, sorted by confidence, are cut into `bins` equal parts.

    Equal confidences share the bin of the first of them, so that the order of the rows does not matter.
    """
    first: dict[float, int] = {}
    for place, confidence in enumerate(sorted(confidences)):
        first.setdefault(confidence, place)
    return [first[confidence] * bins // len(confidences) for confidence in confidences]


def reliability(confidences: Sequence[float], right: Sequence[bool], binning: Binning, bins: int = BINS) -> list[Bin]:
    """The bins that hold rows, in the order of their confidence."""
    members: dict[int, list[int]] = {}
    for row, place in enumerate(binning(confidences, bins)):
        members.setdefault(place, []).append(row)
    return [
        Bin(
            count=len(rows),
            confidence=sum(sorted(confidences[row] for row in rows)) / len(rows),
            right=sum(right[row] for row in rows) / len(rows),
        )
        for _, rows in sorted(members.items())
    ]


def calibration_error(
    confidences: Sequence[float], right: Sequence[bool], binning: Binning, bins: int = BINS
) -> float | None:
    """Expected calibration error: sum over bins of count / n * |right - confidence| (Guo et al. 2017, eq. 3)."""
    if not confidences:
        return None
    found = reliability(confidences, right, binning, bins)
    return sum(part.count * abs(part.right - part.confidence) for part in found) / len(confidences)


def brier(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """Mean of (confidence - right)^2 (Brier 1950): calibration and sharpness in one, and it can be paired by row."""
    if not confidences:
        return None
    return sum((confidence - hit) ** 2 for confidence, hit in zip(confidences, right, strict=True)) / len(confidences)
