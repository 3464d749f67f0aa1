"""The file that passages near a vector are found in: made of the vectors in the database, named by generation.

Up to MOST_FLAT vectors it holds them as they are (qa.index.flat), above that a short code of each (qa.index.quantized).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import apsw

from qa.index.faissfile import load
from qa.index.flat import FlatVectors
from qa.index.quantized import QuantizedVectors
from qa.index.stored import stored_vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_FLAT = 30_000
"""Up to here it takes at most 60 ms to read the file, compare its checksum and look at each vector."""
_FILE_NAME = re.compile(r"vectors-(?P<generation>\d+)\.faiss(\.part)?")


class PassageVectors(Protocol):
    """n vectors of one dimension, searchable, each under the id of its passage."""

    def search(
        self, vector: NDArray[np.float32], limit: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]: ...

    def ids(self) -> list[int]: ...

    def differing(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> list[int]: ...

    def save(self, path: Path) -> str: ...

    def __len__(self) -> int: ...


def made_anew(connection: apsw.Connection, dimension: int, folder: Path) -> PassageVectors:
    """Of all vectors in the database. Raises IndexDamaged when one has the wrong size."""
    total = connection.execute("SELECT count(*) FROM vectors").get
    kind = FlatVectors if total <= MOST_FLAT else QuantizedVectors
    return kind.from_database(connection, dimension, folder)


def open_vectors(connection: apsw.Connection, dimension: int, file: Path, sha256: str) -> PassageVectors | None:
    """From the file, or None when it is missing or not the one that was written."""
    import faiss

    index = load(file, sha256)
    if not isinstance(index, faiss.IndexIDMap | faiss.IndexIDMap2) or index.d != dimension:
        return None
    if isinstance(faiss.downcast_index(index.index), faiss.IndexFlat):
        return FlatVectors(index)
    return QuantizedVectors(index, partial(stored_vectors, connection, dimension=dimension, folder=file.parent))


def is_file_name(name: str) -> bool:
    """Whether `name` is one that `file_name` gives: what a manifest says is not trusted to be a path."""
    match = _FILE_NAME.fullmatch(name)
    return match is not None and name == file_name(int(match["generation"]))


def file_name(generation: int) -> str:
    return f"vectors-{generation:06d}.faiss"


def vector_files(folder: Path) -> list[Path]:
    """All files that vectors were written to, finished or not."""
    return [path for path in folder.iterdir() if _FILE_NAME.fullmatch(path.name)]


def newest_generation(folder: Path) -> int:
    """The highest generation that has a file in `folder`, or 0."""
    names = (_FILE_NAME.fullmatch(path.name) for path in folder.iterdir())
    return max((int(name["generation"]) for name in names if name), default=0)


def remove_others(folder: Path, kept: str) -> None:
    """Delete the files of other generations and what an interrupted write left behind."""
    for path in vector_files(folder):
        if path.name != kept:
            path.unlink(missing_ok=True)
