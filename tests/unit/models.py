"""The real models, opened once for a test run, and a way to index a folder with them quickly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from qa.index.writing.writer import IndexModel, UpdateReport, update
from qa.inference.encoder import ModelCard, OnnxEncoder, passage_tokenizer, shipped_encoder_folder
from qa.pipeline.reader import Reader, shipped_reader_folder
from qa.text.passages import Splitter


@cache
def encoder() -> OnnxEncoder:
    return OnnxEncoder(shipped_encoder_folder())


@cache
def _vector(text: str) -> np.ndarray:
    return encoder().encode([text])[0]


class RememberingEncoder:
    """The real encoder, which encodes a text once in a test run."""

    card = ModelCard.load(shipped_encoder_folder())

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([_vector(text) for text in texts])


class CountingEncoder(RememberingEncoder):
    """As it, and what it was asked to encode."""

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded += texts
        return super().encode(texts)


@cache
def reader() -> Reader:
    return Reader(shipped_reader_folder())


@cache
def splitter() -> Splitter:
    return Splitter(passage_tokenizer())


def card() -> ModelCard:
    return ModelCard.load(shipped_encoder_folder())


def index_model() -> IndexModel:
    """The asking side's encoder builds here: the same model in 0.1 s instead of 5 s."""
    return IndexModel(card(), splitter(), RememberingEncoder)


def index_folder(corpus: Path, folder: Path, **options: bool) -> UpdateReport:
    return update(corpus, folder, index_model(), **options)
