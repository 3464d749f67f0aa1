"""Vectors for passages: those of texts that were encoded before are taken over, the others encoded, each text once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import apsw

from qa.index.passage_context import TOLD, WITH_EARLIER, before, encoded_text
from qa.index.sqlite.checksums import text_key, vector_digest
from qa.index.sqlite.database import errors_for_users
from qa.index.sqlite.document_rows import insert_vectors
from qa.index.writing.pending import Pending
from qa.text.passages import Splitter

if TYPE_CHECKING:
    from qa.inference.encoder import Encoder, ModelCard

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


class Progress(Protocol):
    """Told how many passages of how many are encoded."""

    def __call__(self, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class IndexModel:
    """What passages are made with: how they are cut, and the encoder, which is opened only when it is needed."""

    card: ModelCard
    splitter: Splitter
    open_encoder: Callable[[], Encoder]


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


def encode_missing(pending: Pending, first: int, model: IndexModel, stored: Lookup, progress: Progress | None) -> int:
    """Give a vector to every passage of `pending` from the id `first` on that has none; how many texts had to be encoded.

    Vectors of the same texts are taken over from `pending` and from what is `stored`. A slab of passages is done, and may be
    kept, before the next one is looked at.
    """
    connection = pending.connection
    total = connection.execute(_HOW_MANY_MISSING, (first,)).get
    lookup = either(stored_in(connection, pending.path.parent), stored)
    opened = replace(model, open_encoder=cache(model.open_encoder))
    done = encoded = 0
    while slab := connection.execute(_MISSING, (first, _SLAB)).fetchall():
        first = int(slab[-1][0]) + 1  # type: ignore[arg-type]
        encoded += _encode(connection, slab, opened, lookup)
        done += len(slab)
        pending.keep_at_times()
        if progress is not None and encoded:
            progress(done, total)
    return encoded


def _encode(connection: apsw.Connection, slab: Sequence[tuple[Any, ...]], model: IndexModel, stored: Lookup) -> int:
    """Insert the vectors of these passages (rows of TOLD); how many texts were encoded."""
    places: dict[bytes, list[int]] = {}
    texts: dict[bytes, str] = {}
    for passage, heading, text, *where in slab:
        shown = encoded_text(heading, text, before(*where))
        key = text_key(shown)
        places.setdefault(key, []).append(passage)
        texts[key] = shown
    vectors = {key: known for key in places if (known := _fitting(stored(key), model.card)) is not None}
    missing = [key for key in places if key not in vectors]
    if missing:
        made = model.open_encoder().encode([texts[key] for key in missing]).astype("float16")
        vectors |= {key: vector.tobytes() for key, vector in zip(missing, made, strict=True)}
    rows = [(passage, key, vectors[key]) for key, passages in places.items() for passage in passages]
    insert_vectors(connection, sorted(rows))
    return len(missing)


def _fitting(vector: bytes | None, card: ModelCard) -> bytes | None:
    return vector if vector is not None and len(vector) == _FLOAT16 * card.dimension else None
