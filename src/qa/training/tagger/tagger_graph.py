"""The tagger network's int8 graph: the trunk of qa.training.networks.trunk with one logit a token."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from qa.conversation.network import OUTPUT
from qa.training.networks.trunk import Floats, Graph
from qa.training.reader.reader_graph import INPUTS, READER


def write(weights: Mapping[str, Floats], smoothing: Mapping[str, Floats], target: Path) -> None:
    """INPUTS (int64, batch x length) -> OUTPUT (float32, batch x length), the log-odds that the token is of a term.

    `weights` are those of a network with a head of two columns, whose difference is the logit.
    """
    graph = Graph(READER, weights, smoothing, kept=())
    shape = graph.node("Shape", "input_ids")
    hidden = graph.trunk("input_ids", shape, "token_type_ids")
    (of_term, of_none), (bias, bias_of_none) = weights["qa_outputs.weight"], weights["qa_outputs.bias"]
    graph.constant("term.weight", (of_term - of_none)[:, None])
    graph.constant("term.bias", (bias - bias_of_none)[None])
    logits = graph.node("Gemm", hidden, "term.weight", "term.bias")
    graph.nodes("Reshape", [logits, shape], [OUTPUT])
    graph.save("tagger", INPUTS, {OUTPUT: ("batch", "length")}, target)
