"""What lies in the engine and belongs to no state, or to none that anybody can be reading: it is used again, and deleted."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from qa.errors import QaError
from qa.index.milvus import milvus_schema
from qa.index.milvus.engine import Engine, EngineRow, one_of
from qa.index.milvus.milvus_schema import IndexBuild, RowKind, build_of
from qa.index.milvus.state import IndexState
from qa.index.milvus.view import View
from qa.index.writing.encoding import IndexModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_AT_A_TIME = 2_000
_VECTORS_AT_A_TIME = 4_000
_MOST_GAPS = 10
_VECTOR = ("key", milvus_schema.DENSE)
_KEPT_SECONDS = 600.0
"""What is gone is kept for so long, for those who are reading an earlier state."""

Vectors = dict[str, "NDArray[np.float16]"]
"""By text key."""


def builds(engine: Engine) -> list[int]:
    """The numbers of all builds of the index that there are collections of."""
    found = (build_of(engine.place.name, collection) for collection in engine.collections())
    return sorted({build.number for build in found if build is not None})


def build_number_in_place(engine: Engine) -> int:
    """The number of the build that readers are sent to, be it damaged; 0 where there is none."""
    build = build_of(engine.place.name, engine.target_of(engine.place.name) or "")
    return build.number if build else 0


def vectors_of_unfinished(engine: Engine, build: IndexBuild, model: IndexModel) -> Vectors:
    """What a killed writer had encoded with the same model for a build that was never finished."""
    with suppress(QaError):
        found = engine.query(build.documents, f"id == {milvus_schema.MARK}", ["text"])
        if [one["text"] for one in found] == [model.card.fingerprint]:
            return all_vectors(engine, build, "id >= 0", model)
    return {}


def all_vectors(engine: Engine, build: IndexBuild, expression: str, model: IndexModel, first: int = 1) -> Vectors:
    """Of the passages that `expression` is true of, be they many; their ids begin at `first` and have few gaps."""
    found: Vectors = {}
    left = engine.count(build.passages, expression)
    end = first + _MOST_GAPS * (left + _VECTORS_AT_A_TIME)
    while left > 0 and first < end:
        window = f"{expression} and id >= {first} and id < {first + _VECTORS_AT_A_TIME}"
        rows = engine.query(build.passages, window, _VECTOR)
        left -= len(rows)
        found |= _vectors_in(rows, model)
        first += _VECTORS_AT_A_TIME
    return found


def vectors_of_texts(engine: Engine, build: IndexBuild, keys: Sequence[str], model: IndexModel) -> Vectors:
    """Those that passages have, by text key; a text may stand in any number of passages."""
    named = ", ".join(f'"{key}"' for key in keys)
    found = engine.query(build.passages, f"key in [{named}]", ["id", "key"]) if keys else []
    passages = {one["key"]: int(one["id"]) for one in found}
    rows = engine.query(build.passages, one_of("id", list(passages.values())), _VECTOR) if passages else []
    return _vectors_in(rows, model)


def _vectors_in(rows: Sequence[EngineRow], model: IndexModel) -> Vectors:
    """Those of another size are no vectors of this model."""
    import numpy as np

    vectors = {one["key"]: np.array(one["dense"], dtype=np.float16) for one in rows}
    return {key: vector for key, vector in vectors.items() if len(vector) == model.card.dimension}


def vectors_from(encoded: Mapping[bytes, bytes], model: IndexModel) -> Vectors:
    """What was encoded elsewhere, without what has another size than this model's."""
    import numpy as np

    found = {key.hex(): np.frombuffer(vector, dtype=np.float16) for key, vector in encoded.items()}
    return {key: vector for key, vector in found.items() if len(vector) == model.card.dimension}


def lately(gone: Mapping[int, float], now: float) -> dict[int, float]:
    """Of what is gone, that which somebody may still be reading."""
    return {number: when for number, when in gone.items() if now - when < _KEPT_SECONDS}


def tidy(engine: Engine, build: IndexBuild, state: IndexState) -> None:
    """Delete what no reader can be reading any more. A writer that is killed in the middle has done no harm."""
    now = time.time()
    delete_documents(engine, build, state.gone_documents.keys() - lately(state.gone_documents, now).keys())
    delete_rows(engine, build, state.gone_rows.keys() - lately(state.gone_rows, now).keys())
    kept = {build.number, *lately(state.gone_builds, now)}
    for number in builds(engine):
        if number not in kept:
            drop(engine, IndexBuild(build.name, number))
    earlier = f"kind == {RowKind.STATE:d} and owner < {state.generation - 1}"
    engine.delete(build.documents, earlier)


def delete_documents(engine: Engine, build: IndexBuild, documents: Iterable[int]) -> None:
    """The passages and the texts of documents, by their numbers."""
    some = sorted(documents)
    for first in range(0, len(some), _AT_A_TIME):
        part = some[first : first + _AT_A_TIME]
        engine.delete(build.passages, one_of("document", part))
        engine.delete(build.documents, f"kind == {RowKind.SLICE:d} and {one_of('owner', part)}")


def delete_rows(engine: Engine, build: IndexBuild, rows: Iterable[int]) -> None:
    """Rows of the documents' collection, by their ids."""
    some = sorted(rows)
    for first in range(0, len(some), _AT_A_TIME):
        engine.delete(build.documents, one_of("id", some[first : first + _AT_A_TIME]))


def drop(engine: Engine, build: IndexBuild) -> None:
    """Both collections, as far as they are there."""
    for collection in (build.passages, build.documents):
        if engine.has(collection):
            engine.drop(collection)


def delete_unpublished(engine: Engine, view: View) -> None:
    """Of a writer that did not come to publish what it made of the state in `view`."""
    state, build = view.state, view.build
    engine.delete(build.passages, f"document >= {state.next_document}")
    engine.delete(build.documents, f"id >= {state.next_row}")
    engine.delete(build.documents, f"kind == {RowKind.STATE:d} and owner > {state.generation}")
