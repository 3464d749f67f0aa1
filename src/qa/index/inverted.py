"""Search over many vectors: an inverted file (Jégou et al. 2011), of which a question touches a few lists only.

Two files. The small one is a FAISS index of the centroids; it is read whole and compared with its checksum. The large one
holds the lists, one after the other: the vectors of the passages nearest to a centroid, float16 as in the database, then their
ids. It is mapped into memory, so what a question does not need is not read, and each list has a digest of its own, compared
before the list is first searched.

Why not FAISS's own lists on disk: they print to stdout when they are written or have moved, cannot be checked before they are
used, and a full disk is a signal and no error. Clustering and finding the lists, which is where the time goes, is FAISS's.

Of 251,328 passages (documentation of Linux, Python, PostgreSQL and Perl, and SQuAD's paragraphs), for 279 questions, by the
share of 1,024 lists looked into: recall@10 of the exact nearest, and ms a question when most lists were proved before
(`python -m tests.benchmarks.scale measure`): 3 % 0.943, 10; 6 % 0.966, 16; 12 % 0.980, 27; 20 % 0.989, 38; 25 % 0.991, 48;
50 % 0.996, 86. Of 1,051,068 passages (with two fifths of all RFCs) and the cheap vectors of tests.benchmarks.static_encoder,
for 70 questions, 25 % of 2,048 lists hold 0.981, and take 244 ms on a processor without AVX-512.

It is built in blocks; what is held in memory is the sample that the centroids are trained on (405 MB at the most here).
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import apsw

from qa.index.flat import save_bytes
from qa.index.stored import stored_blocks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.index.stored import Block

LEAST_PROBED = 32
_PROBED = 0.25
"""Share of the lists that a question looks into, and at least so many."""
_POINTS_PER_LIST = 64
"""Vectors that the centroids are trained on."""
_ROUNDS = 10
_ROW = "lists"
_DIGEST_BYTES = 16
_FLOAT16, _INT64 = 2, 8
"""Bytes."""


class ListsDamaged(Exception):
    """A list is not as it was written."""


@dataclass(frozen=True, slots=True)
class Lists:
    """What the manifest says of the file with the lists: how many vectors each has, and in hex the digest of each."""

    file: str
    dimension: int
    sizes: tuple[int, ...]
    digests: tuple[str, ...]

    @property
    def bytes_of_one(self) -> int:
        """Of a vector and its id."""
        return _FLOAT16 * self.dimension + _INT64

    @property
    def bytes(self) -> int:
        return sum(self.sizes) * self.bytes_of_one

    def save(self, connection: apsw.Connection) -> None:
        stored = json.dumps(asdict(self))
        connection.execute("INSERT OR REPLACE INTO manifest(name, value) VALUES (?, ?)", (_ROW, stored))

    @classmethod
    def load(cls, connection: apsw.Connection) -> Lists | None:
        """None where the vectors are not kept in lists, or what is said of them cannot be understood."""
        stored = connection.execute("SELECT value FROM manifest WHERE name = ?", (_ROW,)).get
        try:
            said = json.loads(str(stored)) if stored else None
            return cls(**{**said, "sizes": tuple(said["sizes"]), "digests": tuple(said["digests"])}) if said else None
        except (ValueError, TypeError, KeyError):
            return None


class InvertedVectors:
    """n vectors of one dimension, searchable, each under the id of its passage; the nearest are found nearly always.

    `probed` is how many lists a question looks into.
    """

    exact = False

    def __init__(self, centroids: Any, lists: Lists, data: NDArray[np.uint8]) -> None:
        """`centroids` is a FAISS index, `data` the bytes of the file with the lists."""
        import faiss
        import numpy as np

        self._float16 = faiss.ScalarQuantizer(lists.dimension, faiss.ScalarQuantizer.QT_fp16)
        self.probed = max(LEAST_PROBED, round(_PROBED * len(lists.sizes)))
        self._centroids = centroids
        self._lists = lists
        self._data = data
        self._ends = np.cumsum(lists.sizes) * lists.bytes_of_one
        self._proved: set[int] = set()

    @classmethod
    def load(cls, path: Path, sha256: str, lists: Lists) -> InvertedVectors | None:
        """From the files, or None when one is missing or not the one that was written, as far as that shows yet."""
        import faiss
        import numpy as np

        place = path.with_name(lists.file)
        try:
            head = path.read_bytes()
            if place.stat().st_size != lists.bytes or hashlib.sha256(head).hexdigest() != sha256:
                return None
            data = np.memmap(place, dtype=np.uint8, mode="r")
            centroids = faiss.deserialize_index(np.frombuffer(head, dtype=np.uint8))
        except (OSError, RuntimeError, ValueError):
            return None
        return cls(centroids, lists, data)

    def search(
        self, vector: NDArray[np.float32], limit: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """The `limit` passages nearest to `vector`, shape (d,), of those `among` if given: ids and cosines, best first.

        The fewer `among`, the more lists are looked into. Raises ListsDamaged.
        """
        import faiss
        import numpy as np

        faiss.omp_set_num_threads(1)
        share = 1.0 if among is None else max(1, len(among)) / max(1, len(self))
        probed = min(math.ceil(self.probed / share), len(self._lists.sizes))
        numbers = self._centroids.search(vector[None, :], probed)[1][0].tolist()
        # Digests and products are computed outside of Python's lock.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = list(pool.map(lambda number: self._scored(number, vector), numbers))
        ids = np.concatenate([each for each, _ in found])
        scores = np.concatenate([each for _, each in found])
        if among is not None:
            chosen = np.isin(ids, np.asarray(among, dtype=np.int64))
            ids, scores = ids[chosen], scores[chosen]
        best = np.lexsort((ids, -scores))[:limit]
        return list(zip(ids[best].tolist(), scores[best].tolist(), strict=True))

    def blocks(self) -> Iterator[Block]:
        """All ids and vectors, list by list. Raises ListsDamaged."""
        for number in range(len(self._lists.sizes)):
            ids, codes = self._list(number)
            yield ids, self._float16.decode(codes)

    def __len__(self) -> int:
        return sum(self._lists.sizes)

    def _scored(self, number: int, vector: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ids of a list, and the cosine of each."""
        ids, codes = self._list(number)
        return ids, self._float16.decode(codes) @ vector

    def _list(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Ids, shape (n,), and the float16 vectors as bytes, shape (n, 2 d), of a list, where they lie.

        Raises ListsDamaged.
        """
        import numpy as np

        size, end = self._lists.sizes[number], int(self._ends[number])
        data = self._data[end - size * self._lists.bytes_of_one : end]
        if number not in self._proved:
            if _digest(data) != self._lists.digests[number]:
                raise ListsDamaged(number)
            self._proved.add(number)
        split = size * self._lists.dimension * _FLOAT16
        return data[split:].view(np.int64), data[:split].reshape(size, -1 if size else 0)


def write(connection: apsw.Connection, folder: Path, path: Path, dimension: int, total: int) -> str:
    """Write the files of all `total` vectors in the database, the small one at `path`; its SHA-256. Notes the lists.

    Raises IndexDamaged when a vector has the wrong size, OSError.
    """
    import faiss
    import numpy as np

    faiss.omp_set_num_threads(os.cpu_count() or 1)
    centroids = _trained(connection, folder, dimension, total)
    numbers = np.concatenate(
        [centroids.search(vectors, 1)[1][:, 0] for _, vectors in stored_blocks(connection, dimension, folder)]
    )
    sizes = np.bincount(numbers, minlength=centroids.ntotal)
    place = path.with_suffix(".lists")
    with place.open("xb+") as file:
        _fill(file, stored_blocks(connection, dimension, folder), numbers, sizes, dimension)
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        one = dimension * _FLOAT16 + _INT64
        digests = tuple(_digest(file.read(int(size) * one)) for size in sizes)
    Lists(place.name, dimension, tuple(sizes.tolist()), digests).save(connection)
    return save_bytes(path, faiss.serialize_index(centroids).tobytes())


def forget(connection: apsw.Connection) -> None:
    """The vectors are not kept in lists any more."""
    connection.execute("DELETE FROM manifest WHERE name = ?", (_ROW,))


def number_of_lists(total: int) -> int:
    """For `total` vectors: near twice their square root, a power of two, and never too many to be trained."""
    return max(1, min(1 << round(math.log2(2 * math.sqrt(total))), total // _POINTS_PER_LIST))


def _trained(connection: apsw.Connection, folder: Path, dimension: int, total: int) -> Any:
    """The centroids of a sample, spread evenly over all vectors (spherical k-means)."""
    import faiss
    import numpy as np

    lists = number_of_lists(total)
    step = max(1, total // (lists * _POINTS_PER_LIST))
    sample = np.empty((-(-total // step), dimension), dtype=np.float32)
    seen = 0
    for _, vectors in stored_blocks(connection, dimension, folder):
        sample[-(-seen // step) : -(-(seen + len(vectors)) // step)] = vectors[-seen % step :: step]
        seen += len(vectors)
    means = faiss.Kmeans(dimension, lists, niter=_ROUNDS, spherical=True, max_points_per_centroid=2 * _POINTS_PER_LIST)
    means.train(sample)
    return means.index


def _fill(
    file: BinaryIO, blocks: Iterator[Block], numbers: NDArray[np.int64], sizes: NDArray[np.int64], dimension: int
) -> None:
    """Write each vector and its id into the list that `numbers` says, of the lists of these `sizes`."""
    import numpy as np

    width = dimension * _FLOAT16
    starts = (np.cumsum(sizes) - sizes) * (width + _INT64)
    written = np.zeros_like(sizes)
    seen = 0
    for ids, vectors in blocks:
        here = numbers[seen : seen + len(ids)]
        seen += len(ids)
        order = np.argsort(here, kind="stable")
        for run in np.split(order, np.flatnonzero(np.diff(here[order])) + 1):
            number = here[run[0]]
            at = int(starts[number])
            for part, place in (
                (vectors[run].astype(np.float16), at + int(written[number]) * width),
                (ids[run], at + int(sizes[number]) * width + int(written[number]) * _INT64),
            ):
                file.seek(place)
                file.write(part.tobytes())
            written[number] += len(run)


def _digest(data: Any) -> str:
    """SHA-256, of which processors have a part built in: twice as fast as BLAKE2b."""
    return hashlib.sha256(data).hexdigest()[: 2 * _DIGEST_BYTES]
