from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa.errors import ModelUnusable
from qa.inference.encoder import (
    ModelCard,
    OnnxEncoder,
    ParallelEncoder,
    SentenceTransformerEncoder,
    shipped_encoder_folder,
)
from tests.unit.models import encoder, splitter
from tests.unit.test_passages import document


@pytest.fixture(scope="module")
def full_precision() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder()


def test_both_encoders_are_of_one_model(full_precision: SentenceTransformerEncoder) -> None:
    assert full_precision.card == encoder().card


def test_both_agree_on_the_article(full_precision: SentenceTransformerEncoder, article: str) -> None:
    texts = [passage.text for passage in splitter().split(document(article))]
    assert cosines(full_precision, texts).min() >= 0.99


def test_both_agree_on_squad_questions(full_precision: SentenceTransformerEncoder, squad: list[dict[str, Any]]) -> None:
    questions = [row["question"] for row in squad[::25]][:200]
    assert len(questions) == 200
    assert cosines(full_precision, questions).min() >= 0.99


def cosines(full_precision: SentenceTransformerEncoder, texts: list[str]) -> np.ndarray:
    return (full_precision.encode(texts) * encoder().encode(texts)).sum(axis=1)


def test_vectors_are_unit_float32() -> None:
    vectors = encoder().encode(["one", "a longer text", ""])
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert encoder().encode([]).shape == (0, 384)


def test_a_text_has_the_same_vector_whatever_its_neighbours() -> None:
    alone = encoder().encode(["How long is the lease?"])[0]
    among = encoder().encode(["x " * 500, "How long is the lease?", "Yes."])[1]
    assert (alone == among).all()


def test_many_at_a_time_have_the_vectors_that_each_has_alone(squad: list[dict[str, Any]]) -> None:
    texts = [row["question"] for row in squad[::100]]
    parallel = ParallelEncoder(shipped_encoder_folder())
    assert (parallel.encode(texts) == encoder().encode(texts)).all()
    assert parallel.encode([]).shape == (0, 384)
    assert parallel.card == encoder().card


def test_a_text_is_read_up_to_the_limit_of_the_model() -> None:
    base = "word " * 253
    same = encoder().encode([base + "one two three", base + "one two four"])
    assert same[0] @ same[1] == pytest.approx(1, abs=1e-6)
    near = encoder().encode(["word " * 200 + "volcano", "word " * 200 + "mortgage"])
    assert near[0] @ near[1] < 0.999


def test_a_folder_without_a_model_is_a_named_error(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="model.json"):
        OnnxEncoder(tmp_path)
    ModelCard.load(shipped_encoder_folder()).save(tmp_path)
    with pytest.raises(ModelUnusable, match="tokenizer.json"):
        OnnxEncoder(tmp_path)
