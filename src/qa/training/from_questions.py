"""Commands of `python -m qa.training` that learn from questions asked over whole documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from qa.training.data.mined import MinedQuestion

EXISTING = click.Path(exists=True, path_type=Path)
ANY = click.Path(path_type=Path)
DATA = Path("../shared/data")
QUESTIONS = Path("data/questions")
SCRATCH = Path("~/.cache/qa-training").expanduser()
_names = click.argument("names", nargs=-1, required=True)
_sets = click.argument("sets", nargs=-1, required=True, type=EXISTING)
_indexes = click.option("--indexes", type=ANY, default=SCRATCH / "indexes", show_default=True)
_threads = click.option("--threads", default=2, show_default=True)
_mined = click.option(
    "--mined", type=ANY, default=SCRATCH / "mined", show_default=True, help="What mine writes and the others read."
)


@click.command()
@_names
@_mined
@click.option("--data", type=EXISTING, default=DATA, show_default=True, help="The folder that holds train/ and asked/.")
@click.option("--reranker", type=EXISTING, help="Put the passages in this reranker's order, not in the fusion's.")
@click.option("--threads", default=0, show_default=True, help="0: one for each core.")
def mine(names: tuple[str, ...], mined: Path, data: Path, reranker: Path | None, threads: int) -> None:
    """Ask the questions of NAMES over their documents.

    NAMES are sets of asked/, other folders of their form, or squad11_13, squad20, nq, newwiki of train/.
    """
    from qa.evaluation.question_sets import folder_of_set
    from qa.inference.encoder import shipped_encoder_folder
    from qa.pipeline.models import LoadedModels
    from qa.training.data.mine import SOURCES, mine_file, mine_set
    from qa.training.data.mined import write_mined

    models = LoadedModels(shipped_encoder_folder(), threads=threads, reranker=reranker)
    for name in names:
        if name in SOURCES:
            questions = mine_file(name, data, models, mined / "work", reranked=reranker is not None)
        else:
            indexes = mined / "work" / "indexes"
            questions = mine_set(folder_of_set(name, data), models, indexes, reranked=reranker is not None)
        target = mined / f"{Path(name).name}.jsonl"
        write_mined(target, questions)
        click.echo(target)


@click.command()
@_names
@_mined
@click.option("--init", type=EXISTING, help="A reader's .pt or .onnx, to begin with its lower layers.")
@click.option("--resume", type=EXISTING, help="An exported reranker, to go on from.")
@click.option(
    "--out", type=ANY, default=SCRATCH / "reranker", show_default=True, help="Goes on from a checkpoint here."
)
@click.option("--rate", default=1.5e-4, show_default=True, help="The highest learning rate.")
@click.option("--passes", default=1, show_default=True, help="How often each question is seen, each time among others.")
@_threads
def rerank(
    names: tuple[str, ...],
    mined: Path,
    init: Path | None,
    resume: Path | None,
    out: Path,
    rate: float,
    passes: int,
    threads: int,
) -> None:
    """Train the reranker on mined NAMES ("nq" or, for so many of its questions, "nq:1600"), and export it."""
    import torch

    from qa.training.reader.train import Schedule
    from qa.training.reranker.train_reranker import RERANKER, ListSampling, draw, of_first, train

    torch.set_num_threads(threads)
    if resume is not None:
        model = RERANKER.resumed(resume)
    elif init is not None:
        model = RERANKER.started(init)
    else:
        raise click.UsageError("Give --init or --resume.")
    questions = [one for name in names for one in some(mined, name)]
    schedule = Schedule(rows=mined, out=out, batch=8, passes=passes, rate=rate, average=0.99)
    weights = train(schedule, questions, ListSampling(), model)
    click.echo(RERANKER.export(weights, out / "model", of_first(draw(questions[:200], ListSampling(), seed=1))))


@click.command()
@_names
@_mined
@click.option("--out", type=ANY, default=SCRATCH / "asked.jsonl.gz", show_default=True)
@click.option("--seed", default=13, show_default=True)
@click.option("--tempting", default=1, show_default=True, help="Rows of a near-miss: so many passages that tempt.")
def rows(names: tuple[str, ...], mined: Path, out: Path, seed: int, tempting: int) -> None:
    """Write the reader's training rows of mined NAMES (or "NAME:COUNT", so many of its questions)."""
    from qa.training.data.reading_rows import RowsPerQuestion, reading_rows
    from qa.training.data.training_rows import write_rows

    made = [
        row for name in names for row in reading_rows(list(some(mined, name)), RowsPerQuestion(tempting=tempting), seed)
    ]
    Random(seed).shuffle(made)
    write_rows(out, made)
    click.echo(f"{len(made)} rows, {sum(row.answerable for row in made)} of them answerable: {out}")


@click.command()
@click.option("--data", type=EXISTING, default=DATA, show_default=True)
@click.option("--questions", type=EXISTING, default=QUESTIONS, show_default=True, help="A folder of question sets.")
@click.option("--out", type=ANY, default=SCRATCH / "intents", show_default=True)
@_threads
def intents(data: Path, questions: Path, out: Path, threads: int) -> None:
    """Train the classifier of what a question wants."""
    import torch

    from qa.training.intents.train_intents import make

    torch.set_num_threads(threads)
    click.echo(make(data, questions, out, click.echo))


@click.command()
@_sets
@_indexes
def lists(sets: tuple[Path, ...], indexes: Path) -> None:
    """Fit what chooses among lists, on the lists.jsonl of the folders SETS; its weights go into qa.pipeline.lists."""
    from qa.training.decision.fit_lists import report, weighed

    click.echo(json.dumps(report(weighed(sets, indexes)), indent=1))


@click.command()
@_sets
@click.option(
    "--unseen", multiple=True, required=True, type=EXISTING, help="A set for the temperature and the figures."
)
@_indexes
@click.option("--init", type=EXISTING, required=True, help="A reader's .onnx or .pt.")
@click.option(
    "--out", type=ANY, default=SCRATCH / "entailment", show_default=True, help="Goes on from a checkpoint here."
)
@click.option("--rate", default=1e-4, show_default=True, help="The highest learning rate.")
@click.option("--passes", default=4, show_default=True, help="How often each hypothesis is seen.")
@_threads
def entailment(
    sets: tuple[Path, ...],
    unseen: tuple[Path, ...],
    indexes: Path,
    init: Path,
    out: Path,
    rate: float,
    passes: int,
    threads: int,
) -> None:
    """Train the model of what a text says of a sentence, on the claims.jsonl of the folders SETS, and export it."""
    import torch

    from qa.training.entailment.claim_rows import claim_rows
    from qa.training.entailment.entailment_model import EntailmentModel
    from qa.training.entailment.train_entailment import ENTAILMENT, judgements, report, shown, tempered, train
    from qa.training.reader.train import Schedule

    torch.set_num_threads(threads)
    rows = [row for folder in sets for row in claim_rows(folder, indexes)]
    held_out = [row for folder in unseen for row in claim_rows(folder, indexes)]
    schedule = Schedule(rows=indexes, out=out, batch=32, passes=passes, rate=rate, warm_up=0.06)
    weights = train(schedule, rows, ENTAILMENT.started(init))
    temperature = tempered(weights, held_out, out / "tempered.pt")
    ENTAILMENT.export(out / "tempered.pt", out / "model", shown(rows))
    found = report(judgements(EntailmentModel(out / "model"), held_out))
    click.echo(json.dumps({"rows": len(rows), "temperature": temperature, **found}, indent=1))


@click.command()
@_sets
@_indexes
def extracts(sets: tuple[Path, ...], indexes: Path) -> None:
    """Fit what an extract's sentences are chosen by, on the open.jsonl of the folders SETS; its weights go into
    qa.pipeline.sentence_relevance."""
    from qa.training.decision.fit_extracts import open_questions, report

    click.echo(json.dumps(report(open_questions(sets, indexes)), indent=1))


@click.command()
@_sets
@_indexes
@click.option("--out", type=ANY, default=SCRATCH / "summaries.json", show_default=True)
def summaries(sets: tuple[Path, ...], indexes: Path, out: Path) -> None:
    """Fit which questions ask for a document as a whole, on the questions of the folders SETS."""
    from qa.training.decision.fit_summaries import fit, labelled_questions, report, save

    rows = labelled_questions(sets, indexes)
    save(fit(rows), out)
    click.echo(json.dumps(report(rows), indent=1))


def some(mined: Path, name: str) -> Iterator[MinedQuestion]:
    """The mined questions of "NAME", or of "NAME:COUNT" so many, drawn at random but the same in every call."""
    from qa.training.data.mined import read_mined

    name, _, count = name.partition(":")
    questions = list(read_mined(mined / f"{name}.jsonl"))
    Random(3).shuffle(questions)
    yield from questions[: int(count) if count else None]
