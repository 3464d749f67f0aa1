"""`qa eval FOLDER`: a question set of one's own, asked as the project's own sets are (qa.evaluation.asked)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from qa.cli import console

if TYPE_CHECKING:
    from qa.evaluation.asked.saved_runs import Run
    from qa.index_place import IndexPlace
    from qa.settings import Settings


def evaluate_set(
    folder: Path,
    settings: Settings,
    *,
    index: IndexPlace | None,
    limit: int | None,
    save: Path | None,
    plot: Path | None,
    as_json: bool,
) -> int:
    """The index is kept at `index`, where that is given. Raises FileUnusable for a folder that is no question set."""
    from qa.evaluation.asked import saved_runs as saved
    from qa.evaluation.asked.set_running import Benchmark
    from qa.evaluation.asked.set_table import table_of
    from qa.evaluation.plots import ready

    benchmark = Benchmark.of([folder], settings, limit=limit, index_of=lambda name: index)
    if save is not None:
        saved.ready(save, benchmark.sets)
    if plot is not None:
        ready(plot)
    run = saved.Run(benchmark.header(), tuple(benchmark.run(console.progress_bar)))
    if save is not None:
        saved.save(run, save)
    if as_json:
        console.data_json(run.report())
    else:
        console.data(table_of(run.report()))
    for picture in _drawn(run, plot) if plot is not None else ():
        console.message(f"drawn: {picture}")
    return 0


def _drawn(run: Run, folder: Path) -> Iterator[Path]:
    """The pictures of the new sets' questions in `folder`, of the seen ones' in its folder "seen"."""
    from qa.evaluation.plots import plot, ready

    for seen, place in ((False, folder), (True, folder / "seen")):
        outcomes = [outcome for one in run.sets if one.seen is seen for outcome in one.outcomes]
        if outcomes:
            ready(place)
            yield from plot(outcomes, place)


def compare_runs(first: Path, second: Path, *, as_json: bool) -> int:
    """Two runs that `--save` wrote of question sets. Raises FileUnusable and NothingToCompare."""
    from qa.evaluation.asked.paired_comparison import compare
    from qa.evaluation.asked.saved_runs import load
    from qa.evaluation.asked.set_table import table_of_comparison

    one, other = load(first), load(second)
    found = compare(first, one, second, other)
    if as_json:
        console.data_json({"a": one.header, "b": other.header, **asdict(found)})
    else:
        console.data(table_of_comparison(str(first), str(second), found))
    return 0
