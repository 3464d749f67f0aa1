"""Vectors for passages: those of texts that were encoded before are taken over, the others encoded, each text once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import apsw

from qa.index.passage_context import TOLD, WITH_EARLIER, before, encoded_text
from qa.index.sqlite.checksums import text_key, vector_digest
from qa.index.sqlite.database import errors_for_users
from qa.index.sqlite.document_rows import insert_vectors
from qa.index.writing.execution import Executor, InThisProcess
from qa.index.writing.pending import Pending
from qa.text.passages import Splitter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.inference.encoder import Encoder, ModelCard, Vectors

_Key = TypeVar("_Key", bound=Hashable)
_SlabRows = TypeVar("_SlabRows")

_SLAB = 128
"""Passages between two reports of progress."""
_FLOAT16 = 2
"""Bytes."""
_MISSING = (
    f"SELECT {TOLD} FROM {WITH_EARLIER} LEFT JOIN vectors v ON v.passage = p.id"  # noqa: S608  (constants)
    " WHERE p.id >= ? AND v.passage IS NULL ORDER BY p.id LIMIT ?"
)
_HOW_MANY_MISSING = (
    "SELECT (SELECT count(*) FROM passages WHERE id >= ?1) - (SELECT count(*) FROM vectors WHERE passage >= ?1)"
)


Progress = Callable[[int, int], None]
"""Told how many passages of how many are encoded."""


@dataclass(frozen=True, slots=True)
class IndexModel:
    """What passages are made with: how they are cut, the encoder, which is opened only when it is needed, and what does it."""

    card: ModelCard
    splitter: Splitter
    open_encoder: Callable[[], Encoder]
    executor: Executor = field(default_factory=InThisProcess)


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


def either(one: Lookup, other: Lookup) -> Lookup:
    """Looks in `other` for what `one` does not have."""
    return lambda key: one(key) or other(key)


@dataclass(frozen=True, slots=True)
class _Slab(Generic[_Key, _SlabRows]):
    """Rows, the keys that are encoded for them (`wait` gives the vectors in their order, once), and the slabs before this one
    from which the vectors of other keys come. `vectors` are there when the slab has been waited for."""

    rows: _SlabRows
    keys: Sequence[_Key]
    wait: Callable[[], Vectors] | None
    elsewhere: dict[_Key, _Slab[_Key, _SlabRows]]
    vectors: dict[_Key, NDArray[np.float16]] = field(default_factory=dict)


class EncodingQueue(Generic[_Key, _SlabRows]):
    """Encodes slabs of texts and stores them in the order in which they were put in, each text once.

    As many slabs are under way as the executor of the model takes: in this process a slab is stored before the next is begun.
    """

    def __init__(self, model: IndexModel, store: Callable[[_SlabRows, dict[_Key, NDArray[np.float16]]], None]) -> None:
        """`store` is given what was put in, and the vectors of its texts by key, each of shape (dimension,)."""
        self.encoded = 0
        self._executor = model.executor
        self._open_encoder = cache(model.open_encoder)
        self._store = store
        self._slabs: deque[_Slab[_Key, _SlabRows]] = deque()
        self._under_way: dict[_Key, _Slab[_Key, _SlabRows]] = {}

    def put(self, rows: _SlabRows, texts: Mapping[_Key, str]) -> None:
        """Begin to encode `texts`, by key, but for those that are under way; store what was put in before, if it is time."""
        elsewhere = {key: self._under_way[key] for key in texts if key in self._under_way}
        keys = [key for key in texts if key not in elsewhere]
        wait = self._executor.encode([texts[key] for key in keys], self._open_encoder) if keys else None
        slab = _Slab(rows, keys, wait, elsewhere)
        self._under_way |= dict.fromkeys(keys, slab)
        self._slabs.append(slab)
        self.encoded += len(keys)
        while len(self._slabs) > self._executor.ahead:
            self._store_oldest()

    def finish(self) -> None:
        """Store all that was put in."""
        while self._slabs:
            self._store_oldest()

    def _store_oldest(self) -> None:
        slab = self._slabs.popleft()
        if slab.wait is not None:
            slab.vectors.update(zip(slab.keys, slab.wait().astype("float16"), strict=True))
        self._store(slab.rows, slab.vectors | {key: other.vectors[key] for key, other in slab.elsewhere.items()})
        # Or each slab would keep all before it.
        slab.elsewhere.clear()
        for key in slab.keys:
            del self._under_way[key]


def encode_missing(pending: Pending, first: int, model: IndexModel, stored: Lookup, progress: Progress | None) -> int:
    """Give a vector to every passage of `pending` from the id `first` on that has none; how many texts had to be encoded.

    Vectors of the same texts are taken over from `pending` and from what is `stored`. Slabs of passages are done, and may be
    kept, one after the other.
    """
    connection = pending.connection
    total = connection.execute(_HOW_MANY_MISSING, (first,)).get
    lookup = either(stored_in(connection, pending.path.parent), stored)
    done = 0

    def store(slab: _SlabOfIds, made: dict[bytes, NDArray[np.float16]]) -> None:
        nonlocal done
        vectors = slab.known | {key: vector.tobytes() for key, vector in made.items()}
        rows = [(passage, key, vectors[key]) for key, passages in slab.places.items() for passage in passages]
        insert_vectors(connection, sorted(rows))
        done += len(rows)
        pending.keep_at_times()
        if progress is not None and queue.encoded:
            progress(done, total)

    queue = EncodingQueue(model, store)
    while slab := connection.execute(_MISSING, (first, _SLAB)).fetchall():
        first = int(slab[-1][0]) + 1  # type: ignore[arg-type]
        _put(queue, slab, model.card, lookup)
    queue.finish()
    return queue.encoded


@dataclass(frozen=True, slots=True)
class _SlabOfIds:
    """Passages that wait for a vector: their ids by key, and the vectors that are known."""

    places: Mapping[bytes, Sequence[int]]
    known: dict[bytes, bytes]


def _put(
    queue: EncodingQueue[bytes, _SlabOfIds], slab: Sequence[tuple[Any, ...]], card: ModelCard, stored: Lookup
) -> None:
    """Put the passages of these rows of TOLD into the queue."""
    places: dict[bytes, list[int]] = {}
    texts: dict[bytes, str] = {}
    for passage, heading, text, *where in slab:
        shown = encoded_text(heading, text, before(*where))
        key = text_key(shown)
        places.setdefault(key, []).append(passage)
        texts[key] = shown
    known = {key: vector for key in places if (vector := _fitting(stored(key), card)) is not None}
    queue.put(_SlabOfIds(places, known), {key: text for key, text in texts.items() if key not in known})


def _fitting(vector: bytes | None, card: ModelCard) -> bytes | None:
    return vector if vector is not None and len(vector) == _FLOAT16 * card.dimension else None
