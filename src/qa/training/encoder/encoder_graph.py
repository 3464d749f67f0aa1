"""The encoder's int8 graph: the trunk of qa.training.networks.trunk, the mean over a text's tokens, unit length."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from qa.training.networks.trunk import Architecture, Float32Array, Graph


def write(
    architecture: Architecture, weights: Mapping[str, Float32Array], smoothing: Mapping[str, Float32Array], target: Path
) -> None:
    """`input_ids` (int64, batch x length) -> `embedding` (float32, batch x width); every product is int8.

    All texts of a run are of one length. `weights` by the network's parameter names; `smoothing`: product -> (in,).
    """
    graph = Graph(architecture, weights, smoothing)
    shape = graph.node("Shape", "input_ids")
    hidden = graph.trunk("input_ids", shape)
    hidden = graph.node("Reshape", hidden, graph.node("Concat", shape, "width", axis=0))
    mean = graph.node("ReduceMean", hidden, axes=[1], keepdims=0)
    graph.nodes("LpNormalization", [mean], ["embedding"], axis=-1, p=2)
    graph.save("encoder", ["input_ids"], {"embedding": ("batch", "dimension")}, target)
