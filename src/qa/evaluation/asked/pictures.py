"""The pictures of a run: those of qa.evaluation.plots, of the new sets and of the seen ones apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qa.evaluation.asked.saved_runs import Run
from qa.evaluation.plots import plot, ready

__all__ = ["draw", "ready"]


def draw(run: Run, folder: Path) -> Iterator[Path]:
    """Draw reliability, risk and latency of the new sets' questions into `folder`, of the seen ones' into its folder "seen".

    Gives the pictures' paths. Raises FileUnusable and PlotsNotInstalled.
    """
    for seen, place in ((False, folder), (True, folder / "seen")):
        outcomes = [outcome for one in run.sets if one.seen is seen for outcome in one.outcomes]
        if outcomes:
            ready(place)
            yield from plot(outcomes, place)
