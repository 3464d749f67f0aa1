"""The reader that ships is the one that its card speaks of, and reads as well as the card says."""

from __future__ import annotations

import hashlib
import re

import pytest

from qa.pipeline.reader import shipped_reader_folder
from tests.conftest import SHARED

FOLDER = shipped_reader_folder()
CARD = (FOLDER / "MODEL_CARD.md").read_text("utf-8")
SLICE = 300


def test_the_file_is_the_one_of_the_card() -> None:
    content = (FOLDER / "model.int8.onnx").read_bytes()
    assert hashlib.sha256(content).hexdigest() in CARD
    assert f"{len(content):,} bytes" in CARD
    assert len(content) <= 30_000_000


@pytest.mark.slow
def test_a_fixed_slice_scores_what_the_card_says() -> None:
    """Within half a point: processors round int8 products differently."""
    measures = pytest.importorskip("qa.training.reader.squad_measures")
    pytest.importorskip("torch")
    from qa.pipeline.reader import Reader
    from qa.training.reader.evaluate_reader import read_file

    data = SHARED / "eval" / "squad2_open.jsonl.gz"
    if not data.exists():
        pytest.skip("../shared/data is not here")
    stated = re.search(rf"Of {SLICE} rows: F1 ([\d.]+), forced F1 ([\d.]+)", CARD)
    assert stated is not None, "the card has no line for the slice"
    measured = measures.measure(read_file(Reader(FOLDER), data, SLICE))
    assert (measured.f1, measured.forced_f1) == pytest.approx([float(one) for one in stated.groups()], abs=0.5)
