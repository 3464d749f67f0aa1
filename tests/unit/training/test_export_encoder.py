"""The encoder's export, of the shipped model's kind and of others: it needs torch and onnx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra qa[train] is not installed")
pytest.importorskip("onnx", reason="the extra qa[train] is not installed")

from qa.errors import ModelUnusable
from qa.inference.encoder import (
    ModelCard,
    OnnxEncoder,
    SentenceTransformerEncoder,
    passage_tokenizer,
    shipped_encoder_folder,
)
from qa.inference.onnx_sessions import open_session
from qa.training.encoder.agreement import agreement
from qa.training.encoder.export_encoder import architecture_of, export_encoder, training_texts
from qa.training.networks.trunk import Architecture, Graph
from qa.training.reader.start import encoder_folder
from tests.unit.training.conftest import BUKHARA, KHIVA, SAMARKAND

TEXTS = [SAMARKAND, BUKHARA, KHIVA, "Who took Khiva?", ""]


def made(folder: Path, pooling: str = "mean", **options: Any) -> SentenceTransformerEncoder:
    """A small model with the default model's words and weights at random, opened from `folder`."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(7)
    sizes = {"hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 96}
    config = BertConfig(**sizes, max_position_embeddings=64, initializer_range=0.2, **options)
    BertModel(config).save_pretrained(folder / "network")
    AutoTokenizer.from_pretrained(encoder_folder()).save_pretrained(folder / "network")
    transformer = Transformer(str(folder / "network"), max_seq_length=64)
    SentenceTransformer(modules=[transformer, Pooling(48, pooling)]).save(str(folder / "model"))
    return SentenceTransformerEncoder(str(folder / "model"))


def inputs(folder: Path) -> list[str]:
    return [one.name for one in open_session(folder / "model.int8.onnx").get_inputs()]


@pytest.mark.parametrize("texts", [[], TEXTS[:4]], ids=["as it comes", "evened out"])
def test_a_bert_of_any_size_gets_the_graph_without_a_mask(tmp_path: Path, texts: list[str]) -> None:
    encoder = made(tmp_path, layer_norm_eps=1e-5)
    assert architecture_of(encoder.model) == Architecture(layers=3, heads=4, width=48, epsilon=1e-5)
    export_encoder(encoder, tmp_path / "export", texts)
    assert inputs(tmp_path / "export") == ["input_ids"]
    _agree(encoder, OnnxEncoder(tmp_path / "export"))


@pytest.mark.parametrize(
    ("pooling", "options"), [("cls", {}), ("mean", {"hidden_act": "relu"})], ids=["first token", "relu"]
)
def test_any_other_model_is_exported_too(tmp_path: Path, pooling: str, options: dict[str, Any]) -> None:
    encoder = made(tmp_path, pooling, **options)
    assert architecture_of(encoder.model) is None
    export_encoder(encoder, tmp_path / "export", TEXTS)
    assert inputs(tmp_path / "export") == ["input_ids", "attention_mask"]
    _agree(encoder, OnnxEncoder(tmp_path / "export"))


def _agree(full: SentenceTransformerEncoder, exported: OnnxEncoder) -> None:
    assert exported.card == full.card
    theirs, ours = full.encode(TEXTS), exported.encode(TEXTS)
    assert (theirs * ours).sum(axis=1).min() >= 0.99
    # What the texts say tells them apart by more than the export changes.
    assert (theirs @ theirs.T)[~np.eye(len(TEXTS), dtype=bool)].max() < 0.99


def test_texts_of_one_length_may_share_a_run() -> None:
    session = open_session(shipped_encoder_folder() / "model.int8.onnx")
    ids = [passage_tokenizer().encode(text).ids for text in ("How long is the lease?", "How old is the house?")]
    assert len(ids[0]) == len(ids[1])
    (together,) = session.run(None, {"input_ids": np.array(ids)})
    alone = np.concatenate([session.run(None, {"input_ids": np.array([one])})[0] for one in ids])
    assert together.shape == (2, 384)
    assert (together * alone).sum(axis=1).min() >= 0.99


def test_the_exported_tokenizer_is_the_model_s_own(tmp_path: Path) -> None:
    encoder = made(tmp_path)
    export_encoder(encoder, tmp_path / "export", TEXTS)
    export_encoder(SentenceTransformerEncoder(str(tmp_path / "model")), tmp_path / "other")
    written = (tmp_path / "export" / "tokenizer.json").read_bytes()
    assert written == (tmp_path / "other" / "tokenizer.json").read_bytes()


def test_evening_out_brings_the_shipped_model_closer_to_full_precision(tmp_path: Path) -> None:
    encoder = SentenceTransformerEncoder()
    export_encoder(encoder, tmp_path)
    plain, _ = agreement(encoder, OnnxEncoder(tmp_path), TEXTS)
    even, _ = agreement(encoder, OnnxEncoder(shipped_encoder_folder()), TEXTS)
    assert 0.98 < plain < even < 1


def test_training_texts_are_paragraphs_and_questions_where_there_are_any(tmp_path: Path, data: Path) -> None:
    texts = training_texts(data / "train" / "squad20_train_500para.jsonl.gz")
    assert len(texts) == len(set(texts)) == 128
    assert sum(text.endswith("?") for text in texts) >= 60
    assert training_texts(tmp_path / "nothing.jsonl.gz") == []


def test_a_graph_that_asks_for_what_no_tokenizer_gives_is_a_named_error(tmp_path: Path) -> None:
    ModelCard.load(shipped_encoder_folder()).save(tmp_path)
    (tmp_path / "tokenizer.json").write_bytes((shipped_encoder_folder() / "tokenizer.json").read_bytes())
    graph = Graph(Architecture(1, 1, 1), {}, {}, ())
    graph.nodes("Cast", ["pixels"], ["embedding"], to=1)
    graph.save("other", ["pixels"], {"embedding": ("batch", "length")}, tmp_path / "model.int8.onnx")
    with pytest.raises(ModelUnusable, match="pixels"):
        OnnxEncoder(tmp_path)
