"""Trains the network of the term tagger: `python -m qa.training.tagger.train_tagger`, about 40 minutes on two cores.

The rows are those of `qa.training.tagger.fit_terms`, with earlier questions as people rewrote them. The network is the
reader's with a new head, since a reader has learned to look from a question into a text; the loss is the binary
cross-entropy over the first tokens of the history's content words.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from qa.conversation.network import tagger_tokenizer, tokens_of
from qa.conversation.tagger import shipped_tagger_folder
from qa.conversation.window import window
from qa.conversation.words import content_keys
from qa.evaluation.follows import Follow
from qa.pipeline.reader import shipped_reader_folder
from qa.training.data.batches import Example, collate, plan
from qa.training.data.training_rows import spread
from qa.training.networks.forward import outputs
from qa.training.networks.smoothquant import divisors, feed_forward_shares, largest, of_examples
from qa.training.reader.export_reader import trained
from qa.training.reader.reader_graph import READER
from qa.training.reader.start import network
from qa.training.reader.train import Schedule, run, started
from qa.training.tagger import tagger_graph
from qa.training.tagger.fit_terms import DATA, as_rewritten, training_follows, weight_of, with_alone

SCRATCH = Path("~/.cache/qa-training/terms").expanduser()
_EPOCHS = 2
_SEED = 13
_SHOWN = 200
"""Rows that show how activations vary."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A question and a history as tokens. `places` are those of words that may be terms, `is_term` whether they are."""

    example: Example
    places: list[int]
    is_term: list[bool]
    weight: float


def tagged(follows: Sequence[Follow], weight: float = 1.0) -> Iterator[Tagged]:
    """Each row whose history holds a word that the question lacks."""
    tokenizer = tagger_tokenizer()
    for follow in follows:
        seen = window(follow.history)
        encoding = tokenizer.encode(follow.question, seen.text)
        asked, terms = frozenset(content_keys(follow.question)), follow.terms
        found = [(token, key in terms) for token, key in tokens_of(seen, encoding) if key not in asked]
        if found:
            example = Example(encoding.ids, encoding.type_ids, 0, 0)
            yield Tagged(example, [token for token, _ in found], [is_term for _, is_term in found], weight)


def train(rows: Sequence[Tagged], out: Path, model: Any) -> Path:
    """Train `model` to the end, from the last checkpoint in `out` if there is one; the file of the averaged weights."""
    schedule = Schedule(DATA, out, rate=8e-5, warm_up=0.06, average=0.995, seed=_SEED)
    return run(
        schedule,
        model,
        _batches(rows, schedule.batch),
        lambda model, places: _loss(model, [rows[place] for place in places]),
    )


def of_reader(reader: Path) -> Any:
    """The reader's network with a fresh head."""
    model = started(Schedule(DATA, SCRATCH, reader))
    nn.init.normal_(model.qa_outputs.weight, std=0.02)
    nn.init.zeros_(model.qa_outputs.bias)
    return model


def of_tagger(tagger: Path) -> Any:
    """The network of an earlier tagger (`model.int8.onnx`), as far as its rounding has left it; word embeddings are the
    encoder's own."""
    model: Any = network(0.0, _SEED)
    read = tagger_graph.read(tagger)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if not name.endswith("word_embeddings.weight"):
                parameter.copy_(torch.from_numpy(read[name]).reshape(parameter.shape))
    return model


def export(weights: Path, folder: Path, rows: Sequence[Tagged]) -> Path:
    """Write `model.int8.onnx` into `folder`; its path. `rows` show how activations vary."""
    model = trained(weights)
    parameters = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    shares = feed_forward_shares(READER)
    peaks = largest(model, of_examples([row.example for row in rows]), list(shares))
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "model.int8.onnx"
    tagger_graph.write(parameters, divisors(parameters, peaks, shares), target)
    return target


def _batches(rows: Sequence[Tagged], size: int) -> list[list[int]]:
    """The batches of all epochs, each in another order."""
    rng = random.Random(_SEED)
    batches: list[list[int]] = []
    for epoch in range(_EPOCHS):
        order = rng.sample(range(len(rows)), len(rows))
        made = plan([rows[place].example for place in order], size, _SEED + epoch)
        batches += [[order[place] for place in batch] for batch in made]
    return batches


def _loss(model: Any, rows: Sequence[Tagged]) -> torch.Tensor:
    """The mean over the words of all rows, each with its row's weight."""
    out = outputs(model, collate([row.example for row in rows]))
    logits = (out.start_logits - out.end_logits).float()
    number = [place for place, row in enumerate(rows) for _ in row.places]
    found = logits[number, [token for row in rows for token in row.places]]
    wanted = torch.tensor([float(is_term) for row in rows for is_term in row.is_term], device=found.device)
    weight = torch.tensor([row.weight for row in rows for _ in row.places], device=found.device)
    return nn.functional.binary_cross_entropy_with_logits(found, wanted, weight, reduction="sum") / weight.sum()


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the term tagger of conversations.")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--scratch", type=Path, default=SCRATCH, help="where the run keeps its checkpoints")
    parser.add_argument("--output", type=Path, default=shipped_tagger_folder())
    parser.add_argument(
        "--sets", type=Path, nargs="*", default=[], help="question sets whose dialogues are learned from"
    )
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--reader", type=Path, default=shipped_reader_folder() / "model.int8.onnx", help="what to start from"
    )
    start.add_argument("--tagger", type=Path, help="go on from an earlier tagger's model.int8.onnx instead")
    arguments = parser.parse_args()
    rows: list[Tagged] = []
    for name, given in training_follows(arguments.data, arguments.sets).items():
        follows = list(with_alone(list(as_rewritten(given))))
        rows += tagged(follows, weight_of(name))
        print(
            f"{name}: {len(follows)} rows, {sum(one.source == 'alone' for one in follows)} of them made to stand alone"
        )
    model = of_tagger(arguments.tagger) if arguments.tagger else of_reader(arguments.reader)
    weights = train(rows, arguments.scratch, model)
    print(export(weights, arguments.output, spread(rows, _SHOWN)))


if __name__ == "__main__":
    main()
