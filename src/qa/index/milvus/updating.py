"""Brings an index in Milvus up to date with its corpus, and publishes that as one state.

What is new is inserted under numbers that no published state knows of, so nobody sees it before the next state is published. Of
what is no longer there only the number is noted, and it is deleted when no reader can be at an earlier state any more. A writer
that is killed leaves rows that belong to no state: the next one takes over their vectors, and deletes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Unpack

from qa.corpus_place import CorpusPlace
from qa.documents import READING_VERSION, check_there
from qa.errors import CorpusEmptied, CorpusEmpty, IndexDamaged, IndexForeign, IndexOutdated, QaError, StorageUnavailable
from qa.index.corpus_identity import check_belongs, place_from
from qa.index.milvus import dense_index, milvus_schema
from qa.index.milvus.engine import Engine
from qa.index.milvus.lease import leased
from qa.index.milvus.leftovers import (
    Vectors,
    all_vectors,
    build_number_in_place,
    builds,
    delete_unpublished,
    drop,
    tidy,
    vectors_from,
    vectors_of_unfinished,
)
from qa.index.milvus.milvus_change import MilvusChange
from qa.index.milvus.milvus_schema import IndexBuild
from qa.index.milvus.view import View, view_in_place
from qa.index.records import Known, Memory
from qa.index.writing.changes import changes
from qa.index.writing.encoding import IndexModel
from qa.index.writing.ingest import Intake, take_in
from qa.index.writing.writer import UpdateOptions, UpdateReport, report_of
from qa.vector_indexing import VectorIndexing


def update(
    engine: Engine,
    corpus: CorpusPlace,
    model: IndexModel,
    indexing: VectorIndexing | None,
    **options: Unpack[UpdateOptions],
) -> UpdateReport:
    """See `qa.index.backend.IndexBackend.update`; `indexing`: as the user chose. Raises EngineLacksIndex, too."""
    rebuild, place = options.get("rebuild", False), engine.place
    check_there(corpus)
    with leased(engine, place.name, options.get("waiting")) as lease:
        base = _base(engine, model, rebuild)
        if not rebuild:
            check_belongs(base.corpus, lambda: base.known, place, corpus)
        choice = options.get("choice")
        memory = base.memory if choice is None else replace(base.memory, choice=choice)
        found = changes(corpus, base.known, memory)
        named = place_from(place, corpus)
        noted = (named, replace(memory, refused=found.refused)) == (base.corpus, base.memory)
        if base.kept and noted and not (found or found.touched):
            tidy(engine, base.kept.build, base.kept.state)
            return report_of(found, Intake(), base.kept_remarks(), base.kept.state.passages, 0)
        given = vectors_from(options.get("encoded", {}), model)
        with _changing(engine, base, model, given, indexing, rebuild=rebuild) as change:
            taken = take_in(change, found, model, options.get("progress"))
            change.encode_rest()
            if not base.kept and not change.passages:
                raise CorpusEmpty(corpus, len(found.skipped))
            if base.known and not options.get("allow_empty") and not change.documents:
                raise CorpusEmptied(corpus, len(base.known))
            if not base.kept:
                dense_index.settle(engine, change.build, indexing, change.passages)
            memory = replace(memory, refused=found.refused, reading=READING_VERSION)
            state = change.publish(named, memory, lease)
        tidy(engine, change.build, state)
        return report_of(found, taken, change.remarks(), change.passages, change.encoded)


@dataclass(frozen=True, slots=True)
class _StartingPoint:
    """What an update starts from: the state in place, if it is `kept`; `before` is the one that is replaced, if any."""

    kept: View | None
    before: View | None
    memory: Memory

    @property
    def corpus(self) -> str:
        return self.kept.state.corpus if self.kept else ""

    @property
    def known(self) -> dict[str, Known]:
        return {path: one.known for path, one in self.kept.documents.items()} if self.kept else {}

    def kept_remarks(self) -> list[tuple[str, str]]:
        documents = self.kept.documents if self.kept else {}
        return [(path, remark) for path, one in documents.items() for remark in one.remarks]


def _base(engine: Engine, model: IndexModel, rebuild: bool) -> _StartingPoint:
    try:
        view = view_in_place(engine)
    except IndexOutdated:
        return _StartingPoint(None, None, Memory())
    except (IndexDamaged, IndexForeign):
        if not rebuild:
            raise
        return _StartingPoint(None, None, Memory())
    if view is None:
        return _StartingPoint(None, None, Memory())
    state = view.state
    if rebuild or state.fingerprint != model.card.fingerprint or state.splitter != model.splitter.version:
        return _StartingPoint(None, view, Memory(choice=state.memory().choice))
    return _StartingPoint(view, view, state.memory())


@contextmanager
def _changing(
    engine: Engine,
    base: _StartingPoint,
    model: IndexModel,
    given: Vectors,
    indexing: VectorIndexing | None,
    *,
    rebuild: bool,
) -> Iterator[MilvusChange]:
    """A change that is thrown away when it fails; one that is interrupted, or from which object storage goes away, stays, for
    the next writer to take over from.
    `given` need not be encoded again."""
    vectors = given | ({} if rebuild else _encoded_before(engine, base, model))
    change = _begun(engine, base, model, vectors, indexing)
    try:
        yield change
    except StorageUnavailable:
        raise
    except Exception:
        with suppress(QaError):
            change.discard()
        raise


def _begun(
    engine: Engine, base: _StartingPoint, model: IndexModel, vectors: Vectors, indexing: VectorIndexing | None
) -> MilvusChange:
    """In the build in place, or in a new one; what killed writers left is deleted."""
    if base.kept:
        _drop_unfinished(engine, base)
        delete_unpublished(engine, base.kept)
        return MilvusChange(engine, base.kept.build, base.kept, None, model, vectors)
    wanted = dense_index.at_first(engine, indexing)
    build = IndexBuild(engine.place.name, 1 + max([0, *builds(engine)]))
    _drop_unfinished(engine, base)
    try:
        milvus_schema.create(engine, build, model.card, wanted)
    except QaError:
        # Not every server makes every index.
        with suppress(QaError):
            drop(engine, build)
        raise
    return MilvusChange(engine, build, None, base.before, model, vectors)


def _drop_unfinished(engine: Engine, base: _StartingPoint) -> None:
    for build in _unfinished(engine, base):
        drop(engine, build)


def _encoded_before(engine: Engine, base: _StartingPoint, model: IndexModel) -> Vectors:
    """What killed writers had encoded with the same model."""
    vectors: Vectors = {}
    for build in _unfinished(engine, base):
        vectors |= vectors_of_unfinished(engine, build, model)
    if base.kept:
        state = base.kept.state
        vectors |= all_vectors(engine, base.kept.build, f"document >= {state.next_document}", model, state.next_passage)
    return vectors


def _unfinished(engine: Engine, base: _StartingPoint) -> list[IndexBuild]:
    """Builds that readers were never sent to. Those that were replaced stay, for who may still be reading them."""
    sent_to = {build_number_in_place(engine), *(base.before.state.gone_builds if base.before else ())}
    return [IndexBuild(engine.place.name, number) for number in builds(engine) if number not in sent_to]
