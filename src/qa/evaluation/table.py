"""Reports and comparisons as plain aligned text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qa.evaluation.compare import Difference
from qa.evaluation.run_questions import Way
from qa.text.escaping import escape_line

_GAP = "  "
_NOTHING = "–"
_RECALLS = ("recall@1", "recall@3", "recall@5", "recall@10", "mrr")
_PERCENT_MEASURES = ("EM", "F1", "%")


def table_of(run: dict[str, Any], report: dict[str, Any]) -> str:
    """`run` is the header of a saved file (qa.evaluation.saved), `report` what qa.evaluation.report makes."""
    parts = [_title(run), _answers(report), _retrieval(report["retrieval"]), _quality(report), _kinds(report["kinds"])]
    return "\n\n".join(part for part in parts if part)


def table_of_differences(first: str, second: str, found: Sequence[Difference], alone: tuple[int, int]) -> str:
    """`first` and `second` are the files' names; `alone` counts the rows that only one of them has."""
    lines = aligned(
        [["", "rows", "A", "B", "B - A", "95 % interval", ""]]
        + [
            [
                each.name,
                f"{each.rows:,}",
                *(_figure(each.name, value) for value in (each.first, each.second)),
                _figure(each.name, each.difference, sign="+"),
                f"{_figure(each.name, each.low, sign='+')} to {_figure(each.name, each.high, sign='+')}",
                "*" if each.certain else "",
            ]
            for each in found
        ]
    )
    notes = ["* the interval (paired bootstrap over the rows) does not hold 0"]
    if any(alone):
        notes.append(f"not compared, since only one file has them: {alone[0]:,} in A, {alone[1]:,} in B")
    return "\n".join([f"A  {escape_line(first)}", f"B  {escape_line(second)}", "", lines, "", *notes])


def aligned(cells: Sequence[Sequence[str]]) -> str:
    """Columns of equal width: the first to the left, the others to the right; no spaces at the ends of lines."""
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    return "\n".join(
        _GAP.join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def _title(run: dict[str, Any]) -> str:
    asked, held = run["questions"], run["questions_in_file"]
    count = f"{asked:,} questions" if asked == held else f"{asked:,} of {held:,} questions"
    how = f"{run['way']} ({run['contexts']:,})" if run["way"] == Way.CONTEXTS else str(run["way"])
    if run["corpus"] is not None:
        how += f" {escape_line(run['corpus'])}"
    return f"{escape_line(run['file'])} · {count} · {how}"


def _answers(report: dict[str, Any]) -> str:
    scores = report["official"]
    rows = [["", "questions", "EM", "F1", "refused"]]
    for name, prefix, refused in (
        ("all", "", "share"),
        ("answerable", "HasAns_", "of_answerable"),
        ("no answer", "NoAns_", "of_unanswerable"),
    ):
        rows.append(
            [
                name,
                f"{scores[f'{prefix}total']:,}",
                _percent(scores[f"{prefix}exact"]),
                _percent(scores[f"{prefix}f1"]),
                _share(report["refused"][refused]),
            ]
        )
    rows.append(["best threshold", "", _percent(scores["best_exact"]), _percent(scores["best_f1"]), ""])
    minimum = (
        f"(--min-confidence {1 - scores['best_exact_thresh']:.3f} for EM, {1 - scores['best_f1_thresh']:.3f} for F1)"
    )
    return f"{aligned(rows)}{_GAP}{minimum}"


def _retrieval(found: dict[str, Any] | None) -> str:
    if found is None or not found["questions"]:
        return ""
    return aligned(
        [
            ["retrieval", "questions", "R@1", "R@3", "R@5", "R@10", "MRR"],
            ["right passage", f"{found['questions']:,}", *(_decimals(found[name]) for name in _RECALLS)],
        ]
    )


def _quality(report: dict[str, Any]) -> str:
    errors, risk, latency = report["calibration"], report["risk"], report["latency_ms"]
    calibration = aligned(
        [
            ["calibration error", "equal width", "equal mass"],
            ["decisions, right from F1 0.5", *_pair(errors, "")],
            ["decisions, right if exact", *_pair(errors, "strict_")],
            ["best spans, given or not", *_pair(errors, "span_")],
        ]
    )
    return "\n".join(
        [
            calibration,
            "",
            f"answered   {_share(risk['coverage'])} of the questions, {_share(risk['risk'])} of these answers wrong;"
            f" mean risk over all thresholds {_decimals(risk['aurc'])}",
            f"latency    p50 {_milliseconds(latency['p50'])} ms, p95 {_milliseconds(latency['p95'])} ms",
        ]
    )


def _kinds(kinds: dict[str, Any]) -> str:
    retrieved = any(found["retrieval"] for found in kinds.values())
    head = ["by kind", "questions", "EM", "F1", "ans. EM", "ans. F1", "no-ans. F1", "refused"]
    rows = [[*head, *(["R@5", "MRR"] if retrieved else []), "ECE", "p50 ms", "p95 ms"]]
    for kind, found in kinds.items():
        scores = found["official"]
        recalls = [_decimals(found["retrieval"][name]) for name in ("recall@5", "mrr")] if retrieved else []
        rows.append(
            [
                kind,
                f"{found['questions']:,}",
                *(_percent(scores[name]) for name in ("exact", "f1", "HasAns_exact", "HasAns_f1", "NoAns_f1")),
                _share(found["refused"]["share"]),
                *recalls,
                _decimals(found["calibration"]["ece_equal_width"]),
                *(_milliseconds(found["latency_ms"][name]) for name in ("p50", "p95")),
            ]
        )
    return aligned(rows)


def _pair(errors: dict[str, float | None], prefix: str) -> tuple[str, str]:
    return _decimals(errors[f"{prefix}ece_equal_width"]), _decimals(errors[f"{prefix}ece_equal_mass"])


def _figure(name: str, value: float, sign: str = "") -> str:
    digits = 1 if name.endswith((*_PERCENT_MEASURES, "ms")) else 3
    return f"{value:{sign}.{digits}f}"


def _percent(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.1f}"


def _share(value: float | None) -> str:
    return _NOTHING if value is None else f"{100 * value:.1f} %"


def _decimals(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.3f}"


def _milliseconds(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.0f}"
