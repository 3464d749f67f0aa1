"""A BERT as an int8 graph, node by node: no more work than reading one text needs. Heads are put on it elsewhere.

Hidden states are two-dimensional (tokens x width), so that every product is one matrix product; query, key and value are one
product, with the scale of attention in the query's weights. The runtime's fused node for "add and normalise" is 8 times as
slow as the two it stands for (0.215 against 0.026 ms at 112 x 384, onnxruntime 1.32); `Sum` keeps it from being put in.
There is no attention mask: a run holds texts of one length.

Products take bytes on both sides: weights signed, one scale a column; activations as they come, one scale a run. A few
channels of the activations are ten times as large as the others and would leave these few levels, so they are divided by
`smoothing` and the weights' rows multiplied by it (SmoothQuant, Xiao et al. 2023).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

OPSET = 17
_CONTRIBUTED = "com.microsoft"
_ATTENTION = "attention.self"

Float32Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Architecture:
    """The sizes of a BERT; `root` is what its parameters' names begin with."""

    layers: int
    heads: int
    width: int
    epsilon: float = 1e-12
    root: str = ""

    @property
    def head_scale(self) -> float:
        return float((self.width // self.heads) ** -0.5)

    @property
    def embeddings(self) -> str:
        return f"{self.root}embeddings"

    def layer(self, number: int) -> str:
        return f"{self.root}encoder.layer.{number}"

    def products(self) -> list[str]:
        """The names of all products of the layers; `...attention.self` is query, key and value side by side."""
        parts = (_ATTENTION, "attention.output.dense", "intermediate.dense", "output.dense")
        return [f"{self.layer(number)}.{part}" for number in range(self.layers) for part in parts]


def parts_of(product: str) -> list[str]:
    """The network's modules that a product stands for; all of them take the same input."""
    if not product.endswith(_ATTENTION):
        return [product]
    return [f"{product}.{part}" for part in ("query", "key", "value")]


def weight_of(weights: Mapping[str, Float32Array], product: str) -> Float32Array:
    """The weight of a linear layer, shape (in, out)."""
    return np.concatenate([weights[f"{name}.weight"].T for name in parts_of(product)], axis=1)


def read_trunk(constants: Mapping[str, NDArray[Any]], architecture: Architecture) -> dict[str, Float32Array]:
    """The other way: the constants of a saved graph -> the trunk's float weights by parameter name."""
    root = (f"{architecture.embeddings}.", f"{architecture.root}encoder.")
    found = {name: array.astype(np.float32) for name, array in constants.items() if name.startswith(root)}
    for product in architecture.products():
        weight = found[f"{product}.weight"]
        if f"{product}.scale" in found:
            weight = weight * found[f"{product}.scale"]
        if f"{product}.smoothing" in found:
            weight = weight * found[f"{product}.smoothing"][:, None]
        parts = parts_of(product)
        pieces = zip(np.split(weight, len(parts), 1), np.split(found[f"{product}.bias"], len(parts)), strict=True)
        for name, (columns, bias) in zip(parts, pieces, strict=True):
            factor = 1 / architecture.head_scale if name.endswith(".query") else 1.0
            found[f"{name}.weight"], found[f"{name}.bias"] = columns.T * factor, bias * factor
    words = f"{architecture.embeddings}.word_embeddings"
    found[f"{words}.weight"] = found[f"{words}.weight"] * found[f"{words}.scale"]
    return found


class Graph:
    """Nodes and constants as they are put together; names given and returned are those of the graph's values."""

    def __init__(
        self,
        architecture: Architecture,
        weights: Mapping[str, Float32Array],
        smoothing: Mapping[str, Float32Array],
        kept: Sequence[str] = (),
    ) -> None:
        """`weights` by the network's parameter names; `smoothing`: product -> (in,); `kept` products stay float32."""
        self._of, self._weights, self._smoothing, self._kept = architecture, weights, smoothing, kept
        self._nodes: list[Any] = []
        self._constants: dict[str, NDArray[Any]] = {
            "flat": np.array([-1]),
            "rows": np.array([-1, architecture.width]),
            "width": np.array([architecture.width]),
            "heads": np.array([3 * architecture.heads, architecture.width // architecture.heads]),
            "one": np.array([1]),
            "two": np.array([2]),
            "zero": np.array([0]),
        }

    def trunk(self, ids: str, shape: str, kinds: str | None = None, bias: str | None = None) -> str:
        """The last hidden states, (tokens, width), of int64 `ids` (batch x length) with its `shape`.

        `kinds` are the token types, of the same shape as `ids`; all are of type 0 where it is None. `bias`, (1, heads, length,
        length), is added to the scores of attention.
        """
        by_head = self.node("Concat", shape, "heads", axis=0)
        hidden = self._embedded(ids, shape, kinds)
        for number in range(self._of.layers):
            hidden = self._layer(self._of.layer(number), hidden, by_head, bias)
        return hidden

    def save(self, name: str, inputs: Sequence[str], outputs: Mapping[str, Sequence[str | int]], target: Path) -> None:
        """`inputs` are int64 (batch x length), `outputs` float32 of the dimensions named."""
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        model = helper.make_model(
            helper.make_graph(
                self._nodes,
                name,
                [helper.make_tensor_value_info(one, TensorProto.INT64, ["batch", "length"]) for one in inputs],
                [helper.make_tensor_value_info(one, TensorProto.FLOAT, shape) for one, shape in outputs.items()],
                [numpy_helper.from_array(np.ascontiguousarray(array), one) for one, array in self._constants.items()],
            ),
            opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(_CONTRIBUTED, 1)],
        )
        model.ir_version = 8
        onnx.save(model, target)

    def parameter(self, name: str) -> str:
        return self.constant(name, self._weights[name])

    def constant(self, name: str, array: NDArray[Any]) -> str:
        self._constants[name] = array
        return name

    def dense(self, rows: str, name: str) -> str:
        """The product of `rows` with the network's linear layer `name`, in float32."""
        weight = self.constant(f"{name}.weight", self._weights[f"{name}.weight"].T)
        return self.node("Gemm", rows, weight, self.parameter(f"{name}.bias"))

    def node(self, kind: str, *inputs: str, **options: Any) -> str:
        return self.nodes(kind, list(inputs), **options)[0]

    def nodes(self, kind: str, inputs: list[str], outputs: int | list[str] = 1, **options: Any) -> list[str]:
        """One node; its outputs' names, or as many new ones as are wanted."""
        from onnx import helper

        number = len(self._nodes)
        if isinstance(outputs, int):
            outputs = [f"{kind}_{number}_{place}" for place in range(outputs)]
        self._nodes.append(helper.make_node(kind, inputs, outputs, name=f"{kind}_{number}", **options))
        return outputs

    def _embedded(self, ids: str, shape: str, kinds: str | None) -> str:
        name = self._of.embeddings
        levels, scale = _levels(self._weights[f"{name}.word_embeddings.weight"], axis=1)
        ids = self.node("Reshape", ids, "flat")
        found = self.node("Gather", self.constant(f"{name}.word_embeddings.weight", levels), ids)
        scales = self.node("Gather", self.constant(f"{name}.word_embeddings.scale", scale), ids)
        rows = self.node("Mul", self.node("Cast", found, to=1), scales)
        rows = self.node("Reshape", rows, self.node("Concat", shape, "width", axis=0))
        added = self.node("Sum", rows, *self._placed(shape, kinds))
        return self._normalised(self.node("Reshape", added, "rows"), f"{name}.LayerNorm")

    def _placed(self, shape: str, kinds: str | None) -> list[str]:
        """What is added for a token's place and type."""
        places = f"{self._of.embeddings}.position_embeddings.weight"
        types = f"{self._of.embeddings}.token_type_embeddings.weight"
        length = self.node("Slice", shape, "one", "two")
        if kinds is None:
            self.constant(places, self._weights[places] + self._weights[types][0])
            return [self.node("Slice", places, "zero", length)]
        added = self.node("Slice", self.parameter(places), "zero", length)
        return [added, self.node("Gather", self.parameter(types), kinds)]

    def _layer(self, name: str, hidden: str, by_head: str, bias: str | None) -> str:
        three = self.node("Reshape", self._product(f"{name}.{_ATTENTION}", hidden), by_head)
        query, key, value = self.nodes("Split", [self.node("Transpose", three, perm=[0, 2, 1, 3])], 3, axis=1)
        scores = self.node("FusedMatMul", query, key, domain=_CONTRIBUTED, transB=1)
        scores = self.node("Add", scores, bias) if bias else scores
        seen = self.node("MatMul", self.node("Softmax", scores, axis=-1), value)
        seen = self.node("Reshape", self.node("Transpose", seen, perm=[0, 2, 1, 3]), "rows")
        added = self.node("Sum", self._product(f"{name}.attention.output.dense", seen), hidden)
        hidden = self._normalised(added, f"{name}.attention.output.LayerNorm")
        inner = self.node("FastGelu", self._product(f"{name}.intermediate.dense", hidden), domain=_CONTRIBUTED)
        added = self.node("Sum", self._product(f"{name}.output.dense", inner), hidden)
        return self._normalised(added, f"{name}.output.LayerNorm")

    def _product(self, name: str, rows: str) -> str:
        weight = weight_of(self._weights, name)
        bias = np.concatenate([self._weights[f"{part}.bias"] for part in parts_of(name)])
        if name.endswith(_ATTENTION):
            factor = np.repeat(np.array([self._of.head_scale, 1, 1], dtype=np.float32), self._of.width)
            weight, bias = weight * factor, bias * factor
        self.constant(f"{name}.bias", bias)
        if name in self._kept:
            return self.node("Gemm", rows, self.constant(f"{name}.weight", weight), f"{name}.bias")
        if name in self._smoothing:
            divisors = self._smoothing[name]
            weight = weight * divisors[:, None]
            # Kept as the factor of the activations, so that reading divides by what the graph multiplies with.
            rows = self.node("Mul", rows, self.constant(f"{name}.smoothing", 1 / divisors))
        levels, scale = _levels(weight, axis=0)
        self.constant(f"{name}.weight", levels)
        self.constant(f"{name}.scale", scale[0])
        inputs = [rows, f"{name}.weight", f"{name}.scale", "", f"{name}.bias"]
        return self.nodes("DynamicQuantizeMatMul", inputs, domain=_CONTRIBUTED)[0]

    def _normalised(self, rows: str, name: str) -> str:
        weight, bias = self.parameter(f"{name}.weight"), self.parameter(f"{name}.bias")
        return self.node("LayerNormalization", rows, weight, bias, epsilon=self._of.epsilon)


def _levels(weight: Float32Array, axis: int) -> tuple[NDArray[np.int8], Float32Array]:
    """Signed bytes and the scale of each slice along `axis`."""
    scale = np.maximum(np.abs(weight).max(axis=axis, keepdims=True), 1e-9) / 127
    return np.rint(weight / scale).astype(np.int8), scale.astype(np.float32)
