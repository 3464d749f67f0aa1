"""Vectors for passages: those of texts that were encoded before are taken over, the others encoded, each text once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import apsw

from qa.index.checksums import text_key, vector_digest
from qa.index.database import errors_for_users
from qa.passages import Passage, Splitter, with_heading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.encoder import Encoder, ModelCard

_SLAB = 128
"""Passages between two reports of progress."""


class Progress(Protocol):
    """Told how many passages of how many are encoded."""

    def __call__(self, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class IndexModel:
    """What passages are made with: how they are cut, and the encoder, which is opened only when it is needed."""

    card: ModelCard
    splitter: Splitter
    open_encoder: Callable[[], Encoder]


@dataclass(frozen=True, slots=True)
class Vectors:
    """`rows`, float16, shape (n, d), of the n passages that were asked for; `encoded` of their texts were new."""

    rows: NDArray[np.float16]
    encoded: int


Lookup = Callable[[bytes], bytes | None]
"""The stored vector for a text key, or None."""


def nothing_stored(key: bytes) -> bytes | None:
    return None


def stored_in(connection: apsw.Connection, folder: Path) -> Lookup:
    """Looks vectors up in the index at `folder`, of the same model. A row that its digest does not prove is not used.

    The lookup raises IndexDamaged.
    """

    def lookup(key: bytes) -> bytes | None:
        with errors_for_users(folder):
            for digest, vector in connection.execute("SELECT digest, vector FROM vectors WHERE key = ?", (key,)):
                if digest == vector_digest(key, vector):
                    return bytes(vector)
        return None

    return lookup


def stored_as(vectors: Mapping[bytes, bytes]) -> Lookup:
    return vectors.get


def vectors_of(passages: Sequence[Passage], model: IndexModel, stored: Lookup, progress: Progress | None) -> Vectors:
    """The vectors of `passages`, as they are stored."""
    import numpy as np

    dimension = model.card.dimension
    places: dict[bytes, list[int]] = {}
    for row, passage in enumerate(passages):
        places.setdefault(text_key(passage.heading, passage.text), []).append(row)
    vectors = np.empty((len(passages), dimension), dtype=np.float16)
    missing: list[list[int]] = []
    for key, rows in places.items():
        known = stored(key)
        if known is not None and len(known) == vectors.itemsize * dimension:
            vectors[rows] = np.frombuffer(known, dtype=np.float16)
        else:
            missing.append(rows)
    for rows, vector in _encoded([(rows, passages[rows[0]]) for rows in missing], model, progress):
        vectors[rows] = vector
    return Vectors(vectors, len(missing))


def _encoded(
    wanted: Sequence[tuple[list[int], Passage]], model: IndexModel, progress: Progress | None
) -> Iterator[tuple[list[int], NDArray[np.float16]]]:
    import numpy as np

    if not wanted:
        return
    encoder = model.open_encoder()
    for first in range(0, len(wanted), _SLAB):
        slab = wanted[first : first + _SLAB]
        texts = [with_heading(passage.heading, passage.text) for _, passage in slab]
        made = encoder.encode(texts).astype(np.float16)
        yield from zip((rows for rows, _ in slab), made, strict=True)
        if progress is not None:
            progress(first + len(slab), len(wanted))
