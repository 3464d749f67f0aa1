"""The reranker's int8 graph: the trunk of qa.training.networks.trunk with one score a text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from qa.training.networks.trunk import Architecture, Float32Array, Graph
from qa.training.reader.reader_graph import INPUTS

RERANKER = Architecture(layers=3, heads=12, width=384, root="bert.")
OUTPUT = "score"
SMOOTHING: Mapping[str, float] = {
    **{f"bert.encoder.layer.{layer}.intermediate.dense": 0.5 for layer in range(RERANKER.layers)},
    **{f"bert.encoder.layer.{layer}.output.dense": 0.8 for layer in range(RERANKER.layers)},
}
"""How much of a product's unevenness goes over to its weights (qa.training.networks.smoothquant)."""


def write(weights: Mapping[str, Float32Array], smoothing: Mapping[str, Float32Array], target: Path) -> None:
    """INPUTS (int64, batch x length) -> OUTPUT (float32, batch), a logit.

    `weights` by the parameter names of BertForSequenceClassification; the pooler and the head stay float32.
    """
    graph = Graph(RERANKER, weights, smoothing, kept=())
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
