"""The large reader's int8 graph: MPNet (Song et al. 2020, arXiv:2004.09297) by way of the trunk of qa.training.networks.trunk.

MPNet is a BERT with other names, places that are counted from 2, no token types, and a bias of attention by how far two
tokens are apart, which all layers share (in buckets, Raffel et al. 2020, section 2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.pipeline.reader import MAX_TOKENS
from qa.training.networks.trunk import Architecture, Float32Array, Graph
from qa.training.reader.reader_graph import save_with_span_head

INPUT = "input_ids"
_BIAS = "bert.encoder.relative_attention_bias.weight"
_FIRST_PLACE = 2
_NAMES = (
    ("mpnet.", "bert."),
    (".attention.attn.q.", ".attention.self.query."),
    (".attention.attn.k.", ".attention.self.key."),
    (".attention.attn.v.", ".attention.self.value."),
    (".attention.attn.o.", ".attention.output.dense."),
    (".attention.LayerNorm.", ".attention.output.LayerNorm."),
)


def architecture(layers: int, heads: int, width: int) -> Architecture:
    """The architecture of an MPNet of these sizes."""
    return Architecture(layers, heads, width, epsilon=1e-5, root="bert.")


def theirs(product: str) -> str:
    """MPNet's name of a product that is called alike in both."""
    return product.replace("bert.", "mpnet.", 1)


def as_bert(weights: Mapping[str, Float32Array], of: Architecture) -> dict[str, Float32Array]:
    """MPNet's parameters under the names that the trunk knows."""
    found: dict[str, Float32Array] = {}
    for name, array in weights.items():
        for theirs, ours in _NAMES:
            name = name.replace(theirs, ours)
        found[name] = array
    places = f"{of.embeddings}.position_embeddings.weight"
    found[places] = found[places][_FIRST_PLACE:]
    found[f"{of.embeddings}.token_type_embeddings.weight"] = np.zeros((1, of.width), np.float32)
    return found


def write(
    of: Architecture,
    weights: Mapping[str, Float32Array],
    divisors: Mapping[str, Float32Array],
    buckets: NDArray[np.int64],
    target: Path,
) -> None:
    """INPUT (int64, batch x length) -> OUTPUTS (float32, batch x length).

    `weights` as `as_bert` names them; `divisors`: product -> (in,); `buckets`, shape (MAX_TOKENS, MAX_TOKENS), says which bias
    two places have.
    """
    graph = Graph(of, weights, divisors)
    shape = graph.node("Shape", INPUT)
    hidden = graph.trunk(INPUT, shape, bias=_bias(graph, shape, buckets))
    save_with_span_head(graph, "large reader", (INPUT,), hidden, shape, target)


def _bias(graph: Graph, shape: str, buckets: NDArray[np.int64]) -> str:
    """(1, heads, length, length)."""
    assert buckets.shape == (MAX_TOKENS, MAX_TOKENS)
    length = graph.node("Slice", shape, "one", "two")
    both = graph.node("Concat", length, length, axis=0)
    graph.constant("origin", np.array([0, 0]))
    near = graph.node("Slice", graph.constant("buckets", buckets.astype(np.int32)), "origin", both)
    found = graph.node("Gather", graph.parameter(_BIAS), near)
    return graph.node("Unsqueeze", graph.node("Transpose", found, perm=[2, 0, 1]), "zero")
