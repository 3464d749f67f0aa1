"""Encoding passages, beside SentenceTransformer in fp32 on the same cores: pytest -m benchmark tests/benchmarks/test_encoding.py -s"""

from __future__ import annotations

import time
from typing import Any

import pytest

from qa.inference.encoder import Encoder, ParallelEncoder, SentenceTransformerEncoder, shipped_encoder_folder
from tests.unit.models import splitter
from tests.unit.test_passages import document

pytestmark = pytest.mark.benchmark
PASSAGES = 256
ROUNDS = 3


def test_passages_are_encoded_twice_as_fast_as_by_sentence_transformers(squad: list[dict[str, Any]]) -> None:
    contexts = dict.fromkeys(row["context"] for row in squad)
    texts = [passage.text for text in contexts for passage in splitter().split(document(text))][:PASSAGES]
    ours, theirs = ParallelEncoder(shipped_encoder_folder()), SentenceTransformerEncoder()
    for encoder in (ours, theirs):
        encoder.encode(texts[:32])
    rates = [(_rate(ours, texts), _rate(theirs, texts)) for _ in range(ROUNDS)]
    int8, fp32 = (max(each) for each in zip(*rates, strict=True))
    print(f"\n{PASSAGES} passages: int8 {int8:.0f} a second, SentenceTransformer {fp32:.0f}, ratio {int8 / fp32:.2f}")
    assert int8 >= 2 * fp32


def _rate(encoder: Encoder, texts: list[str]) -> float:
    """Passages a second."""
    begun = time.perf_counter()
    encoder.encode(texts)
    return len(texts) / (time.perf_counter() - begun)
