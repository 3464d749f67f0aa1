"""The reader's int8 graph: the trunk of qa.training.networks.trunk with two logits a token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.training.networks.trunk import Architecture, Float32Array, Graph, read_trunk

READER = Architecture(layers=6, heads=12, width=384, root="bert.")
INPUTS = ("input_ids", "token_type_ids")
OUTPUTS = ("start_logits", "end_logits")
_HEAD = "qa_outputs"


def write(
    weights: Mapping[str, Float32Array], smoothing: Mapping[str, Float32Array], target: Path, kept: Sequence[str] = ()
) -> None:
    """`weights` by the network's parameter names; `smoothing`: product -> (in,); `kept` products stay float32."""
    graph = Graph(READER, weights, smoothing, kept)
    shape = graph.node("Shape", "input_ids")
    hidden = graph.trunk("input_ids", shape, "token_type_ids")
    save_with_span_head(graph, "reader", INPUTS, hidden, shape, target)


def save_with_span_head(graph: Graph, name: str, inputs: Sequence[str], hidden: str, shape: str, target: Path) -> None:
    """Save `graph` with two logits of each of the `hidden` states: OUTPUTS (float32, batch x length)."""
    logits = graph.dense(hidden, _HEAD)
    for column, output in zip(graph.nodes("Split", [logits], 2, axis=1), OUTPUTS, strict=True):
        graph.nodes("Reshape", [column, shape], [output])
    graph.save(name, inputs, dict.fromkeys(OUTPUTS, ("batch", "length")), target)


def read(constants: Mapping[str, NDArray[Any]]) -> dict[str, Float32Array]:
    """The other way: the constants of a graph that `write` made -> float weights by parameter name."""
    head = {f"{_HEAD}.weight": constants[f"{_HEAD}.weight"].T, f"{_HEAD}.bias": constants[f"{_HEAD}.bias"]}
    return {**read_trunk(constants, READER), **{name: array.astype(np.float32) for name, array in head.items()}}
