"""Which index the vectors of a build get, and how the one that is there is asked.

What the user chooses (QA_MILVUS_INDEX) is made. Where nothing was chosen, a file of Milvus Lite has FLAT. A server indexes
with HNSW while passages come in, hours before anybody knows how many there will be; if these are few, FLAT takes its place
before the first state is published. An index that is there stays as it is, whatever is chosen later: another one comes with a
new build.
"""

from __future__ import annotations

from qa.errors import EngineLacksIndex
from qa.index.milvus.engine import Engine
from qa.index.milvus.milvus_schema import DENSE, DENSE_INDEX, IndexBuild, dense_indexes
from qa.vector_indexing import FLAT, HNSW, VectorIndexing, described, usual

EXACT_UP_TO = 100_000
"""Passages. To compare a question with all of them takes 18 ms of a core (docs/sizing.md)."""
_LITE_MAKES = (FLAT, HNSW)


def at_first(engine: Engine, chosen: VectorIndexing | None) -> VectorIndexing:
    """The index of a build that is begun. Raises EngineLacksIndex."""
    if chosen is None:
        return usual(HNSW if engine.place.file is None else FLAT)
    if chosen.kind not in _LITE_MAKES and engine.is_lite:
        # It would take it, and fail once there are passages.
        raise EngineLacksIndex(engine.place, "Milvus Lite", chosen.kind, " and ".join(_LITE_MAKES))
    return chosen


def settle(engine: Engine, build: IndexBuild, chosen: VectorIndexing | None, passages: int) -> None:
    """Give a build of so many passages, which nobody reads yet, the index that it keeps."""
    if chosen is None and engine.place.file is None and passages <= EXACT_UP_TO:
        engine.replace_index(build.passages, DENSE_INDEX, dense_indexes(usual(FLAT)))


def in_place(engine: Engine, build: IndexBuild) -> VectorIndexing:
    """The index that the engine has, without what it is asked with."""
    found = engine.index_of(build.passages, DENSE)
    return described(str(found.get("index_type", "")), found)
