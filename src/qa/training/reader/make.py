"""`make`: from the data files to the folders that could ship, by way of a larger reader that teaches the small one.

The steps of the models that ship (their cards), each kept once it is done: a run that was interrupted goes on. On one H200 the
teacher's take a quarter of an hour; on two cores the teacher alone would take days, and what comes after it two hours.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qa.evaluation.asked.protocol import LEFT_FOR_THE_DECISION, TRAINED_ON
from qa.inference.encoder import shipped_encoder_folder
from qa.pipeline.models import LoadedModels
from qa.training.data.mine import mine_file, mine_set
from qa.training.data.mined import MinedQuestion, read_mined, write_mined
from qa.training.data.prepare import prepare
from qa.training.data.reading_rows import RowsPerQuestion, reading_rows
from qa.training.data.recipe import TEACHER, Recipe
from qa.training.data.training_rows import read_prepared, spread, write_rows
from qa.training.decision.calibrate import calibrate
from qa.training.reader import labels, teacher
from qa.training.reader.export_reader import CALIBRATED_ON, export
from qa.training.reader.train import Schedule, Taught, train
from qa.training.reranker import train_reranker as reranker

RECIPES = {
    "broad": replace(Recipe().times(2), seed=41),
    "close": replace(TEACHER.times(2), seed=31),
    "learned": replace(Recipe().times(4), seed=52, superseded=0.5),
}
"""What the teacher is trained on first, and last, and what it labels for the small reader to learn from."""
BESIDE = {"squad20": 1800, "nq": 1600, "squad11_13": 900}
"""Questions of train/ that go with those of the question sets."""


def make(data: Path, start: Path, out: Path) -> dict[str, object]:
    """Everything into `out`: the folders `reader` and `reranker`; `start`: the small reader's first weights. The report.

    The decision is fitted on LEFT_FOR_THE_DECISION with models that have not seen these sets; what ships has seen them, too.
    """
    taught = _taught_reader(data, start, out)
    others = [name for name in TRAINED_ON if name not in LEFT_FOR_THE_DECISION]
    unseen = _Asked(data, out, "unseen", others).models(taught)
    report = calibrate(data, LEFT_FOR_THE_DECISION, unseen.reader, unseen.reranker, out / "unseen" / "judged.jsonl")
    ships = _Asked(data, out, "ships", TRAINED_ON).models(taught)
    shutil.copyfile(unseen.reader / "calibration.json", ships.reader / "calibration.json")
    for folder in (ships.reader, ships.reranker):
        shutil.copytree(folder, out / folder.name, dirs_exist_ok=True)
    return report


@dataclass(frozen=True, slots=True)
class _Folders:
    reader: Path
    reranker: Path


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the models learn from questions asked over the documents of `sets`, in the folder `name` of `out`."""

    data: Path
    out: Path
    name: str
    sets: Sequence[str]

    def models(self, taught: Path) -> _Folders:
        """The reranker first, since the reader learns from the passages that it puts first; `taught`: a reader's weights."""
        folder = self.out / self.name
        run = Schedule(folder, folder / "reranker-run", batch=8, rate=1.5e-4, average=0.99)
        questions = self._mined(None)
        weights = reranker.train(run, questions, reranker.ListSampling(), reranker.RERANKER.started(taught))
        shown = reranker.draw(questions[:CALIBRATED_ON], reranker.ListSampling(), seed=1)
        reranker.RERANKER.export(weights, folder / "reranker", reranker.of_first(shown))
        rows = reading_rows(self._mined(folder / "reranker"), RowsPerQuestion(), seed=5)
        write_rows(folder / "rows.jsonl.gz", rows)
        reading = Schedule(folder / "rows.jsonl.gz", folder / "reader-run", taught, passes=2, rate=8e-5, average=0.99)
        export(train(reading), folder / "reader", spread(rows, CALIBRATED_ON))
        return _Folders(folder / "reader", folder / "reranker")

    def _mined(self, order: Path | None) -> list[MinedQuestion]:
        """Their questions and some of train/, with passages in the order of the fusion, or of the reranker in `order`."""
        folder = self.out / "mined" if order is None else self.out / self.name / "mined"
        models = LoadedModels(shipped_encoder_folder(), reranker=order)
        work, reranked = self.out / "mined" / "work", order is not None
        for name in (*self.sets, *BESIDE):
            if (folder / f"{name}.jsonl").exists():
                continue
            found = (
                mine_file(name, self.data, models, work, reranked=reranked)
                if name in BESIDE
                else mine_set(self.data / "asked" / name, models, work / "indexes", reranked=reranked)
            )
            write_mined(folder / f"{name}.jsonl", found)
        return [
            one
            for name in (*self.sets, *BESIDE)
            for one in list(read_mined(folder / f"{name}.jsonl"))[: BESIDE.get(name)]
        ]


def _taught_reader(data: Path, start: Path, out: Path) -> Path:
    """The weights of the small reader that has learned from a larger one."""
    rows = {name: _prepared(data, out, name, recipe) for name, recipe in RECIPES.items()}
    weights = _taught(rows, out)
    learned, labelled = read_prepared(rows["learned"]), out / "labels"
    labels.write(learned, teacher.labeller(weights, teacher.unpacked(out / "published")), labelled)
    taught = Taught(labelled, share=0.9)
    return train(
        Schedule(rows["learned"], out / "run", start, batch=128, passes=3, rate=3e-4, dropout=0.0, taught=taught)
    )


def _prepared(data: Path, out: Path, name: str, recipe: Recipe) -> Path:
    path = out / f"{name}.jsonl.gz"
    if not path.exists():
        prepare(data, path.with_name(f"part-{path.name}"), recipe)
        path.with_name(f"part-{path.name}").replace(path)
    return path


def _taught(rows: dict[str, Path], out: Path) -> Path:
    """The teacher's weights."""
    published = teacher.unpacked(out / "published")
    broad = Schedule(rows["broad"], out / "teacher-broad", batch=64, rate=5e-5, warm_up=0.06)
    first = out / "teacher-broad" / "weights.pt"
    if not first.exists():
        teacher.teach(broad, published)
    close = Schedule(rows["close"], out / "teacher-close", first, batch=64, rate=2e-5, warm_up=0.06)
    last = out / "teacher-close" / "weights.pt"
    return last if last.exists() else teacher.teach(close, published)
