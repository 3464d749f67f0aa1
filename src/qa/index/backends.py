"""Which backend the index at a place has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qa.index.backend import IndexBackend
from qa.index.embedded import EmbeddedBackend
from qa.index.vectors.vector_file import LoadedVectors
from qa.index_place import EngineAddress, IndexPlace

if TYPE_CHECKING:
    from qa.collections import Collection
    from qa.settings import Settings
    from qa.vector_indexing import VectorIndexing


class Backends:
    """Gives the backends of places; those of one place that come from here share what their readers load. Safe to use from
    several threads."""

    def __init__(self) -> None:
        self._loaded = LoadedVectors()

    def of(self, place: IndexPlace, indexing: VectorIndexing | None = None) -> IndexBackend:
        """The backend of the index at `place`, which need not be there yet. `indexing`: how an engine indexes vectors, if the
        user chose that. Raises EngineMissing where what it needs is not installed."""
        if isinstance(place, EngineAddress):
            from qa.index.milvus.milvus_backend import MilvusBackend

            return MilvusBackend(place, indexing)
        return EmbeddedBackend(place, self._loaded)

    def of_collection(self, collection: Collection, settings: Settings) -> IndexBackend:
        """The backend of the collection's own index, as `settings` place it."""
        place = collection.settings(settings).index
        assert place is not None
        return self.of(place, settings.milvus_index)

    def forget(self, place: IndexPlace) -> None:
        """Let go of what readers of the index at `place` have loaded; those that are open keep it until they are closed."""
        if isinstance(place, Path):
            self._loaded.forget(place)


def backend_of(place: IndexPlace, indexing: VectorIndexing | None = None) -> IndexBackend:
    """What `Backends.of` gives, sharing nothing with other indexes."""
    return Backends().of(place, indexing)
