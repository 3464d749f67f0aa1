"""The FAISS file: exact inner product over unit vectors, rows named by passage id.

It holds the same numbers as the float16 blobs in the database, so it can be made again from them at any time.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from qa.errors import IndexDamaged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FILE_NAME = re.compile(r"vectors-(?P<generation>\d+)\.faiss(\.part)?")


class PassageVectors:
    """n vectors of one dimension, searchable, each under the id of its passage."""

    def __init__(self, faiss_index: Any) -> None:
        self._index = faiss_index

    @classmethod
    def of(cls, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> PassageVectors:
        """From ids, shape (n,), and unit vectors, shape (n, d)."""
        import faiss

        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(vectors, ids)
        return cls(index)

    @classmethod
    def from_database(cls, connection: apsw.Connection, dimension: int, folder: Path) -> PassageVectors:
        """From the blobs, which are the truth. Raises IndexDamaged when one is not `dimension` float16 long."""
        import numpy as np

        rows: list[tuple[Any, ...]] = connection.execute(
            "SELECT passage, vector FROM vectors ORDER BY passage"
        ).fetchall()
        if dimension < 1 or any(type(blob) is not bytes or len(blob) != 2 * dimension for _, blob in rows):
            raise IndexDamaged(folder, "a vector has the wrong size")
        vectors = np.frombuffer(b"".join(blob for _, blob in rows), dtype=np.float16)
        ids = np.array([passage for passage, _ in rows], dtype=np.int64)
        return cls.of(ids, vectors.astype(np.float32).reshape(len(rows), dimension))

    @classmethod
    def load(cls, path: Path, sha256: str) -> PassageVectors | None:
        """From the file, or None when it is missing or not the one that was written."""
        import faiss
        import numpy as np

        try:
            data = path.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(data).hexdigest() != sha256:
            return None
        try:
            return cls(faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8)))
        except RuntimeError:
            return None

    def save(self, path: Path) -> str:
        """Write and sync the file under its final name in one step; its SHA-256."""
        import faiss

        data = faiss.serialize_index(self._index).tobytes()
        part = path.with_name(path.name + ".part")
        part.unlink(missing_ok=True)
        try:
            # Made anew, so that a link that lies there under this name is never followed.
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
        return hashlib.sha256(data).hexdigest()

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
        scores, ids = self._index.search(vector[None, :], min(limit, self._index.ntotal), params=chosen)
        return [(int(passage), float(score)) for passage, score in zip(ids[0], scores[0], strict=True) if passage >= 0]

    def cosines(self, vector: NDArray[np.float32], ids: Sequence[int]) -> list[float]:
        """The cosine of `vector`, shape (d,), with each of the passages `ids`. Raises KeyError when one is not there."""
        import numpy as np

        if not ids:
            return []
        try:
            rows = self._index.reconstruct_batch(np.array(ids, dtype=np.int64))
        except RuntimeError as error:
            raise KeyError(f"no vector for one of {len(ids)} passages") from error
        return [float(cosine) for cosine in rows @ vector]

    def ids(self) -> list[int]:
        """The ids of all passages, in the order of their rows."""
        import faiss

        return [int(passage) for passage in faiss.vector_to_array(self._index.id_map)]

    def rows(self) -> NDArray[np.float32]:
        """All vectors, shape (n, d), in the order of `ids`."""
        rows: NDArray[np.float32] = self._index.index.reconstruct_n(0, len(self))
        return rows

    def __len__(self) -> int:
        return int(self._index.ntotal)


def is_file_name(name: str) -> bool:
    """Whether `name` is one that `file_name` gives: what a manifest says is not trusted to be a path."""
    match = _FILE_NAME.fullmatch(name)
    return match is not None and match[2] is None


def file_name(generation: int) -> str:
    return f"vectors-{generation:06d}.faiss"


def newest_generation(folder: Path) -> int:
    """The highest generation that has a file in `folder`, or 0."""
    names = (_FILE_NAME.fullmatch(path.name) for path in folder.iterdir())
    return max((int(name["generation"]) for name in names if name), default=0)


def remove_others(folder: Path, kept: str) -> None:
    """Delete the FAISS files of other generations and what an interrupted write left behind."""
    for path in folder.iterdir():
        if _FILE_NAME.fullmatch(path.name) and path.name != kept:
            path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable, where the system lets a folder be opened."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
