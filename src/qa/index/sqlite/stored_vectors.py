"""The vectors in the database, which are the truth: read block by block, or of a few passages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from qa.errors import IndexDamaged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    VectorBlock = tuple[NDArray[np.int64], NDArray[np.float32]]
    """Ids, shape (n,), and vectors, shape (n, d)."""

BLOCK = 8_192
_ALL = "SELECT passage, vector FROM vectors ORDER BY passage"
_OF = "SELECT passage, vector FROM vectors WHERE passage IN (SELECT value FROM json_each(?)) ORDER BY passage"


def stored_blocks(connection: apsw.Connection, dimension: int, folder: Path) -> Iterator[VectorBlock]:
    """All vectors by the ids of their passages, BLOCK at a time.

    Raises IndexDamaged when one is not `dimension` float16 long.
    """
    cursor = connection.execute(_ALL)
    while rows := list(islice(cursor, BLOCK)):
        yield _block(rows, dimension, folder)


def stored_vectors(connection: apsw.Connection, ids: Sequence[int], dimension: int, folder: Path) -> VectorBlock:
    """The vectors of the passages `ids`, as far as there are any, by their ids. Raises IndexDamaged as `stored_blocks`."""
    return _block(connection.execute(_OF, (json.dumps(list(ids)),)).fetchall(), dimension, folder)


def evenly_spread(connection: apsw.Connection, limit: int, dimension: int, folder: Path) -> VectorBlock:
    """At most `limit` of the vectors, spread over all of them. Raises IndexDamaged as `stored_blocks`."""
    first, last = connection.execute("SELECT min(passage), max(passage) FROM vectors").get
    step = max(1, -(-(last - first + 1) // limit))
    return stored_vectors(connection, range(first, last + 1, step), dimension, folder)


def _block(rows: Sequence[tuple[Any, ...]], dimension: int, folder: Path) -> VectorBlock:
    import numpy as np

    if dimension < 1 or any(type(blob) is not bytes or len(blob) != 2 * dimension for _, blob in rows):
        raise IndexDamaged(folder, "a vector has the wrong size")
    vectors = np.frombuffer(b"".join(blob for _, blob in rows), dtype=np.float16)
    ids = np.array([passage for passage, _ in rows], dtype=np.int64)
    return ids, vectors.astype(np.float32).reshape(len(rows), dimension)
