"""`make`: from data files to a reader that can be opened, by way of a teacher; done steps are kept."""

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
from qa.training import make as making
from qa.training.evaluate import Shown
from qa.training.phrasing import Phrasing
from qa.training.recipe import Recipe, Share
from qa.training.rows import Row

SMALL = Recipe((Share("squad20_train_500para", "squad20", 4, 8),), phrasing=Phrasing(reworded=0.0))


@pytest.fixture
def data(tmp_path: Path, rows: list[Row]) -> Path:
    folder = tmp_path / "data"
    (folder / "train").mkdir(parents=True)
    (folder / "article.txt").write_text("Nothing of the kind.", "utf-8")
    with gzip.open(folder / "train" / "squad20_train_500para.jsonl.gz", "wt", encoding="utf-8") as out:
        for row in rows:
            answers = [{"text": row.answer, "start": row.start}]
            given = {"id": row.id, "title": row.title, "context": row.context, "question": row.question}
            out.write(json.dumps(given | {"answers": answers}) + "\n")
    return folder


def test_data_goes_in_and_a_calibrated_reader_comes_out(
    data: Path, published: Path, rows: list[Row], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, calibrated = tmp_path / "out", []
    monkeypatch.setattr(making, "RECIPES", {name: replace(SMALL, seed=n) for n, name in enumerate(making.RECIPES)})
    monkeypatch.setattr(making, "calibrate", lambda file, folder: calibrated.append((file, folder)) or {"f1": 1.0})
    shutil.copytree(published, out / "published")
    start = shipped_reader_folder() / "model.int8.onnx"

    assert making.make(data, start, out) == {"f1": 1.0}

    assert calibrated == [(data / "eval" / "squad2_open.jsonl.gz", out / "reader")]
    shutil.copyfile(shipped_reader_folder() / "calibration.json", out / "reader" / "calibration.json")
    reading = Reader(out / "reader").read(rows[0].question, [Shown(rows[0].context)])[0]
    best = reading.spans[0]
    assert rows[0].context[best.start : best.end] == rows[0].answer
    done = {
        path: path.stat().st_mtime_ns
        for path in out.rglob("*")
        if path.suffix in (".gz", ".npz") or "teacher" in str(path)
    }
    making.make(data, start, out)
    assert done == {path: path.stat().st_mtime_ns for path in done}
