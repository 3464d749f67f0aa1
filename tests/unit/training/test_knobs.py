"""`knobs`: every way of training runs and is scored; what is added to a network says nothing at first."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra qa[train] is not installed")
pytest.importorskip("sklearn", reason="the extra qa[train] is not installed")

from qa.pipeline.reader import shipped_reader_folder
from qa.training.knobs import KNOBS, Turned, begun, scores, turn
from qa.training.rows import Row, write_rows
from qa.training.train import Schedule

START = shipped_reader_folder() / "model.int8.onnx"


@pytest.fixture
def asked(rows: list[Row]) -> list[Row]:
    """Each of the rows, and its question of the next one's text, which does not answer it."""
    others = [*rows[2:], *rows[:2]]
    wrong = [
        Row(f"{row.id}-", row.source, row.title, other.context, row.question, -1, -1)
        for row, other in zip(rows, others, strict=True)
    ]
    return [*rows, *wrong]


def same(one: Turned, other: Turned) -> bool:
    """But for the rounding of products that several threads add up."""
    numbers = pytest.approx({**other.measures.as_dict(), "auc": other.auc}, abs=1e-3)
    return one.name == other.name and numbers == {**one.measures.as_dict(), "auc": one.auc}


def test_what_is_added_says_nothing_at_first(asked: list[Row], tmp_path: Path) -> None:
    schedule = Schedule(tmp_path, tmp_path, START)
    plain = scores("", begun(schedule, KNOBS["as it is"]), asked)
    assert plain.measures.forced_f1 == 100.0
    given = scores("", begun(schedule, KNOBS["end given the start"]), asked)
    assert same(given, plain)


@pytest.mark.slow
def test_every_knob_is_turned_once(asked: list[Row], tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl.gz", asked)
    (tmp_path / "eval").mkdir()
    with gzip.open(tmp_path / "eval" / "squad2_open.jsonl.gz", "wt", encoding="utf-8") as file:
        for row in asked:
            answers = [{"text": row.answer, "start": row.start}] if row.answerable else []
            given = {"id": row.id, "title": row.title, "context": row.context, "question": row.question}
            file.write(json.dumps(given | {"answers": answers}) + "\n")

    def turned() -> list[Turned]:
        return list(turn(tmp_path, tmp_path / "rows.jsonl.gz", START, tmp_path / "out", take=8, limit=None))

    found = turned()
    assert [one.name for one in found] == ["before", *KNOBS]
    assert all(one.measures.questions == 8 and 0.0 <= one.auc <= 1.0 for one in found)
    weights = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("weights.pt")}
    assert len(weights) == len(KNOBS)
    assert all(same(one, other) for one, other in zip(turned(), found, strict=True))
    assert weights == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("weights.pt")}
