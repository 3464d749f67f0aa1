"""`python -m qa.training`: prepare, train, export, evaluate, in that order. `calibrate` is a module of its own beside it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from qa.errors import QaError

EXISTING = click.Path(exists=True, path_type=Path)
ANY = click.Path(path_type=Path)
DATA = Path("../shared/data")
START = Path("../shared/models/reader-start.int8.onnx")
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
@click.option("--rows", type=EXISTING, default=SCRATCH / "rows.jsonl.gz", show_default=True)
@click.option(
    "--out", type=ANY, default=SCRATCH / "run", show_default=True, help="Goes on from a checkpoint found here."
)
@click.option("--init", default=str(START), show_default=True, help="A reader's .onnx or .pt file, or: encoder")
@click.option("--rate", default=1e-4, show_default=True, help="The highest learning rate.")
@click.option("--average", default=0.999, show_default=True, help="How slowly the averaged weights follow.")
@click.option("--threads", default=2, show_default=True)
def train(rows: Path, out: Path, init: str, rate: float, average: float, threads: int) -> None:
    """Train, or go on training, on prepared rows."""
    import torch

    from qa.training.train import Schedule
    from qa.training.train import train as run

    torch.set_num_threads(threads)
    click.echo(run(Schedule(rows, out, None if init == "encoder" else Path(init), rate=rate, average=average)))


@main.command()
@click.option("--weights", type=EXISTING, default=SCRATCH / "run" / "reader.pt", show_default=True)
@click.option("--out", type=ANY, default=SCRATCH / "reader", show_default=True)
def export(weights: Path, out: Path) -> None:
    """Write the int8 ONNX file and its tokenizer."""
    from qa.training.export import export as run

    click.echo(run(weights, out))


@main.command()
@click.argument("files", type=EXISTING, nargs=-1, required=True)
@click.option("--reader", type=EXISTING, default=SCRATCH / "reader" / "model.int8.onnx", show_default=True)
@click.option("--limit", type=int, help="So many rows of each file, spread evenly.")
@click.option("--threads", default=0, show_default=True, help="0: one for each core.")
def evaluate(files: tuple[Path, ...], reader: Path, limit: int | None, threads: int) -> None:
    """Score a reader (.onnx, or .pt) on FILES, with each row's own context given."""
    from qa.training.evaluate import opened, read_file
    from qa.training.measures import by_kind, measure

    with opened(reader, threads) as opened_reader:
        for file in files:
            read = read_file(opened_reader, file, limit)
            click.echo(json.dumps({"file": file.name, **measure(read).as_dict(), "by_kind": by_kind(read)}))


if __name__ == "__main__":
    try:
        main()
    except QaError as error:
        click.echo(f"{error}", err=True)
        sys.exit(error.exit_code)
