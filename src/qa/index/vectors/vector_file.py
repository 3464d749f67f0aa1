"""The file that passages near a vector are found in: made of the vectors in the database, named by generation.

Up to MOST_FLAT vectors it holds them as they are (qa.index.vectors.flat), above that a short code of each
(qa.index.vectors.quantized).
"""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import Any

import apsw

from qa.index.sqlite.stored_vectors import stored_vectors
from qa.index.vectors.faiss_file import load
from qa.index.vectors.flat import FlatVectors
from qa.index.vectors.passage_vectors import PassageVectors
from qa.index.vectors.quantized import QuantizedVectors

MOST_FLAT = 30_000
"""Up to here it takes at most 60 ms to read the file, compare its checksum and look at each vector."""


def made_anew(connection: apsw.Connection, dimension: int, folder: Path) -> PassageVectors:
    """Makes the search over all vectors in the database. Raises IndexDamaged when one has the wrong size."""
    total = connection.execute("SELECT count(*) FROM vectors").get
    if total <= MOST_FLAT:
        return FlatVectors.from_database(connection, dimension, folder)
    return QuantizedVectors.from_database(connection, dimension, folder)


class LoadedVectors:
    """The FAISS indexes that were read last, one of each folder, for all who read there. Safe to use from several threads.

    FAISS may be searched by several threads at a time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: dict[Path, tuple[str, Any]] = {}

    def load(self, file: Path, sha256: str) -> Any | None:
        """What `qa.index.vectors.faiss_file.load` gives; another thread waits for it instead of reading it again."""
        with self._lock:
            known = self._loaded.get(file)
            if known is not None and known[0] == sha256:
                return known[1]
            index = load(file, sha256)
            self._forget(file.parent)
            if index is not None:
                self._loaded[file] = (sha256, index)
            return index

    def forget(self, folder: Path) -> None:
        """Release what was read in that folder."""
        with self._lock:
            self._forget(folder)

    def _forget(self, folder: Path) -> None:
        for file in [one for one in self._loaded if one.parent == folder]:
            del self._loaded[file]


def open_vectors(
    connection: apsw.Connection, dimension: int, file: Path, sha256: str, loaded: LoadedVectors
) -> PassageVectors | None:
    """Opens the file; None when it is missing or not the one that was written."""
    import faiss

    index = loaded.load(file, sha256)
    if not isinstance(index, faiss.IndexIDMap | faiss.IndexIDMap2) or index.d != dimension:
        return None
    if isinstance(faiss.downcast_index(index.index), faiss.IndexFlat):
        return FlatVectors(index)
    return QuantizedVectors(index, partial(stored_vectors, connection, dimension=dimension, folder=file.parent))
