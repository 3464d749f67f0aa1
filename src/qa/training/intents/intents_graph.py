"""The intent classifier's int8 graph: the trunk of qa.training.networks.trunk with five logits a text, over fewer words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.pipeline.intents import FILE_NAME, INPUT, OUTPUT
from qa.training.networks.trunk import Architecture, Graph

__all__ = ["FILE_NAME", "INTENTS", "KEPT", "write"]

INTENTS = Architecture(layers=3, heads=12, width=384)
KEPT = "kept"
"""int64 (vocabulary,): which row of the embeddings each token of the tokenizer has."""


def write(weights: Mapping[str, NDArray[Any]], target: Path) -> None:
    """INPUT (int64, batch x length) -> OUTPUT (float32, batch x intents). `weights` by the names of BertModel, with
    `classifier.weight`, `classifier.bias` and KEPT; the head stays float32."""
    graph = Graph(INTENTS, weights, smoothing={})
    shape = graph.node("Shape", INPUT)
    ids = graph.node("Gather", graph.constant(KEPT, weights[KEPT]), INPUT)
    hidden = graph.trunk(ids, shape)
    tokens = graph.node("Reshape", hidden, graph.node("Concat", shape, "width", axis=0))
    mean = graph.node("ReduceMean", tokens, axes=[1], keepdims=0)
    graph.constant("classifier.weight", np.ascontiguousarray(weights["classifier.weight"].T))
    graph.nodes("Gemm", [mean, "classifier.weight", graph.parameter("classifier.bias")], [OUTPUT])
    graph.save("intents", (INPUT,), {OUTPUT: ("batch", "intents")}, target)
