"""`export`: trained weights -> int8 ONNX of at most 30 MB, by way of qa.training.reader.reader_graph.

Weights are signed bytes, one scale a column; activations are quantised as they come, their uneven channels evened out first.
How uneven they are is measured on prepared rows. Every product of the layers is int8.

onnxruntime's transformer optimizer was tried and left out: its fused attention is no faster than the plain nodes here
(one passage, one thread: 8.5 against 8.3 ms), and its fused normalisation much slower.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from qa.errors import QaError
from qa.training.data.batches import examples
from qa.training.data.training_rows import TrainingRow
from qa.training.networks.smoothquant import divisors, largest, of_examples
from qa.training.reader import reader_graph as graph
from qa.training.reader.start import encoder_folder, network

OPSET = 17
LARGEST = 30_000_000
CALIBRATED_ON = 120
"""Rows that show how activations vary."""
SMOOTHING: Mapping[str, float] = {
    **{f"bert.encoder.layer.{layer}.intermediate.dense": 0.5 for layer in range(graph.READER.layers)},
    **{f"bert.encoder.layer.{layer}.output.dense": 0.8 for layer in range(4)},
}
"""How much of a product's unevenness goes over to its weights (qa.training.networks.smoothquant)."""
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = graph.OUTPUTS


def export(weights: Path, folder: Path, rows: Sequence[TrainingRow]) -> Path:
    """Writes `model.int8.onnx` and `tokenizer.json` into `folder`; the model's path. `rows` show how activations vary.

    Raises QaError if the file would be larger than what ships may be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "model.int8.onnx"
    model = trained(weights)
    parameters = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    peaks = largest(model, of_examples(examples(rows)), list(SMOOTHING))
    graph.write(parameters, divisors(parameters, peaks, SMOOTHING), target)
    shutil.copyfile(encoder_folder() / "tokenizer.json", folder / "tokenizer.json")
    if target.stat().st_size > LARGEST:
        raise QaError(
            f"{target} has {target.stat().st_size:,} bytes, more than {LARGEST:,}.", "Train a smaller network."
        )
    return target


def trained(weights: Path) -> Any:
    """The network with the weights that `train` wrote."""
    model: Any = network()
    model.load_state_dict(torch.load(weights, weights_only=True, map_location="cpu"))
    return model.eval()


def export_full(weights: Path, target: Path) -> None:
    """The network in float32: INPUTS (int64, batch x length) -> OUTPUTS (float32, batch x length)."""
    model = trained(weights)
    model.set_attn_implementation("eager")
    write_full(model, INPUTS, target)


def write_full(model: Any, inputs: Sequence[str], target: Path) -> None:
    """Any network with a span head, in float32: `inputs` (int64, batch x length) -> OUTPUTS (float32, batch x length)."""

    class SpanNetwork(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            out = self.model(**dict(zip(inputs, tensors, strict=True)))
            return out.start_logits, out.end_logits

    sample = torch.ones((2, 16), dtype=torch.int64)
    torch.onnx.export(
        SpanNetwork(),
        (sample,) * len(inputs),
        str(target),
        input_names=list(inputs),
        output_names=list(OUTPUTS),
        dynamic_axes={name: {0: "batch", 1: "length"} for name in (*inputs, *OUTPUTS)},
        opset_version=OPSET,
        dynamo=False,
    )
