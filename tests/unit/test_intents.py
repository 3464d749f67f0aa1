"""What questions want, on 880 questions that the classifier has not seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.encoder import OnnxEncoder, shipped_encoder_folder
from qa.pipeline.intents import BUCKETS, Intent, features, shipped_intents

ROWS = Path(__file__).parents[1] / "data" / "intents.jsonl"
Judged = tuple[dict[str, Any], dict[Intent, float]]


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    rows = [json.loads(line) for line in ROWS.open(encoding="utf-8")]
    vectors = OnnxEncoder(shipped_encoder_folder()).encode([row["question"] for row in rows])
    intents = shipped_intents()
    return [(row, intents.probabilities(row["question"], vector)) for row, vector in zip(rows, vectors, strict=True)]


def share_right(judged: list[Judged], least: float) -> tuple[float, float]:
    """Of those with a probability of `least` and more: how many are right, and how many of all they are."""
    sure = [
        (row, max(chances, key=lambda intent: chances[intent]))
        for row, chances in judged
        if max(chances.values()) >= least
    ]
    return sum(row["kind"] == intent for row, intent in sure) / len(sure), len(sure) / len(judged)


def test_what_is_surely_wanted_is_wanted(judged: list[Judged]) -> None:
    assert share_right(judged, 0.0)[0] > 0.87
    right, covered = share_right(judged, 0.8)
    assert right > 0.96
    assert covered > 0.6


def test_no_question_about_documents_is_surely_taken_for_talk(judged: list[Judged]) -> None:
    taken = [row["question"] for row, chances in judged if row["kind"] != "talk" and chances[Intent.TALK] >= 0.8]
    assert taken == []


def test_probabilities_add_up_to_one(judged: list[Judged]) -> None:
    for _, chances in judged[:20]:
        assert list(chances) == list(Intent)
        assert sum(chances.values()) == pytest.approx(1, abs=1e-5)


@given(st.text(max_size=300))
def test_every_text_has_features(question: str) -> None:
    buckets, weights = features(question)
    assert len(set(buckets.tolist())) == len(buckets) == len(weights) > 0
    assert buckets.min() >= 0
    assert buckets.max() < BUCKETS
    assert np.linalg.norm(weights) == pytest.approx(1, abs=1e-5)
