"""Exact search over all vectors: a flat FAISS index, for as long as looking at each vector takes no time that is felt.

The file is read whole and compared with its checksum. It holds the same numbers as the database, so it can be made again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from qa.index.sqlite.stored_vectors import stored_blocks
from qa.index.vectors.faiss_file import save

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.index.sqlite.stored_vectors import VectorBlock


class FlatVectors:
    """n vectors of one dimension, searchable, each under the id of its passage."""

    def __init__(self, faiss_index: Any) -> None:
        self._index = faiss_index

    @classmethod
    def of_blocks(cls, blocks: Sequence[VectorBlock] | Iterator[VectorBlock], dimension: int) -> FlatVectors:
        """From ids and unit vectors, block by block."""
        import faiss

        index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        for ids, vectors in blocks:
            index.add_with_ids(vectors, ids)
        return cls(index)

    @classmethod
    def from_database(cls, connection: apsw.Connection, dimension: int, folder: Path) -> FlatVectors:
        """From the blobs, which are the truth. Raises IndexDamaged when one is not `dimension` float16 long."""
        return cls.of_blocks(stored_blocks(connection, dimension, folder), dimension)

    def save(self, path: Path) -> str:
        """Write and sync the file under its final name in one step; its SHA-256."""
        return save(self._index, path)

    def search(
        self, vector: NDArray[np.float32], limit: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """The `limit` passages nearest to `vector`, shape (d,), of those `among` if given: ids and cosines, best first."""
        import faiss
        import numpy as np

        if not len(self):
            return []
        # One thread is faster for one query at every size that was measured (DESIGN, known facts).
        faiss.omp_set_num_threads(1)
        chosen = None
        if among is not None:
            parameters: Any = faiss.SearchParameters
            chosen = parameters(sel=faiss.IDSelectorBatch(np.asarray(among, dtype=np.int64)))
        scores, ids = self._index.search(vector[None, :], min(limit, len(self)), params=chosen)
        return [(int(passage), float(score)) for passage, score in zip(ids[0], scores[0], strict=True) if passage >= 0]

    def ids(self) -> list[int]:
        """Of all passages."""
        import faiss

        return [int(passage) for passage in faiss.vector_to_array(self._index.id_map)]

    def differing(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> list[int]:
        """Those of the passages `ids`, which must all be here, that have others than these `vectors`, shape (n, d)."""
        held = self._index.reconstruct_batch(ids)
        return [int(passage) for passage in ids[(held != vectors).any(axis=1)]]

    def __len__(self) -> int:
        return int(self._index.ntotal)
