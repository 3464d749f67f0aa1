"""A classifier of two texts (cross-encoder): a reader's lower layers, a pooler and a linear head; and its int8 graph.

The products of the layers are int8 (qa.training.networks.trunk), the pooler and the head float32.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import BertForSequenceClassification

from qa.training.data.batches import Example
from qa.training.networks.smoothquant import divisors, feed_forward_shares, largest, of_examples
from qa.training.networks.trunk import Architecture, Float32Array, Graph, read_trunk
from qa.training.reader.reader_graph import INPUTS
from qa.training.reader.start import encoder_folder, network, reader_weights


@dataclass(frozen=True, slots=True)
class PairClassifier:
    """A BertForSequenceClassification of so many layers (384 wide) with so many classes; its graph gives `output`."""

    name: str
    layers: int
    classes: int
    output: str

    @property
    def architecture(self) -> Architecture:
        return Architecture(layers=self.layers, heads=12, width=384, root="bert.")

    def untrained(self) -> BertForSequenceClassification:
        """The network before it has weights: the encoder's architecture, of so many layers."""
        config = network().config
        config.num_hidden_layers, config.num_labels = self.layers, self.classes
        torch.manual_seed(0)
        return BertForSequenceClassification(config)

    def started(self, reader: Path) -> BertForSequenceClassification:
        """The lower layers of a reader (.pt or .onnx), with a fresh head."""
        model = self.untrained()
        model.load_state_dict(reader_weights(reader), strict=False)
        return model

    def resumed(self, exported: Path) -> BertForSequenceClassification:
        """The network that was exported to the file `exported`, its int8 products multiplied out."""
        constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(exported).graph.initializer}
        weights = dict(read_trunk(constants, self.architecture))
        for name in ("bert.pooler.dense", "classifier"):
            weights |= {f"{name}.weight": constants[f"{name}.weight"].T, f"{name}.bias": constants[f"{name}.bias"]}
        model = self.untrained()
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(torch.tensor(np.asarray(weights[name], np.float32)).reshape(parameter.shape))
        return model

    def export(self, weights: Path, folder: Path, examples: Sequence[Example]) -> Path:
        """Writes `model.int8.onnx` and `tokenizer.json` into `folder`; the model's path. `examples` show how activations
        vary."""
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / "model.int8.onnx"
        model = self.untrained()
        model.load_state_dict(torch.load(weights, weights_only=True, map_location="cpu"))
        parameters = {name: tensor.numpy() for name, tensor in model.eval().state_dict().items()}
        shares = feed_forward_shares(self.architecture)
        peaks = largest(model, of_examples(examples), list(shares))
        self.write(parameters, divisors(parameters, peaks, shares), target)
        shutil.copyfile(encoder_folder() / "tokenizer.json", folder / "tokenizer.json")
        return target

    def write(self, weights: Mapping[str, Float32Array], smoothing: Mapping[str, Float32Array], target: Path) -> None:
        """INPUTS (int64, batch x length) -> `output` (float32): logits, batch x classes, or (batch) where there is one class.

        `weights` by the parameter names of BertForSequenceClassification; the pooler and the head stay float32.
        """
        graph = Graph(self.architecture, weights, smoothing)
        shape = graph.node("Shape", "input_ids")
        hidden = graph.trunk("input_ids", shape, "token_type_ids")
        rows = graph.node("Reshape", hidden, graph.node("Concat", shape, "width", axis=0))
        first = graph.node(
            "Reshape", graph.node("Gather", rows, graph.constant("first", np.array([0])), axis=1), "rows"
        )
        pooled = graph.node("Tanh", graph.dense(first, "bert.pooler.dense"))
        logits = graph.dense(pooled, "classifier")
        if self.classes == 1:
            graph.nodes("Reshape", [logits, "flat"], [self.output])
            graph.save(self.name, INPUTS, {self.output: ("batch",)}, target)
        else:
            graph.nodes("Identity", [logits], [self.output])
            graph.save(self.name, INPUTS, {self.output: ("batch", self.classes)}, target)
