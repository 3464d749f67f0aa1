"""An encoder that costs next to nothing, to build a very large index with: a text's mean word vector, rare words weighing more.

    python -m tests.benchmarks.static_encoder CORPUS FOLDER
    QA_ENCODER=FOLDER qa index CORPUS --index INDEX
    QA_ENCODER=FOLDER python -m tests.benchmarks.scale measure CORPUS INDEX

The words' vectors are all-MiniLM-L6-v2's, less their mean, weighed by how rare they are in CORPUS (smooth inverse frequency,
Arora et al. 2017). It finds less well than the encoder that ships; but what a million passages cost, in time, memory and on
disk, is the same, and they are encoded in minutes instead of hours.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from qa.inference.encoder import ModelCard, SentenceTransformerEncoder, passage_tokenizer, shipped_encoder_folder

_SAMPLED = 200
"""Files of the corpus that word frequencies are taken from."""
_PIECE = 2_000
_SMOOTH = 1e-3
_SPECIAL = [0, 101, 102]


@click.command()
@click.argument("corpus", type=click.Path(path_type=Path, exists=True))
@click.argument("folder", type=click.Path(path_type=Path))
def make(corpus: Path, folder: Path) -> None:
    """Write an encoder for QA_ENCODER to FOLDER."""
    network: Any = SentenceTransformerEncoder().model[0].auto_model
    vectors = _weighed(network.embeddings.word_embeddings.weight.detach().numpy(), _frequencies(corpus))
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(_graph(vectors), folder / "model.int8.onnx")
    shutil.copyfile(shipped_encoder_folder() / "tokenizer.json", folder / "tokenizer.json")
    card = ModelCard.load(shipped_encoder_folder())
    fingerprint = hashlib.sha256(vectors.tobytes()).hexdigest()
    replace(card, model_id="mean of word vectors", fingerprint=fingerprint).save(folder)


def _frequencies(corpus: Path) -> Counter[int]:
    tokenizer, counts = passage_tokenizer(), Counter[int]()
    for text in _texts(corpus):
        for first in range(0, len(text), _PIECE):
            counts.update(tokenizer.encode(text[first : first + _PIECE], add_special_tokens=False).ids)
    return counts


def _texts(corpus: Path) -> Iterator[str]:
    files = sorted(path for path in corpus.rglob("*") if path.is_file())
    for path in files[:: max(1, len(files) // _SAMPLED)]:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        yield raw.decode("utf-8", "replace")


def _weighed(vectors: NDArray[np.float32], counts: Counter[int]) -> NDArray[np.float32]:
    share = np.array([counts[token] for token in range(len(vectors))]) / max(1, counts.total())
    weight = _SMOOTH / (_SMOOTH + share)
    weight[_SPECIAL] = 0
    mean = np.average(vectors, axis=0, weights=share * weight)
    return ((vectors - mean) * weight[:, None]).astype(np.float32)


def _graph(vectors: NDArray[np.float32]) -> Any:
    nodes = [
        helper.make_node("Gather", ["vectors", "input_ids"], ["found"]),
        helper.make_node("ReduceSum", ["found", "length"], ["sum"], keepdims=0),
        helper.make_node("ReduceL2", ["sum"], ["size"], axes=[1], keepdims=1),
        helper.make_node("Max", ["size", "least"], ["divisor"]),
        helper.make_node("Div", ["sum", "divisor"], ["embedding"]),
    ]
    graph = helper.make_graph(
        nodes,
        "static",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", vectors.shape[1]])],
        [
            numpy_helper.from_array(vectors, "vectors"),
            numpy_helper.from_array(np.array([1]), "length"),
            numpy_helper.from_array(np.array(1e-9, dtype=np.float32), "least"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


if __name__ == "__main__":
    make()
