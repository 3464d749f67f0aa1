"""The tagger network's int8 graph: the trunk of qa.training.networks.trunk with one logit a token."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from qa.conversation.network import OUTPUT
from qa.training.networks.trunk import Float32Array, Graph, read_trunk
from qa.training.reader.reader_graph import INPUTS, READER

_WEIGHT, _BIAS = "term.weight", "term.bias"


def write(weights: Mapping[str, Float32Array], smoothing: Mapping[str, Float32Array], target: Path) -> None:
    """INPUTS (int64, batch x length) -> OUTPUT (float32, batch x length), the log-odds that the token is of a term.

    `weights` are those of a network with a head of two columns, whose difference is the logit.
    """
    graph = Graph(READER, weights, smoothing)
    shape = graph.node("Shape", "input_ids")
    hidden = graph.trunk("input_ids", shape, "token_type_ids")
    (of_term, of_none), (bias, bias_of_none) = weights["qa_outputs.weight"], weights["qa_outputs.bias"]
    graph.constant(_WEIGHT, (of_term - of_none)[:, None])
    graph.constant(_BIAS, (bias - bias_of_none)[None])
    logits = graph.node("Gemm", hidden, _WEIGHT, _BIAS)
    graph.nodes("Reshape", [logits, shape], [OUTPUT])
    graph.save("tagger", INPUTS, {OUTPUT: ("batch", "length")}, target)


def read(path: Path) -> dict[str, Float32Array]:
    """The other way: a file that `write` made -> float weights by parameter name, all of the head in its first column. Raises
    OSError, KeyError."""
    import numpy as np
    import onnx
    from onnx import numpy_helper

    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}
    of_term, bias = constants[_WEIGHT][:, 0].astype(np.float32), constants[_BIAS].astype(np.float32)
    head = {
        "qa_outputs.weight": np.stack([of_term, np.zeros_like(of_term)]),
        "qa_outputs.bias": np.append(bias, bias * 0),
    }
    return {**read_trunk(constants, READER), **head}
