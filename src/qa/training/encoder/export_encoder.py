"""Exports a sentence-transformers model as the int8 ONNX question encoder: `python -m qa.training.encoder.export_encoder`.

A BERT whose tokens' mean is taken gets a graph built node by node (qa.training.encoder.encoder_graph), every product int8.
Any other model is exported by way of torch and quantised dynamically, but for the feed-forward part of its first two layers.
Either graph gives `embedding` (float32, batch x dimension): pooling and normalisation are inside, so that both encoders do
the same by construction.

Before a product its activations' channels are evened out (SmoothQuant) by their largest values on training texts. Cosine to
fp32, mean of 200 questions / of 100 paragraphs of training data, other ones than the values came from: 0.9945 / 0.9949
without, 0.9978 / 0.9973 with the feed-forward part's SHARES, 0.9987 / 0.9982 with all of them. Most of what is left comes
from the second feed-forward product: with all six of these in float32 it is 0.9996 / 0.9995, in 34.1 MB instead of 23.5.
`python -m qa.training.encoder.agreement` measures a finished file on other texts.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from qa.inference.encoder import DEFAULT_MODEL, SentenceTransformerEncoder, shipped_encoder_folder
from qa.inference.onnx_sessions import silent_onnxruntime
from qa.training.data.training_rows import read_rows, spread
from qa.training.encoder import encoder_graph
from qa.training.networks.trunk import Architecture

SHARES: Mapping[str, float] = {"attention.self": 0.8, "intermediate.dense": 0.6, "output.dense": 0.8}
"""Of each layer's product, how much of the activations' unevenness goes over to its weights (SmoothQuant)."""
TRAINING_DATA = Path("../shared/data/train/squad20_train_500para.jsonl.gz")
_OF_EACH_KIND = 64
"""Questions, and paragraphs, that show how activations vary."""
_OPSET = 17
_KEPT_IN_FULL = tuple(f"encoder/layer.{layer}/{part}" for layer in (0, 1) for part in ("intermediate", "output/dense"))


def export_encoder(encoder: SentenceTransformerEncoder, folder: Path, texts: Sequence[str] = ()) -> None:
    """Write `model.int8.onnx`, `tokenizer.json` and `model.json` to `folder`.

    `texts` show how activations vary; without any they are not evened out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "model.int8.onnx"
    architecture = architecture_of(encoder.model)
    with tempfile.TemporaryDirectory() as scratch:
        # First, because a tokenizer keeps, and saves, the truncation of its last call.
        encoder.model.tokenizer.save_pretrained(scratch)
        shutil.copyfile(Path(scratch) / "tokenizer.json", folder / "tokenizer.json")
        if architecture is not None:
            _build(encoder, architecture, texts, target)
        else:
            _export_full_precision(encoder.model, Path(scratch) / "model.onnx")
            _quantise(Path(scratch) / "model.onnx", target)
    encoder.card.save(folder)


def architecture_of(model: Any) -> Architecture | None:
    """The sizes of a sentence-transformers `model` that is a BERT and the mean over its tokens; None for any other."""
    from transformers import BertModel

    modules = [type(module).__name__ for module in model]
    if modules not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        return None
    network, pooling = model[0].auto_model, model[1]
    if type(network) is not BertModel or getattr(pooling, "pooling_mode", None) != "mean":
        return None
    config = network.config
    if config.is_decoder or config.hidden_act != "gelu":
        return None
    return Architecture(config.num_hidden_layers, config.num_attention_heads, config.hidden_size, config.layer_norm_eps)


def training_texts(path: Path) -> list[str]:
    """Paragraphs and questions, spread over a file of training rows; none where there is no such file."""
    if not path.is_file():
        return []
    rows = list(read_rows(path))
    kinds = ([row.context for row in rows], [row.question for row in rows])
    return [text for kind in kinds for text in spread(list(dict.fromkeys(kind)), _OF_EACH_KIND)]


def _build(encoder: SentenceTransformerEncoder, architecture: Architecture, texts: Sequence[str], target: Path) -> None:
    from qa.training.networks.smoothquant import divisors, largest

    network = encoder.model[0].auto_model
    weights = {name: tensor.float().numpy() for name, tensor in network.state_dict().items()}
    layers = [architecture.layer(number) for number in range(architecture.layers)]
    shares = {f"{layer}.{part}": share for layer in layers for part, share in SHARES.items()} if texts else {}
    peaks = largest(network, _feeds(encoder, texts), list(shares))
    encoder_graph.write(architecture, weights, divisors(weights, peaks, shares), target)


def _feeds(encoder: SentenceTransformerEncoder, texts: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Each text by itself, as the network takes it."""
    for text in texts:
        yield encoder.model.tokenizer(text, truncation=True, max_length=encoder.card.max_tokens, return_tensors="pt")


def _export_full_precision(model: Any, path: Path) -> None:
    import torch

    class NormalisedEncoder(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            return torch.nn.functional.normalize(self.model(features)["sentence_embedding"], dim=-1)

    model.eval()
    sample = torch.ones((2, 16), dtype=torch.int64)
    sizes = {0: "batch", 1: "length"}
    torch.onnx.export(
        NormalisedEncoder(),
        (sample, sample),
        str(path),
        input_names=["input_ids", "attention_mask"],
        output_names=["embedding"],
        dynamic_axes={"input_ids": sizes, "attention_mask": sizes, "embedding": {0: "batch"}},
        opset_version=_OPSET,
        dynamo=False,
    )


def _quantise(source: Path, target: Path) -> None:
    import onnx

    silent_onnxruntime()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    names = [node.name for node in onnx.load(source).graph.node]
    kept = [name for name in names if any(part in name for part in _KEPT_IN_FULL)]
    quantize_dynamic(source, target, weight_type=QuantType.QInt8, per_channel=True, nodes_to_exclude=kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="a sentence-transformers model, by name or by folder")
    parser.add_argument("--output", type=Path, default=shipped_encoder_folder())
    parser.add_argument(
        "--texts",
        type=Path,
        help="a file of about a hundred texts, one a line, like those to be encoded: they show how activations vary "
        f"(without it, texts from {TRAINING_DATA}, if it is there)",
    )
    arguments = parser.parse_args()
    given: Path | None = arguments.texts
    texts = training_texts(TRAINING_DATA) if given is None else given.read_text("utf-8").splitlines()
    export_encoder(SentenceTransformerEncoder(arguments.model), arguments.output, texts)


if __name__ == "__main__":
    main()
