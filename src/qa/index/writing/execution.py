"""Where the work of an update is done that is not writing: files are cut into passages, and texts encoded.

In this process (InThisProcess), or on the machines of a cluster (qa.index.distributed), by the same rules. The index is
written by one process in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from qa.documents import Document, Loader, SourceFile
from qa.errors import DocumentUnreadable
from qa.text.passages import Passage, Splitter

if TYPE_CHECKING:
    from qa.inference.encoder import Encoder, Vectors


@dataclass(frozen=True, slots=True)
class CutDocument:
    """A document, and its passages in the order of its text."""

    document: Document
    passages: list[Passage]


class Executor(Protocol):
    """Cuts files into passages, and encodes texts."""

    @property
    def ahead(self) -> int:
        """How many calls of `encode` may be begun beyond the one whose vectors are waited for."""
        ...

    def cut(
        self, sources: Iterable[SourceFile], splitter: Splitter
    ) -> Generator[tuple[SourceFile, CutDocument | DocumentUnreadable]]:
        """Each of `sources` once, in any order: what it was cut into, or why it cannot be read. To be closed afterwards."""
        ...

    def encode(self, texts: Sequence[str], open_encoder: Callable[[], Encoder]) -> Callable[[], Vectors]:
        """Begin to encode n texts with the encoder that `open_encoder` gives, or the same one elsewhere. What is returned waits
        for the vectors: float32, shape (n, dimension)."""
        ...


class InThisProcess:
    """Cuts one file after the other, each when it is asked for, and encodes texts at once."""

    ahead = 0

    def cut(
        self, sources: Iterable[SourceFile], splitter: Splitter
    ) -> Generator[tuple[SourceFile, CutDocument | DocumentUnreadable]]:
        with Loader() as loader:
            for source in sources:
                yield source, _cut(loader, splitter, source)

    def encode(self, texts: Sequence[str], open_encoder: Callable[[], Encoder]) -> Callable[[], Vectors]:
        vectors = open_encoder().encode(texts)
        return lambda: vectors


def _cut(loader: Loader, splitter: Splitter, source: SourceFile) -> CutDocument | DocumentUnreadable:
    try:
        document = loader.load(source)
    except DocumentUnreadable as error:
        return error
    return CutDocument(document, splitter.split(document))
