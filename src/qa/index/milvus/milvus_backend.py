"""The index at an address of Milvus."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn, Unpack

from qa.corpus_place import CorpusPlace
from qa.errors import IndexMissing, IndexOfOtherProgram, NotForEngines, QaError
from qa.index.milvus.engine import Engine, check_installed
from qa.index.milvus.lease import leased
from qa.index.milvus.milvus_schema import build_of
from qa.index.milvus.searching import MilvusIndex
from qa.index.milvus.state import build_in_place, generation_in_place
from qa.index_place import EngineAddress

if TYPE_CHECKING:
    from qa.index.maintenance.verify import Verification
    from qa.index.writing.encoding import IndexModel, Progress
    from qa.index.writing.lock import Waiting
    from qa.index.writing.writer import UpdateOptions, UpdateReport
    from qa.inference.encoder import ModelCard
    from qa.vector_indexing import VectorIndexing


class MilvusBackend:
    """See `qa.index.backend.IndexBackend`. Safe to use from several threads: each call has a connection of its own.

    Every method raises EngineUnreachable, EngineRefused, EngineFileBusy and EngineFailed, too, but for `state`.
    """

    def __init__(self, place: EngineAddress, indexing: VectorIndexing | None = None) -> None:
        """`indexing`: how vectors are indexed, if the user chose that (qa.index.milvus.dense_index). Raises EngineMissing."""
        check_installed(place)
        self._place = place
        self._indexing = indexing

    @property
    def place(self) -> EngineAddress:
        return self._place

    @property
    def is_one_process_at_a_time(self) -> bool:
        return self._place.file is not None

    def exists(self) -> bool:
        if self._has_no_file():
            return False
        with self._connected() as engine:
            return engine.target_of(self._place.name) is not None

    def state(self) -> Hashable | None:
        try:
            if self._has_no_file():
                return None
            with self._connected() as engine:
                build = build_in_place(engine, self._place.name)
                return None if build is None else (build.number, generation_in_place(engine, build))
        except QaError:
            return None

    def bytes_copied(self) -> int:
        return 0

    def open(self, card: ModelCard) -> MilvusIndex:
        if self._has_no_file():
            raise IndexMissing(self._place)
        engine = Engine(self._place)
        try:
            return MilvusIndex(engine, card, self._indexing)
        except BaseException:
            engine.close()
            raise

    def update(self, corpus: CorpusPlace, model: IndexModel, **options: Unpack[UpdateOptions]) -> UpdateReport:
        from qa.documents import check_there
        from qa.index.milvus.updating import update

        check_there(corpus)
        with self._connected() as engine:
            return update(engine, corpus, model, self._indexing, **options)

    def verify(self) -> Verification:
        from qa.index.milvus.checking import verify

        if self._has_no_file():
            raise IndexMissing(self._place)
        with self._connected() as engine:
            return verify(engine)

    def repair(
        self,
        corpus: CorpusPlace,
        model: IndexModel,
        *,
        progress: Progress | None = None,
        waiting: Waiting | None = None,
    ) -> NoReturn:
        """Raises NotForEngines: Milvus keeps its own files, and mends them."""
        raise NotForEngines("--repair", self._place)

    def remove(self, waiting: Waiting | None = None) -> int:
        """All its collections, and nothing else that is in the engine. What that frees is the engine's affair: 0."""
        if self._has_no_file():
            raise IndexMissing(self._place)
        with self._connected() as engine:
            name = self._place.name
            target = engine.target_of(name)
            own = [one for one in engine.collections() if build_of(name, one) is not None]
            if target is None and not own:
                raise IndexMissing(self._place)
            if target is not None and target not in own:
                raise IndexOfOtherProgram(self._place)
            with leased(engine, name, waiting):
                if engine.target_of(name) is not None:
                    engine.drop_alias(name)
                for collection in own:
                    engine.drop(collection)
        return 0

    def _has_no_file(self) -> bool:
        """Whether this is Milvus Lite over a file that is not there: it would make one."""
        return self._place.file is not None and not self._place.file.exists()

    @contextmanager
    def _connected(self) -> Iterator[Engine]:
        engine = Engine(self._place)
        try:
            yield engine
        finally:
            engine.close()
