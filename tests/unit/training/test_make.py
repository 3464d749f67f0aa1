"""`make`: from data files to models that can be opened, by way of a teacher; done steps are kept."""

from __future__ import annotations

import gzip
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra qa[train] is not installed")
pytest.importorskip("onnx", reason="the extra qa[train] is not installed")

from qa.pipeline.reader import Reader, shipped_reader_folder
from qa.pipeline.reranker import Reranker
from qa.training.data.phrasing import Phrasing
from qa.training.data.recipe import Recipe, SourceShare
from qa.training.data.training_rows import TrainingRow, read_prepared
from qa.training.reader import make as making
from qa.training.reader.evaluate_reader import ReaderInput

SMALL = Recipe((SourceShare("squad20_train_500para", "squad20", 4, 8),), phrasing=Phrasing(reworded=0.0))


@pytest.fixture
def data(tmp_path: Path, rows: list[TrainingRow]) -> Path:
    folder = tmp_path / "data"
    (folder / "train").mkdir(parents=True)
    (folder / "article.txt").write_text("Nothing of the kind.", "utf-8")
    with gzip.open(folder / "train" / "squad20_train_500para.jsonl.gz", "wt", encoding="utf-8") as out:
        for row in rows:
            answers = [{"text": row.answer, "start": row.start}]
            given = {"id": row.id, "title": row.title, "context": row.context, "question": row.question}
            out.write(json.dumps(given | {"answers": answers}) + "\n")
    return folder


def question_set(folder: Path, rows: list[TrainingRow]) -> None:
    (folder / "docs").mkdir(parents=True)
    for row in rows:
        (folder / "docs" / f"{row.id}.txt").write_text(row.context, "utf-8")
    questions = [
        {"id": row.id, "question": row.question, "answers": [row.answer], "doc": f"{row.id}.txt"} for row in rows
    ]
    (folder / "questions.jsonl").write_text("\n".join(json.dumps(one) for one in questions), "utf-8")


@pytest.mark.slow
def test_data_goes_in_and_models_come_out(
    data: Path, published: Path, rows: list[TrainingRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, calibrated = tmp_path / "out", []

    def calibrate(data: Path, sets: list[str], reader: Path, reranker: Path, judged: Path) -> dict[str, object]:
        calibrated.append((sets, reader, reranker))
        shutil.copyfile(shipped_reader_folder() / "calibration.json", reader / "calibration.json")
        return {"worth": 1.0}

    for name in ("seen", "held"):
        question_set(data / "asked" / name, rows)
    monkeypatch.setattr(making, "RECIPES", {name: replace(SMALL, seed=n) for n, name in enumerate(making.RECIPES)})
    monkeypatch.setattr(making, "TRAINED_ON", ("seen", "held"))
    monkeypatch.setattr(making, "LEFT_FOR_THE_DECISION", ("held",))
    monkeypatch.setattr(making, "BESIDE", {})
    monkeypatch.setattr(making, "calibrate", calibrate)
    shutil.copytree(published, out / "published")
    start = shipped_reader_folder() / "model.int8.onnx"

    assert making.make(data, start, out) == {"worth": 1.0}

    assert calibrated == [(("held",), out / "unseen" / "reader", out / "unseen" / "reranker")]
    assert {row.source for row in read_prepared(out / "unseen" / "rows.jsonl.gz")} == {"seen"}
    assert {row.source for row in read_prepared(out / "ships" / "rows.jsonl.gz")} == {"seen", "held"}
    assert (out / "reader" / "calibration.json").is_file()
    reading = Reader(out / "reader").read(rows[0].question, [ReaderInput(rows[0].context)])[0]
    best = reading.spans[0]
    assert rows[0].context[best.start : best.end] == rows[0].answer
    assert len(Reranker(out / "reranker").scores(rows[0].question, [row.context for row in rows])) == len(rows)
    done = {
        path: path.stat().st_mtime_ns
        for path in out.rglob("*")
        if path.suffix in (".npz", ".jsonl") or "teacher" in str(path) or (path.parent == out and path.suffix == ".gz")
    }
    making.make(data, start, out)
    assert done == {path: path.stat().st_mtime_ns for path in done}
