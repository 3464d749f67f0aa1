"""The index of documents that training asks questions of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from qa.index.backend import CorpusIndex
from qa.index.backends import backend_of
from qa.index.service import update_index
from qa.inference.encoder import ModelCard, shipped_encoder_folder
from qa.settings import Settings


@contextmanager
def indexed(corpus: Path, index: Path) -> Iterator[CorpusIndex]:
    """The index of `corpus` in the folder `index`, brought up to date. Raises QaError."""
    update_index(Settings(corpus=corpus, index=index))
    with closing(backend_of(index).open(ModelCard.load(shipped_encoder_folder()))) as opened:
        yield opened
