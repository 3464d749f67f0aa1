"""`python -m qa.training`: prepare, train, export and evaluate, one by one, or `make` for all of it in one run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import click

from qa.errors import QaError

EXISTING = click.Path(exists=True, path_type=Path)
ANY = click.Path(path_type=Path)
DATA = Path("../shared/data")
START = Path("../shared/models/reader-start.int8.onnx")
CALIBRATED_ON = 120
"""Rows that show how activations vary."""
SCRATCH = Path("~/.cache/qa-training").expanduser()


@click.group(help="Make the reader that ships. Everything is written outside the repository.")
def main() -> None:
    pass


@main.command()
@click.option("--data", type=EXISTING, default=DATA, show_default=True, help="The folder that holds train/ and eval/.")
@click.option("--out", type=ANY, default=SCRATCH / "rows.jsonl.gz", show_default=True)
def prepare(data: Path, out: Path) -> None:
    """Mix the data files into training rows."""
    from qa.training.prepare import prepare as run
    from qa.training.recipe import Recipe

    click.echo(json.dumps(run(data, out, Recipe()), indent=1))


@main.command()
@click.option("--data", type=EXISTING, default=DATA, show_default=True, help="The folder that holds train/ and eval/.")
@click.option(
    "--out", type=ANY, default=SCRATCH / "teacher", show_default=True, help="Goes on from what is found here."
)
@click.option(
    "--init", type=EXISTING, help="The weights.pt of an earlier run, to go on from with rows in another order."
)
@click.option("--seed", default=31, show_default=True, help="Which rows, and in which order.")
@click.option("--rate", default=4e-5, show_default=True, help="The highest learning rate.")
@click.option("--limit", type=int, help="So many of the rows.")
@click.option("--threads", default=2, show_default=True)
def teach(data: Path, out: Path, init: Path | None, seed: int, rate: float, limit: int | None, threads: int) -> None:
    """Train the larger reader that the small one could learn from; needs the extra qa[teacher]."""
    from dataclasses import replace

    import torch

    from qa.training import teacher
    from qa.training.prepare import prepare
    from qa.training.recipe import TEACHER
    from qa.training.train import Schedule

    torch.set_num_threads(threads)
    rows, published = out / "rows.jsonl.gz", teacher.unpacked(out / "published")
    if not rows.exists():
        prepare(data, rows, replace(TEACHER, seed=seed))
    schedule = Schedule(
        rows,
        out / "run",
        init,
        batch=16,
        rate=rate,
        warm_up=0.06,
        dropout=0.0,
        average=0.995,
        limit=limit,
        checkpoint_every=50,
    )
    click.echo(teacher.export(teacher.teach(schedule, published), published, out / "reader"))


@main.command()
@click.option("--rows", type=EXISTING, default=SCRATCH / "rows.jsonl.gz", show_default=True)
@click.option("--reader", type=EXISTING, default=SCRATCH / "teacher" / "reader", show_default=True)
@click.option("--out", type=ANY, default=SCRATCH / "labels", show_default=True, help="Goes on from what is found here.")
@click.option("--threads", default=0, show_default=True, help="0: one for each core.")
def label(rows: Path, reader: Path, out: Path, threads: int) -> None:
    """Write what a reader (a folder, as teach writes it) makes of prepared rows."""
    from qa.training import labels
    from qa.training.rows import read_prepared

    labels.write(read_prepared(rows), reader, out, threads)
    click.echo(out)


@main.command()
@click.option("--rows", type=EXISTING, default=SCRATCH / "rows.jsonl.gz", show_default=True)
@click.option(
    "--out", type=ANY, default=SCRATCH / "run", show_default=True, help="Goes on from a checkpoint found here."
)
@click.option("--init", default=str(START), show_default=True, help="A reader's .onnx or .pt file, or: encoder")
@click.option("--rate", default=1e-4, show_default=True, help="The highest learning rate.")
@click.option("--average", default=0.999, show_default=True, help="How slowly the averaged weights follow.")
@click.option("--labels", type=EXISTING, help="Learn from what label wrote of these rows, too.")
@click.option("--threads", default=2, show_default=True)
def train(rows: Path, out: Path, init: str, rate: float, average: float, labels: Path | None, threads: int) -> None:
    """Train, or go on training, on prepared rows."""
    import torch

    from qa.training.train import Schedule, Taught
    from qa.training.train import train as run

    torch.set_num_threads(threads)
    start = None if init == "encoder" else Path(init)
    taught = None if labels is None else Taught(labels)
    click.echo(run(Schedule(rows, out, start, rate=rate, average=average, taught=taught)))


@main.command()
@click.option("--weights", type=EXISTING, default=SCRATCH / "run" / "weights.pt", show_default=True)
@click.option("--rows", type=EXISTING, default=SCRATCH / "rows.jsonl.gz", show_default=True, help="As prepare wrote.")
@click.option("--out", type=ANY, default=SCRATCH / "reader", show_default=True)
def export(weights: Path, rows: Path, out: Path) -> None:
    """Write the int8 ONNX file and its tokenizer."""
    from qa.training.export import export as run
    from qa.training.rows import read_prepared, spread

    click.echo(run(weights, out, spread(list(read_prepared(rows)), CALIBRATED_ON)))


@main.command()
@click.option("--data", type=EXISTING, default=DATA, show_default=True, help="The folder that holds train/ and eval/.")
@click.option("--start", type=EXISTING, default=START, show_default=True, help="The weights to begin with.")
@click.option("--out", type=ANY, default=SCRATCH, show_default=True, help="Goes on from a checkpoint found here.")
@click.option("--threads", default=2, show_default=True)
def make(data: Path, start: Path, out: Path, threads: int) -> None:
    """All of it: prepare, train, export and calibrate; the folder that could ship."""
    import torch

    from qa.training.calibrate import calibrate
    from qa.training.export import export
    from qa.training.prepare import prepare
    from qa.training.recipe import Recipe
    from qa.training.rows import read_prepared, spread
    from qa.training.train import Schedule, train

    torch.set_num_threads(threads)
    rows, folder = out / "rows.jsonl.gz", out / "reader"
    if not rows.exists():
        prepare(data, rows, Recipe())
    export(train(Schedule(rows, out / "run", start)), folder, spread(list(read_prepared(rows)), CALIBRATED_ON))
    click.echo(json.dumps(calibrate(data / "eval" / "squad2_open.jsonl.gz", folder), indent=1))
    click.echo(folder)


@main.command()
@click.option("--data", type=EXISTING, default=DATA, show_default=True, help="The folder that holds train/ and eval/.")
@click.option("--start", type=EXISTING, default=START, show_default=True, help="The weights to begin with.")
@click.option("--out", type=ANY, default=SCRATCH / "ablation", show_default=True, help="Finished runs here are kept.")
@click.option("--limit", default=1400, show_default=True, help="So many rows are scored, spread evenly.")
@click.option("--threads", default=2, show_default=True)
def ablate(data: Path, start: Path, out: Path, limit: int, threads: int) -> None:
    """Short runs without each kind of made negative: what it is worth."""
    import torch

    from qa.training.ablate import ablate as run

    torch.set_num_threads(threads)
    for ablation in run(data, start, out, limit):
        click.echo(
            json.dumps({"run": ablation.name, "unanswerable": ablation.unanswerable, **ablation.measures.as_dict()})
        )


@main.command()
@click.argument("files", type=EXISTING, nargs=-1, required=True)
@click.option("--reader", type=EXISTING, default=SCRATCH / "reader" / "model.int8.onnx", show_default=True)
@click.option("--limit", type=int, help="So many rows of each file, spread evenly.")
@click.option("--threads", default=0, show_default=True, help="0: one for each core.")
@click.option("--errors", is_flag=True, help="How answers go wrong, by kind of question, instead of the scores.")
@click.option("--misspelt", is_flag=True, help="Ask with a typing error in a word of every question.")
def evaluate(
    files: tuple[Path, ...], reader: Path, limit: int | None, threads: int, *, errors: bool, misspelt: bool
) -> None:
    """Score a reader (.onnx, .pt, or its folder) on FILES, with each row's own context given."""
    from qa.training.evaluate import opened, read_file
    from qa.training.measures import by_kind, measure
    from qa.training.mistakes import table

    with opened(reader, threads) as opened_reader:
        for file in files:
            read = read_file(opened_reader, file, limit, _misspelt() if misspelt else str)
            if errors:
                click.echo(f"{file.name}\n{table(read, measure(read).threshold)}")
                continue
            click.echo(json.dumps({"file": file.name, **measure(read).as_dict(), "by_kind": by_kind(read)}))


def _misspelt() -> Callable[[str], str]:
    """The same errors in every call."""
    from qa.training.phrasing import misspelt

    rng = Random(13)
    return lambda question: misspelt(question, rng)


if __name__ == "__main__":
    try:
        main()
    except QaError as error:
        click.echo(f"{error}", err=True)
        sys.exit(error.exit_code)
