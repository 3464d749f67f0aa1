"""The reranker's network: a reader's lower layers, a pooler and one score (BertForSequenceClassification); and its int8 graph.

The products of the layers are int8 (qa.training.networks.trunk), the pooler and the head float32.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import BertForSequenceClassification

from qa.training.data.batches import Example
from qa.training.networks.smoothquant import divisors, largest, of_examples
from qa.training.networks.trunk import Architecture, Float32Array, Graph, read_trunk
from qa.training.reader.reader_graph import INPUTS
from qa.training.reader.start import encoder_folder, network, reader_weights

RERANKER = Architecture(layers=3, heads=12, width=384, root="bert.")
OUTPUT = "score"
SMOOTHING: Mapping[str, float] = {
    f"{RERANKER.layer(number)}.{part}": share
    for number in range(RERANKER.layers)
    for part, share in (("intermediate.dense", 0.5), ("output.dense", 0.8))
}
"""How much of a product's unevenness goes over to its weights (qa.training.networks.smoothquant)."""


def untrained() -> BertForSequenceClassification:
    """The network before it has weights."""
    config = network().config
    config.num_hidden_layers, config.num_labels = RERANKER.layers, 1
    torch.manual_seed(0)
    return BertForSequenceClassification(config)


def started(reader: Path) -> BertForSequenceClassification:
    """The lower layers of a reader (.pt or .onnx), with a fresh head."""
    model = untrained()
    model.load_state_dict(reader_weights(reader), strict=False)
    return model


def resumed(exported: Path) -> BertForSequenceClassification:
    """The network that was exported to the file `exported`, its int8 products multiplied out."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(exported).graph.initializer}
    weights = dict(read_trunk(constants, RERANKER))
    for name in ("bert.pooler.dense", "classifier"):
        weights |= {f"{name}.weight": constants[f"{name}.weight"].T, f"{name}.bias": constants[f"{name}.bias"]}
    model = untrained()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.tensor(np.asarray(weights[name], np.float32)).reshape(parameter.shape))
    return model


def export(weights: Path, folder: Path, examples: Sequence[Example]) -> Path:
    """Writes `model.int8.onnx` and `tokenizer.json` into `folder`; the model's path. `examples` show how activations vary."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "model.int8.onnx"
    model = untrained()
    model.load_state_dict(torch.load(weights, weights_only=True, map_location="cpu"))
    parameters = {name: tensor.numpy() for name, tensor in model.eval().state_dict().items()}
    peaks = largest(model, of_examples(examples), list(SMOOTHING))
    write(parameters, divisors(parameters, peaks, SMOOTHING), target)
    shutil.copyfile(encoder_folder() / "tokenizer.json", folder / "tokenizer.json")
    return target


def write(weights: Mapping[str, Float32Array], smoothing: Mapping[str, Float32Array], target: Path) -> None:
    """INPUTS (int64, batch x length) -> OUTPUT (float32, batch).

    `weights` by the parameter names of BertForSequenceClassification; `smoothing`: product -> (in,).
    """
    graph = Graph(RERANKER, weights, smoothing)
    shape = graph.node("Shape", "input_ids")
    hidden = graph.trunk("input_ids", shape, "token_type_ids")
    rows = graph.node("Reshape", hidden, graph.node("Concat", shape, "width", axis=0))
    first = graph.node("Reshape", graph.node("Gather", rows, graph.constant("first", np.array([0])), axis=1), "rows")
    pooled = graph.node("Tanh", _dense(graph, weights, first, "bert.pooler.dense"))
    graph.nodes("Reshape", [_dense(graph, weights, pooled, "classifier"), "flat"], [OUTPUT])
    graph.save("reranker", INPUTS, {OUTPUT: ("batch",)}, target)


def _dense(graph: Graph, weights: Mapping[str, Float32Array], rows: str, name: str) -> str:
    weight = graph.constant(f"{name}.weight", weights[f"{name}.weight"].T)
    return graph.node("Gemm", rows, weight, graph.parameter(f"{name}.bias"))
