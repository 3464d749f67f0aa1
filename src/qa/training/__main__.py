"""`python -m qa.training`: prepare, train, export and evaluate, one by one, or `make` for all of it in one run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from random import Random

import click

from qa.errors import QaError
from qa.training import from_questions
from qa.training.from_questions import ANY, DATA, EXISTING, SCRATCH

START = Path("../shared/models/reader-start.int8.onnx")
PUBLISHED = SCRATCH / "published"


@click.group(help="Make the reader that ships. Everything is written outside the repository.")
def main() -> None:
    pass


for _command in (
    from_questions.mine,
    from_questions.rerank,
    from_questions.rows,
    from_questions.intents,
    from_questions.lists,
    from_questions.extracts,
    from_questions.summaries,
    from_questions.entailment,
):
    main.add_command(_command)


@main.command()
@click.option("--data", type=EXISTING, default=DATA, show_default=True, help="The folder that holds train/ and eval/.")
@click.option("--out", type=ANY, default=SCRATCH / "rows.jsonl.gz", show_default=True)
@click.option("--recipe", type=click.Choice(["reader", "teacher"]), default="reader", show_default=True)
@click.option("--times", default=1, show_default=True, help="So many times as many rows, going round the data again.")
@click.option("--seed", default=13, show_default=True)
def prepare(data: Path, out: Path, recipe: str, times: int, seed: int) -> None:
    """Mix the data files into training rows."""
    from qa.training.data.prepare import prepare as run
    from qa.training.data.recipe import TEACHER, Recipe

    chosen = replace(TEACHER if recipe == "teacher" else Recipe(), seed=seed)
    click.echo(json.dumps(run(data, out, chosen.times(times)), indent=1))


@main.command()
@click.option("--rows", type=EXISTING, default=SCRATCH / "rows.jsonl.gz", show_default=True)
@click.option(
    "--out", type=ANY, default=SCRATCH / "teacher", show_default=True, help="Goes on from a checkpoint found here."
)
@click.option("--published", type=ANY, default=PUBLISHED, show_default=True, help="Where its first weights are put.")
@click.option("--init", type=EXISTING, help="The weights.pt of an earlier run, to go on from.")
@click.option("--batch", default=32, show_default=True)
@click.option("--rate", default=4e-5, show_default=True, help="The highest learning rate.")
@click.option("--limit", type=int, help="So many of the rows.")
@click.option("--layers", type=click.IntRange(1, 12), help="So many of the 12 layers, evenly chosen.")
@click.option("--threads", default=2, show_default=True)
def teach(
    rows: Path,
    out: Path,
    published: Path,
    init: Path | None,
    batch: int,
    rate: float,
    limit: int | None,
    layers: int | None,
    threads: int,
) -> None:
    """Train the larger reader that the small one learns from; needs the extra qa[teacher], and better a GPU.

    Its weights.pt is what label takes, its folder reader what evaluate takes.
    """
    import torch

    from qa.training.reader import teacher
    from qa.training.reader.train import Schedule

    torch.set_num_threads(threads)
    schedule = Schedule(rows, out, init, batch=batch, rate=rate, warm_up=0.06, limit=limit)
    folder = teacher.unpacked(published)
    click.echo(teacher.export(teacher.teach(schedule, folder, layers), folder, out / "reader"))


@main.command()
@click.option("--rows", type=EXISTING, default=SCRATCH / "rows.jsonl.gz", show_default=True)
@click.option("--reader", type=EXISTING, default=SCRATCH / "teacher" / "weights.pt", show_default=True)
@click.option("--published", type=ANY, default=PUBLISHED, show_default=True, help="Where its first weights are put.")
@click.option("--out", type=ANY, default=SCRATCH / "labels", show_default=True, help="Goes on from what is found here.")
@click.option("--threads", default=0, show_default=True, help="0: one for each core.")
def label(rows: Path, reader: Path, published: Path, out: Path, threads: int) -> None:
    """Write what a reader (weights.pt of teach, or any reader's folder) makes of prepared rows."""
    from qa.training.data.training_rows import read_prepared
    from qa.training.reader import labels, teacher

    if reader.is_file():
        labels.write(read_prepared(rows), teacher.labeller(reader, teacher.unpacked(published)), out)
    else:
        with labels.of_reader(reader, threads) as labeller:
            labels.write(read_prepared(rows), labeller, out)
    click.echo(out)


@main.command()
@click.option("--rows", type=EXISTING, default=SCRATCH / "rows.jsonl.gz", show_default=True)
@click.option(
    "--out", type=ANY, default=SCRATCH / "run", show_default=True, help="Goes on from a checkpoint found here."
)
@click.option("--init", default=str(START), show_default=True, help="A reader's .onnx or .pt file, or: encoder")
@click.option("--rate", default=1e-4, show_default=True, help="The highest learning rate.")
@click.option("--batch", default=32, show_default=True)
@click.option("--passes", default=1, show_default=True, help="How often each row is seen.")
@click.option("--average", default=0.999, show_default=True, help="How slowly the averaged weights follow.")
@click.option("--dropout", default=0.1, show_default=True)
@click.option("--labels", type=EXISTING, help="Learn from what label wrote of these rows, too.")
@click.option("--share", default=0.7, show_default=True, help="Of the loss, what the labels have of it.")
@click.option("--threads", default=2, show_default=True)
def train(
    rows: Path,
    out: Path,
    init: str,
    rate: float,
    batch: int,
    passes: int,
    average: float,
    dropout: float,
    labels: Path | None,
    share: float,
    threads: int,
) -> None:
    """Train, or go on training, on prepared rows."""
    import torch

    from qa.training.reader.train import Schedule, Taught
    from qa.training.reader.train import train as run

    torch.set_num_threads(threads)
    start = None if init == "encoder" else Path(init)
    taught = None if labels is None else Taught(labels, share)
    schedule = Schedule(rows, out, start, batch, passes, rate, dropout=dropout, average=average, taught=taught)
    click.echo(run(schedule))


@main.command()
@click.option("--weights", type=EXISTING, default=SCRATCH / "run" / "weights.pt", show_default=True)
@click.option("--rows", type=EXISTING, default=SCRATCH / "rows.jsonl.gz", show_default=True, help="As prepare wrote.")
@click.option("--out", type=ANY, default=SCRATCH / "reader", show_default=True)
def export(weights: Path, rows: Path, out: Path) -> None:
    """Write the int8 ONNX file and its tokenizer."""
    from qa.training.data.training_rows import read_prepared, spread
    from qa.training.reader.export_reader import CALIBRATED_ON
    from qa.training.reader.export_reader import export as run

    click.echo(run(weights, out, spread(list(read_prepared(rows)), CALIBRATED_ON)))


@main.command()
@click.option("--data", type=EXISTING, default=DATA, show_default=True, help="The folder that holds train/ and eval/.")
@click.option("--start", type=EXISTING, default=START, show_default=True, help="The weights to begin with.")
@click.option("--out", type=ANY, default=SCRATCH, show_default=True, help="Goes on from a checkpoint found here.")
@click.option("--threads", default=2, show_default=True)
def make(data: Path, start: Path, out: Path, threads: int) -> None:
    """All of it, the teacher included: prepare, teach, label, train, export and calibrate."""
    import torch

    from qa.training.reader.make import make as run

    torch.set_num_threads(threads)
    click.echo(json.dumps(run(data, start, out), indent=1))


@main.command()
@click.argument("files", type=EXISTING, nargs=-1, required=True)
@click.option("--reader", type=EXISTING, default=SCRATCH / "reader" / "model.int8.onnx", show_default=True)
@click.option("--limit", type=int, help="So many rows of each file, spread evenly.")
@click.option("--threads", default=0, show_default=True, help="0: one for each core.")
@click.option("--errors", is_flag=True, help="How answers go wrong, by kind of question, instead of the scores.")
@click.option("--misspelt", is_flag=True, help="Ask with a typing error in a word of every question.")
@click.option("--changed", is_flag=True, help="Only rows told as a change: how often the new value is taken.")
def evaluate(
    files: tuple[Path, ...],
    reader: Path,
    limit: int | None,
    threads: int,
    *,
    errors: bool,
    misspelt: bool,
    changed: bool,
) -> None:
    """Score a reader (.onnx, .pt, or its folder) on FILES, with each row's own context given."""
    from qa.training.data.training_rows import spread
    from qa.training.reader.error_analysis import table
    from qa.training.reader.evaluate_reader import answered_by_the_answer, opened, read_file, told_as_changes
    from qa.training.reader.squad_measures import by_kind, measure

    with opened(reader, threads) as opened_reader:
        for file in files:
            if changed:
                rows = spread(told_as_changes(file), limit)
                right = answered_by_the_answer(opened_reader, rows)
                click.echo(json.dumps({"file": file.name, "changes": len(rows), "new_value": right}))
                continue
            read = read_file(opened_reader, file, limit, _misspelt() if misspelt else str)
            if errors:
                click.echo(f"{file.name}\n{table(read, measure(read).threshold)}")
                continue
            click.echo(json.dumps({"file": file.name, **asdict(measure(read)), "by_kind": by_kind(read)}))


def _misspelt() -> Callable[[str], str]:
    """Puts typing errors into questions, the same ones in every run."""
    from qa.training.data.phrasing import misspelt

    rng = Random(13)
    return lambda question: misspelt(question, rng)


if __name__ == "__main__":
    try:
        main()
    except QaError as error:
        click.echo(f"{error}", err=True)
        sys.exit(error.exit_code)
