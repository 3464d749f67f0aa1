"""The three pictures of a run, as PNG files: reliability, risk against coverage, latency. Needs the extra `qa[eval]`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from qa.evaluation.calibration import calibration_error, equal_mass, equal_width, reliability
from qa.evaluation.coverage import area_under, risk_coverage
from qa.evaluation.outcome import Outcome
from qa.evaluation.question_errors import FileUnusable, PlotsNotInstalled
from qa.evaluation.report import percentile

_SIZE = (5.0, 4.0)
_DOTS_PER_INCH = 150
_BLUE, _ORANGE, _GREY = "#0072B2", "#D55E00", "#777777"  # told apart by colour-blind readers (Okabe & Ito 2008)


def ready(folder: Path) -> None:
    """Make sure, before minutes of asking, that plots can be made. Raises PlotsNotInstalled and FileUnusable."""
    if find_spec("matplotlib") is None:
        raise PlotsNotInstalled
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileUnusable(folder, f"it cannot be made a folder ({error.strerror})") from error


def plot(outcomes: Sequence[Outcome], folder: Path) -> list[Path]:
    """Write reliability.png, risk_coverage.png and latency.png into `folder`; gives their paths."""
    drawn = {
        "reliability.png": _reliability(outcomes),
        "risk_coverage.png": _risk_coverage(outcomes),
        "latency.png": _latency(outcomes),
    }
    paths = []
    for name, figure in drawn.items():
        path = folder / name
        try:
            figure.savefig(path, dpi=_DOTS_PER_INCH, metadata={"Software": None})
        except OSError as error:
            raise FileUnusable(path, f"it cannot be written ({error.strerror})") from error
        paths.append(path)
    return paths


def _axes(title: str, x: str, y: str) -> tuple[Any, Any]:
    # Not pyplot: it would look for a display, and keep every figure.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    return figure, axes


def _reliability(outcomes: Sequence[Outcome]) -> Any:
    figure, axes = _axes("Reliability of the decisions", "confidence", "share right")
    confidences, right = [outcome.confidence for outcome in outcomes], [outcome.right for outcome in outcomes]
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--", linewidth=1)
    for name, binning, colour in (("equal width", equal_width, _BLUE), ("equal mass", equal_mass, _ORANGE)):
        bins = reliability(confidences, right, binning)
        error = calibration_error(confidences, right, binning) or 0.0
        axes.plot(
            [part.confidence for part in bins],
            [part.right for part in bins],
            color=colour,
            linewidth=1,
            label=f"{name}, ECE {error:.3f}",
        )
        sizes = [15 + 200 * part.count / max(len(outcomes), 1) for part in bins]
        axes.scatter([part.confidence for part in bins], [part.right for part in bins], s=sizes, color=colour)
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(frameon=False)
    return figure


def _risk_coverage(outcomes: Sequence[Outcome]) -> Any:
    figure, axes = _axes("Risk against coverage", "share of questions answered", "share of answers wrong")
    points = risk_coverage(
        [outcome.best_confidence for outcome in outcomes], [outcome.best_right for outcome in outcomes]
    )
    area = area_under(points)
    axes.plot(*zip(*points, strict=True), color=_BLUE, label=f"mean risk {area:.3f}" if area is not None else None)
    answered = [outcome for outcome in outcomes if outcome.answered]
    if answered:
        risk = sum(not outcome.right for outcome in answered) / len(answered)
        axes.scatter(len(answered) / len(outcomes), risk, color=_ORANGE, zorder=3, label="at the threshold")
    axes.set(xlim=(0, 1), ylim=(0, None))
    axes.legend(frameon=False)
    return figure


def _latency(outcomes: Sequence[Outcome]) -> Any:
    figure, axes = _axes("Time to an answer", "milliseconds", "share of questions answered by then")
    times = sorted(outcome.total_ms for outcome in outcomes)
    axes.step(times, [place / len(times) for place in range(1, len(times) + 1)], where="post", color=_BLUE)
    for percent, colour in ((50, _GREY), (95, _ORANGE)):
        value = percentile(times, percent)
        if value is not None:
            axes.axvline(value, color=colour, linestyle="--", linewidth=1, label=f"p{percent} {value:.0f} ms")
    axes.set(xlim=(0, None), ylim=(0, 1.02))
    axes.legend(frameon=False)
    return figure
