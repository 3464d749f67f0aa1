"""Reading the eight best passages, beside the same reader in fp32 PyTorch: pytest -m benchmark tests/benchmarks/test_reader.py -s"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from qa.index.records import StoredPassage
from qa.inference.encoder import passage_tokenizer
from qa.pipeline.reader import MAX_TOKENS, Reader, shipped_reader_folder
from tests.unit.models import splitter
from tests.unit.test_passages import document

pytestmark = pytest.mark.benchmark
QUESTIONS = 25
PASSAGES = 8


def test_int8_reads_eight_passages_in_a_quarter_of_the_time_of_fp32_pytorch(squad: list[dict[str, Any]]) -> None:
    contexts = list(dict.fromkeys(row["context"] for row in squad))
    cut = [passage for text in contexts[:40] for passage in splitter().split(document(text))][:PASSAGES]
    passages = [
        StoredPassage(number, "a.txt", one.start, one.end, one.line, one.page, one.heading, one.text)
        for number, one in enumerate(cut)
    ]
    shipped = Reader(shipped_reader_folder())
    pytorch = _pytorch(passages)
    ours: list[float] = []
    theirs: list[float] = []
    for row in squad[:QUESTIONS]:
        ours.append(_milliseconds(lambda question: shipped.read(question, passages), row["question"]))
        theirs.append(_milliseconds(pytorch, row["question"]))
    int8, fp32 = statistics.median(ours), statistics.median(theirs)
    print(f"\n{PASSAGES} passages: int8 {int8:.0f} ms, fp32 PyTorch {fp32:.0f} ms, ratio {int8 / fp32:.3f}")
    assert int8 <= fp32 / 4


def _milliseconds(read: Callable[[str], object], question: str) -> float:
    begun = time.perf_counter()
    read(question)
    return 1000 * (time.perf_counter() - begun)


def _pytorch(passages: Sequence[StoredPassage]) -> Callable[[str], object]:
    """The same weights over one padded batch, as transformers runs it by default."""
    import torch
    from transformers import BertForQuestionAnswering

    from qa.training.reader.start import load_onnx_weights, network

    model: BertForQuestionAnswering = network().eval()
    load_onnx_weights(model, shipped_reader_folder() / "model.int8.onnx")
    tokenizer = passage_tokenizer()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
    tokenizer.enable_padding()

    def read(question: str) -> object:
        encodings = tokenizer.encode_batch([(question, passage.text) for passage in passages])
        ids, mask, kinds = (
            torch.tensor([getattr(encoding, name) for encoding in encodings])
            for name in ("ids", "attention_mask", "type_ids")
        )
        with torch.inference_mode():
            out = model(input_ids=ids, attention_mask=mask, token_type_ids=kinds)
        return out.start_logits.numpy(), out.end_logits.numpy()

    return read
