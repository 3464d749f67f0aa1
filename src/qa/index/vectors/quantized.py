"""Search over many vectors: a code of one bit a dimension for each (RaBitQ, Gao and Long 2024), then the vectors themselves.

The file is a FAISS index: 56 bytes a passage instead of 1,536, with the random rotation that RaBitQ needs. All codes are looked
at; the CANDIDATES nearest by their codes are then compared by their vectors in the database, which are under its checksums. So
a code decides what is looked at and never what is said of it.

Recall@10 of the exact nearest by how many candidates are compared, and ms a question on a processor without AVX-512
(`python -m tests.benchmarks.scale measure`). The million are documentation of Linux, Python, PostgreSQL and Perl, two fifths
of all RFCs and SQuAD's paragraphs, with the cheap vectors of tests.benchmarks.static_encoder; the 37,253 PostgreSQL's, some of
Perl's and SQuAD's. The shipped encoder's vectors, which lie further apart, need fewer candidates than the cheap ones.

                              10      100     200     500   1,000   2,000
    37,253, shipped         0.737   0.995   0.999   1.000   1.000   1.000    1.5 to 13 ms
    37,253, cheap           0.670   0.987   0.995   0.999   0.999   0.999
    1,051,069, cheap        0.616   0.957   0.982   0.993   0.997   0.999    38 to 114 ms

Before, a quarter of 2,048 inverted lists (Jégou et al. 2011) was looked into: recall@10 0.981, 244 ms, 816 MB instead of 68,
and a clustering at each change. FAISS's faster scan of the same codes (IndexRaBitQFastScan, 9 ms) cannot be told which passages
to look at, and its format has changed from one release to the next; this one's is the same from 1.11 to 1.15.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from qa.index.sqlite.stored_vectors import evenly_spread, stored_blocks, stored_vectors
from qa.index.vectors.passage_vectors import PassageVectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.index.sqlite.stored_vectors import VectorBlock

    Stored = Callable[[Sequence[int]], VectorBlock]
    """The vectors of some passages, as they lie in the database."""

CANDIDATES = 1_000
_BITS_OF_QUESTION = 8
_SAMPLE = 10_000
"""Vectors whose mean is subtracted from all."""
_SEED = 13
_LEAST_LIKE = 0.5
"""Cosine of a vector and what its code says of it, at the least; of real ones it is about 0.8."""


class QuantizedVectors(PassageVectors):
    """The vectors as codes: the nearest are found nearly always, but not always."""

    def __init__(self, faiss_index: Any, stored: Stored) -> None:
        super().__init__(faiss_index)
        self._stored = stored

    @classmethod
    def from_database(cls, connection: apsw.Connection, dimension: int, folder: Path) -> QuantizedVectors:
        """Made of the vectors in the database, block by block. Raises IndexDamaged when one is not `dimension` float16 long."""
        import faiss

        faiss.omp_set_num_threads(os.cpu_count() or 1)
        rotation = faiss.RandomRotationMatrix(dimension, dimension)
        rotation.init(_SEED)
        codes = faiss.IndexRaBitQ(dimension, faiss.METRIC_INNER_PRODUCT)
        codes.qb = _BITS_OF_QUESTION
        # IndexIDMap2 would find a passage's code by its id, and takes 0.1 s and 60 MB a million to open.
        index = faiss.IndexIDMap(faiss.IndexPreTransform(rotation, codes))
        index.train(evenly_spread(connection, _SAMPLE, dimension, folder)[1])
        for ids, vectors in stored_blocks(connection, dimension, folder):
            index.add_with_ids(vectors, ids)
        return cls(index, partial(stored_vectors, connection, dimension=dimension, folder=folder))

    def search(
        self, vector: NDArray[np.float32], limit: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Raises IndexDamaged when a vector in the database has the wrong size."""
        import numpy as np

        _, near = self._nearest(vector, min(max(CANDIDATES, limit), len(self)), among)
        ids, vectors = self._stored(near[near >= 0].tolist())
        cosines = vectors @ vector
        best = np.lexsort((ids, -cosines))[:limit]
        return list(zip(ids[best].tolist(), cosines[best].tolist(), strict=True))

    def differing(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> list[int]:
        """The ids whose codes cannot have been made from these `vectors`."""
        import faiss
        import numpy as np

        # Codes are written in the order of the ids.
        places = np.searchsorted(faiss.vector_to_array(self._index.id_map), ids)
        coded = self._index.index.reconstruct_batch(places)
        cosines = (coded * vectors).sum(axis=1) / np.maximum(np.linalg.norm(coded, axis=1), 1e-9)
        return [int(passage) for passage in ids[cosines < _LEAST_LIKE]]
