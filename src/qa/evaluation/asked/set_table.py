"""Reports and comparisons of question sets as plain aligned text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from qa.evaluation.asked.paired_comparison import Comparison
from qa.evaluation.compare import Difference
from qa.evaluation.table import aligned, table_of_differences
from qa.text.escaping import escape_line

Figures = Mapping[str, Any]
"""What qa.evaluation.asked.set_report.figures makes."""
Cell = Callable[[Figures, str], str]
"""Of the "value" of a figure, or of the "low" or "high" end of its interval."""

_NOTHING = "–"
_PROBLEMS_SHOWN = 10
_NEW = "NEW: nothing in the models has seen these sets."
_SEEN = (
    "SEEN: weights, constants or thresholds have seen these sets. This is no measure of answers about other documents."
)
_LEGEND = """\
In percent, except for milliseconds. R@k: a passage of the right document that holds an answer is among the first k.
A span is right with a token F1 of 1/2, a list or an extract if it holds an answer word for word; F1 takes both as spans.
forced: of the best candidate, given or not. A: the questions that the documents answer, N: the others. denied: refused,
though the best candidate was right. score: 1 for a right answer, less 1/2 for a wrong one, 1/4 if it was tentative.
ECE: calibration error, of the probability that the best candidate is right, and of all decisions. sure: refusals that
claim 80 % or more."""
_MAIN = ("recall@8", "forced F1", "F1", "firm precision", "unanswerable refused", "score")


def table_of(run: Mapping[str, Any]) -> str:
    """`run` as qa.evaluation.asked.saved_runs.Run.report gives it."""
    parts = [_title(run)]
    for name, heading in (("new", _NEW), ("seen", _SEEN)):
        if run[name] is None:
            continue
        if run["seen"] is not None:
            parts.append(heading)
        parts += [_table(run[name], title, columns) for title, columns in _TABLES.items()]
    return "\n\n".join([*parts, _LEGEND, *_problems(run["problems"])])


def table_of_comparison(first: str, second: str, found: Comparison) -> str:
    """`first` and `second` say what is compared."""
    parts = []
    for heading, several in ((_NEW, found.new), (_SEEN, found.seen)):
        if several:
            parts.append(heading)
            parts.append(table_of_differences(first, second, [_in_percent(one) for one in several], found.only))
    if len(found.sets) > 1:
        rows = [["B - A by set", *_MAIN]]
        rows += [[escape_line(name), *_main_changes(several)] for name, several in found.sets.items()]
        parts.append(aligned(rows))
    return "\n\n".join(parts)


def _title(run: Mapping[str, Any]) -> str:
    header = run["run"]
    sets = [(name, figures) for part in ("new", "seen") if run[part] for name, figures in run[part]["sets"].items()]
    named = sets[0][0] if len(sets) == 1 else f"{len(sets)} sets"
    count = sum(figures["questions"] for _, figures in sets)
    every = f" (one of {header['every']})" if header["every"] > 1 else ""
    hashes = [f"{name} {str(header['models'][f'{name}_sha256'])[:8]}" for name in ("reranker", "reader", "calibration")]
    return escape_line(f"{named} · {count:,} questions{every} · {', '.join(hashes)} · {header['date']}")


def _table(block: Mapping[str, Any], title: str, columns: Mapping[str, Cell]) -> str:
    """A row for each set, their mean with the ends of its 95 % interval, and a row for each kind of question."""

    def row(name: str, figures: Figures, what: str = "value") -> list[str]:
        return [escape_line(name), *(cell(figures, what) for cell in columns.values())]

    rows = [[title, *columns]]
    rows += [row(name, figures) for name, figures in block["sets"].items()]
    if len(block["sets"]) > 1:
        rows.append(row(f"mean of {len(block['sets'])} sets", block["mean"]))
    rows += [[f"  {label}", *row("", block["mean"], end)[1:]] for label, end in (("95 % from", "low"), ("to", "high"))]
    if len(block["kinds"]) > 1:
        rows += [row(f"· {kind}", figures) for kind, figures in block["kinds"].items()]
    return aligned(rows)


def _measure(name: str) -> Cell:
    return lambda figures, what: _percent(figures["measures"][name][what])


def _only_value(text: Callable[[Figures], str]) -> Cell:
    """The value of a figure without an interval."""
    return lambda figures, what: text(figures) if what == "value" else ""


def _percent(value: float | None) -> str:
    return _NOTHING if value is None else f"{100 * value:.1f}"


def _milliseconds(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.0f}"


_TABLES: Mapping[str, Mapping[str, Cell]] = {
    "found and read": {
        "questions": _only_value(lambda figures: f"{figures['questions']:,}"),
        "A": _only_value(lambda figures: f"{figures['answerable']:,}"),
        "R@1": _measure("recall@1"),
        "R@3": _measure("recall@3"),
        "R@8": _measure("recall@8"),
        "R@50": _measure("recall@50"),
        "forced F1": _measure("forced F1"),
        "forced EM": _measure("forced EM"),
        "F1": _measure("F1"),
    },
    "given or refused": {
        "score": _measure("score"),
        "firm right": _measure("firm precision"),
        "tentative right": _measure("tentative precision"),
        "A firm": _measure("answerable firm"),
        "A tentative": _measure("answerable tentative"),
        "A refused": _measure("answerable refused"),
        "denied": _measure("found but refused"),
        "N firm": _measure("unanswerable firm"),
        "N tentative": _measure("unanswerable tentative"),
        "N refused": _measure("unanswerable refused"),
    },
    "to be relied on": {
        "ECE best": _only_value(lambda figures: _percent(figures["calibration"]["best"])),
        "ECE decisions": _only_value(lambda figures: _percent(figures["calibration"]["decisions"])),
        "sure": _only_value(lambda figures: f"{figures['measures']['sure refusals wrong']['questions']:,}"),
        "sure wrong": _measure("sure refusals wrong"),
        "p50 ms": _only_value(lambda figures: _milliseconds(figures["latency_ms"]["p50"])),
        "p95 ms": _only_value(lambda figures: _milliseconds(figures["latency_ms"]["p95"])),
    },
}


def _problems(problems: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, several in problems.items():
        more = len(several) - _PROBLEMS_SHOWN
        yield "\n".join(
            [
                f"{escape_line(name)}: {len(several):,} {'problem' if len(several) == 1 else 'problems'}",
                *(f"  {escape_line(one)}" for one in several[:_PROBLEMS_SHOWN]),
                *([f"  and {more:,} more, which the JSON names"] if more > 0 else []),
                "  All rows that can be asked count in the figures, these too.",
            ]
        )


def _in_percent(one: Difference) -> Difference:
    """All but milliseconds are shares."""
    if one.name.endswith("ms"):
        return one
    first, second, difference, low, high = (
        100 * value for value in (one.first, one.second, one.difference, one.low, one.high)
    )
    return replace(one, name=f"{one.name}, %", first=first, second=second, difference=difference, low=low, high=high)


def _main_changes(several: Sequence[Difference]) -> list[str]:
    by_name = {one.name: one for one in several}
    changes = (by_name.get(name) for name in _MAIN)
    return [_NOTHING if one is None else f"{100 * one.difference:+.1f}{'*' if one.certain else ' '}" for one in changes]
