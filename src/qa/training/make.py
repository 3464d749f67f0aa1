"""`make`: from the data files to the folder that could ship, by way of a larger reader that teaches the small one.

The steps of the reader that ships (its model card), each kept once it is done: a run that was interrupted goes on. On one H200
they take a quarter of an hour; on two cores the teacher alone would take days.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from qa.training import labels, teacher
from qa.training.calibrate import calibrate
from qa.training.export import CALIBRATED_ON, export
from qa.training.prepare import prepare
from qa.training.recipe import TEACHER, Recipe
from qa.training.rows import read_prepared, spread
from qa.training.train import Schedule, Taught, train

RECIPES = {
    "broad": replace(Recipe().times(2), seed=41),
    "close": replace(TEACHER.times(2), seed=31),
    "learned": replace(Recipe().times(4), seed=52, superseded=0.5),
}
"""What the teacher is trained on first, and last, and what it labels for the small reader to learn from."""


def make(data: Path, start: Path, out: Path) -> dict[str, float]:
    """Everything into `out`, the reader into its folder `reader`; `start`: the small reader's first weights. The report."""
    rows = {name: _prepared(data, out, name, recipe) for name, recipe in RECIPES.items()}
    weights = _taught(rows, out)
    learned, labelled = read_prepared(rows["learned"]), out / "labels"
    labels.write(learned, teacher.labeller(weights, teacher.unpacked(out / "published")), labelled)
    learning = Schedule(
        rows["learned"],
        out / "run",
        start,
        batch=128,
        passes=3,
        rate=3e-4,
        dropout=0.0,
        taught=Taught(labelled, share=0.9),
    )
    export(train(learning), out / "reader", spread(learned, CALIBRATED_ON))
    return calibrate(data / "eval" / "squad2_open.jsonl.gz", out / "reader")


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
