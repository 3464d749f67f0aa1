"""The vectors of passages in a FAISS index, as far as it is the same whether they are kept whole or as codes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.index.vectors.faiss_file import save

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PassageVectors(ABC):
    """n vectors of one dimension, searchable, each under the id of its passage."""

    def __init__(self, faiss_index: Any) -> None:
        self._index = faiss_index

    @abstractmethod
    def search(
        self, vector: NDArray[np.float32], limit: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """The `limit` passages nearest to `vector`, shape (d,), of those `among` if given: ids and cosines, best first."""

    @abstractmethod
    def differing(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> list[int]:
        """Those of the passages `ids`, which must all be here, that have others than these `vectors`, shape (n, d)."""

    def ids(self) -> list[int]:
        """The ids of all passages."""
        import faiss

        return [int(passage) for passage in faiss.vector_to_array(self._index.id_map)]

    def save(self, path: Path) -> str:
        """Write and sync the file under its final name in one step; its SHA-256. Raises OSError."""
        return save(self._index, path)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def _nearest(
        self, vector: NDArray[np.float32], limit: int, among: Sequence[int] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """FAISS's scores and ids, by falling score. An id is -1 where there are no more."""
        import faiss
        import numpy as np

        # One thread is faster for one query at every size that was measured.
        faiss.omp_set_num_threads(1)
        chosen = None
        if among is not None:
            parameters: Any = faiss.SearchParameters
            chosen = parameters(sel=faiss.IDSelectorBatch(np.asarray(among, dtype=np.int64)))
        scores, ids = self._index.search(vector[None, :], limit, params=chosen)
        return scores[0], ids[0]
