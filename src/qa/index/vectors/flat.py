"""Exact search over all vectors: a flat FAISS index, for as long as looking at each vector takes no time that is felt.

The file is read whole and compared with its checksum. It holds the same numbers as the database, so it can be made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from qa.index.sqlite.stored_vectors import stored_blocks
from qa.index.vectors.passage_vectors import PassageVectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class FlatVectors(PassageVectors):
    """The vectors as they are: each is compared."""

    @classmethod
    def from_database(cls, connection: apsw.Connection, dimension: int, folder: Path) -> FlatVectors:
        """Made of the vectors in the database. Raises IndexDamaged when one is not `dimension` float16 long."""
        import faiss

        index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        for ids, vectors in stored_blocks(connection, dimension, folder):
            index.add_with_ids(vectors, ids)
        return cls(index)

    def search(
        self, vector: NDArray[np.float32], limit: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        if not len(self):
            return []
        scores, ids = self._nearest(vector, min(limit, len(self)), among)
        return [(int(passage), float(score)) for passage, score in zip(ids, scores, strict=True) if passage >= 0]

    def differing(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> list[int]:
        held = self._index.reconstruct_batch(ids)
        return [int(passage) for passage in ids[(held != vectors).any(axis=1)]]
