"""`export`: trained weights -> fp32 ONNX -> int8 of at most 30 MB.

Weights are quantised to signed bytes, one scale a column; activations as they come. KEPT_IN_FULL says which products stay
float32: the error of the first feed-forward layers runs through all that follow. SQuAD 2.0 F1 on the open half: float32 65.3
(90 MB), these in full 65.1 (28.3 MB), all quantised but the head 64.6 (23.0 MB).

onnxruntime's transformer optimizer, run before quantising, was tried and left out: its fused attention makes int8 slower
(one passage, one thread: 11.3 ms with it, 9.9 ms without), since the runtime fuses the plain graph better on opening it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from qa.errors import QaError
from qa.onnx import silent_onnxruntime
from qa.training.start import encoder_folder, network

OPSET = 17
LARGEST = 30_000_000
KEPT_IN_FULL = ("qa_outputs", "layer.0/intermediate/dense", "layer.0/output/dense", "layer.1/output/dense")
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = ("start_logits", "end_logits")


def export(weights: Path, folder: Path, kept: Sequence[str] = KEPT_IN_FULL) -> Path:
    """Writes `model.int8.onnx` and `tokenizer.json` into `folder`; the model's path.

    Raises QaError if the file would be larger than what ships may be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "model.int8.onnx"
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch, "full.onnx")
        export_full(weights, full)
        quantise(full, target, kept)
    shutil.copyfile(encoder_folder() / "tokenizer.json", folder / "tokenizer.json")
    if target.stat().st_size > LARGEST:
        raise QaError(
            f"{target} has {target.stat().st_size:,} bytes, more than {LARGEST:,}.", "Keep fewer nodes in full."
        )
    return target


def export_full(weights: Path, target: Path) -> None:
    """The network in float32: INPUTS (int64, batch x length) -> OUTPUTS (float32, batch x length)."""
    model: Any = network()
    model.load_state_dict(torch.load(weights, weights_only=True, map_location="cpu"))
    model.set_attn_implementation("eager")
    model.eval()

    class Graph(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            out = self.model(**dict(zip(INPUTS, tensors, strict=True)))
            return out.start_logits, out.end_logits

    sample = torch.ones((2, 16), dtype=torch.int64)
    torch.onnx.export(
        Graph(),
        (sample, sample, sample),
        str(target),
        input_names=list(INPUTS),
        output_names=list(OUTPUTS),
        dynamic_axes={name: {0: "batch", 1: "length"} for name in (*INPUTS, *OUTPUTS)},
        opset_version=OPSET,
        dynamo=False,
    )


def quantise(source: Path, target: Path, kept: Sequence[str]) -> None:
    """`kept` are parts of node names."""
    import onnx

    silent_onnxruntime()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    names = [node.name for node in onnx.load(source).graph.node]
    excluded = [name for name in names if any(part in name for part in kept)]
    quantize_dynamic(source, target, weight_type=QuantType.QInt8, per_channel=True, nodes_to_exclude=excluded)
