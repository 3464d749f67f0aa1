"""The int8 graph that ships, node by node: no more work than reading one passage needs.

Hidden states are two-dimensional (tokens x 384), so that every product is one matrix product; query, key and value are one
product, with the scale of attention in the query's weights. The runtime's fused node for "add and normalise" is 8 times as
slow as the two it stands for (0.215 against 0.026 ms at 112 x 384, onnxruntime 1.32); `Sum` keeps it from being put in.
There is no attention mask: a run holds texts of one length.

Products take bytes on both sides: weights signed, one scale a column; activations as they come, one scale a run. A few
channels of the activations are ten times as large as the others and would leave these few levels, so they are divided by
`smoothing` and the weights' rows multiplied by it (SmoothQuant, Xiao et al. 2023).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

OPSET = 17
LAYERS, HEADS, WIDTH = 6, 12, 384
HEAD_SCALE = (WIDTH // HEADS) ** -0.5
INPUTS = ("input_ids", "token_type_ids")
OUTPUTS = ("start_logits", "end_logits")
_CONTRIBUTED = "com.microsoft"
_EMBEDDINGS = "bert.embeddings"

Floats = NDArray[np.float32]


def products() -> list[str]:
    """The names of all products of the layers; `...attention.self` is query, key and value side by side."""
    parts = ("attention.self", "attention.output.dense", "intermediate.dense", "output.dense")
    return [f"bert.encoder.layer.{layer}.{part}" for layer in range(LAYERS) for part in parts]


def weight_of(weights: Mapping[str, Floats], product: str) -> Floats:
    """(in, out) of a product."""
    return np.concatenate([weights[f"{name}.weight"].T for name in _parts(product)], axis=1)


def write(weights: Mapping[str, Floats], smoothing: Mapping[str, Floats], target: Path, kept: Sequence[str]) -> None:
    """`weights` by the network's parameter names; `smoothing`: product -> (in,); `kept` products stay float32."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    graph = _Graph(weights, smoothing, kept)
    graph.build()
    shape = ["batch", "length"]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "reader",
            [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in INPUTS],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in OUTPUTS],
            [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in graph.constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(_CONTRIBUTED, 1)],
    )
    model.ir_version = 8
    onnx.save(model, target)


def read(constants: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
    """The other way: the constants of a graph that `write` made -> float weights by parameter name."""
    found = {name: array.astype(np.float32) for name, array in constants.items() if name.startswith(("bert.", "qa_"))}
    for product in products():
        weight = found[f"{product}.weight"]
        if f"{product}.scale" in found:
            weight = weight * found[f"{product}.scale"]
        if f"{product}.smoothing" in found:
            weight = weight * found[f"{product}.smoothing"][:, None]
        parts = _parts(product)
        pieces = zip(np.split(weight, len(parts), 1), np.split(found[f"{product}.bias"], len(parts)), strict=True)
        for name, (columns, bias) in zip(parts, pieces, strict=True):
            factor = 1 / HEAD_SCALE if name.endswith(".query") else 1.0
            found[f"{name}.weight"], found[f"{name}.bias"] = columns.T * factor, bias * factor
    words = f"{_EMBEDDINGS}.word_embeddings"
    found[f"{words}.weight"] = found[f"{words}.weight"] * found[f"{words}.scale"]
    found["qa_outputs.weight"] = found["qa_outputs.weight"].T
    return found


def _parts(product: str) -> list[str]:
    if not product.endswith("attention.self"):
        return [product]
    return [f"{product}.{part}" for part in ("query", "key", "value")]


def _levels(weight: Floats, axis: int) -> tuple[NDArray[np.int8], Floats]:
    """Signed bytes and the scale of each slice along `axis`."""
    scale = np.maximum(np.abs(weight).max(axis=axis, keepdims=True), 1e-9) / 127
    return np.rint(weight / scale).astype(np.int8), scale.astype(np.float32)


class _Graph:
    def __init__(self, weights: Mapping[str, Floats], smoothing: Mapping[str, Floats], kept: Sequence[str]) -> None:
        self._weights, self._smoothing, self._kept = weights, smoothing, kept
        self.nodes: list[Any] = []
        self.constants: dict[str, NDArray[Any]] = {
            "flat": np.array([-1]),
            "rows": np.array([-1, WIDTH]),
            "width": np.array([WIDTH]),
            "heads": np.array([3 * HEADS, WIDTH // HEADS]),
            "one": np.array([1]),
            "two": np.array([2]),
            "zero": np.array([0]),
        }

    def build(self) -> None:
        shape = self._node("Shape", "input_ids")
        by_head = self._node("Concat", shape, "heads", axis=0)
        hidden = self._embedded(shape)
        for layer in range(LAYERS):
            hidden = self._layer(f"bert.encoder.layer.{layer}", hidden, by_head)
        self._constant("qa_outputs.weight", self._weights["qa_outputs.weight"].T)
        logits = self._node("Gemm", hidden, "qa_outputs.weight", self._parameter("qa_outputs.bias"))
        for column, output in zip(self._nodes("Split", [logits], 2, axis=1), OUTPUTS, strict=True):
            self._nodes("Reshape", [column, shape], [output])

    def _embedded(self, shape: str) -> str:
        words = f"{_EMBEDDINGS}.word_embeddings"
        levels, scale = _levels(self._weights[f"{words}.weight"], axis=1)
        ids = self._node("Reshape", "input_ids", "flat")
        found = self._node("Gather", self._constant(f"{words}.weight", levels), ids)
        scales = self._node("Gather", self._constant(f"{words}.scale", scale), ids)
        rows = self._node("Mul", self._node("Cast", found, to=1), scales)
        length = self._node("Slice", shape, "one", "two")
        places = self._node("Slice", self._parameter(f"{_EMBEDDINGS}.position_embeddings.weight"), "zero", length)
        kinds = self._node("Gather", self._parameter(f"{_EMBEDDINGS}.token_type_embeddings.weight"), "token_type_ids")
        rows = self._node("Reshape", rows, self._node("Concat", shape, "width", axis=0))
        return self._normalised(
            self._node("Reshape", self._node("Sum", rows, places, kinds), "rows"), f"{_EMBEDDINGS}.LayerNorm"
        )

    def _layer(self, name: str, hidden: str, by_head: str) -> str:
        three = self._node("Reshape", self._product(f"{name}.attention.self", hidden), by_head)
        query, key, value = self._nodes("Split", [self._node("Transpose", three, perm=[0, 2, 1, 3])], 3, axis=1)
        (scores,) = self._nodes("FusedMatMul", [query, key], domain=_CONTRIBUTED, transB=1)
        seen = self._node("MatMul", self._node("Softmax", scores, axis=-1), value)
        seen = self._node("Reshape", self._node("Transpose", seen, perm=[0, 2, 1, 3]), "rows")
        added = self._node("Sum", self._product(f"{name}.attention.output.dense", seen), hidden)
        hidden = self._normalised(added, f"{name}.attention.output.LayerNorm")
        (inner,) = self._nodes("FastGelu", [self._product(f"{name}.intermediate.dense", hidden)], domain=_CONTRIBUTED)
        added = self._node("Sum", self._product(f"{name}.output.dense", inner), hidden)
        return self._normalised(added, f"{name}.output.LayerNorm")

    def _product(self, name: str, rows: str) -> str:
        weight = weight_of(self._weights, name)
        bias = np.concatenate([self._weights[f"{part}.bias"] for part in _parts(name)])
        if name.endswith("attention.self"):
            factor = np.repeat(np.array([HEAD_SCALE, 1, 1], dtype=np.float32), WIDTH)
            weight, bias = weight * factor, bias * factor
        self._constant(f"{name}.bias", bias)
        if name in self._kept:
            return self._node("Gemm", rows, self._constant(f"{name}.weight", weight), f"{name}.bias")
        if name in self._smoothing:
            divisors = self._smoothing[name]
            weight = weight * divisors[:, None]
            # Kept as the factor of the activations, so that `read` divides by what the graph multiplies with.
            rows = self._node("Mul", rows, self._constant(f"{name}.smoothing", 1 / divisors))
        levels, scale = _levels(weight, axis=0)
        self._constant(f"{name}.weight", levels)
        self._constant(f"{name}.scale", scale[0])
        inputs = [rows, f"{name}.weight", f"{name}.scale", "", f"{name}.bias"]
        return self._nodes("DynamicQuantizeMatMul", inputs, domain=_CONTRIBUTED)[0]

    def _normalised(self, rows: str, name: str) -> str:
        weight, bias = self._parameter(f"{name}.weight"), self._parameter(f"{name}.bias")
        return self._node("LayerNormalization", rows, weight, bias, epsilon=1e-12)

    def _parameter(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _constant(self, name: str, array: NDArray[Any]) -> str:
        self.constants[name] = array
        return name

    def _node(self, kind: str, *inputs: str, **options: Any) -> str:
        return self._nodes(kind, list(inputs), **options)[0]

    def _nodes(self, kind: str, inputs: list[str], outputs: int | list[str] = 1, **options: Any) -> list[str]:
        from onnx import helper

        number = len(self.nodes)
        if isinstance(outputs, int):
            outputs = [f"{kind}_{number}_{place}" for place in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, outputs, name=f"{kind}_{number}", **options))
        return outputs
