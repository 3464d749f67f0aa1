"""Brings an index in Milvus up to date with its corpus, and publishes that as one state.

What is new is inserted under numbers that no published state knows of, so nobody sees it before the next state is published. Of
what is no longer there only the number is noted, and it is deleted when no reader can be at an earlier state any more. A writer
that is killed leaves rows that belong to no state: the next one takes over their vectors, and deletes them.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from qa.documents import READING_VERSION, Document, Source
from qa.errors import (
    CorpusEmptied,
    CorpusEmpty,
    CorpusMissing,
    DocumentUnreadable,
    IndexDamaged,
    IndexForeign,
    IndexOutdated,
    QaError,
)
from qa.index.corpus_identity import check_belongs, place_from
from qa.index.milvus import schema
from qa.index.milvus.engine import Engine, one_of
from qa.index.milvus.lease import Lease, leased
from qa.index.milvus.schema import Build, Kind, build_of
from qa.index.milvus.searching import StoredDocument, View, view_in_place
from qa.index.milvus.state import State, publish
from qa.index.passage_context import before, encoded_text
from qa.index.records import Known, Memory
from qa.index.sqlite.checksums import text_key
from qa.index.writing.changes import changes
from qa.index.writing.encoding import IndexModel
from qa.index.writing.ingest import Intake, take_in
from qa.index.writing.writer import UpdateOptions, UpdateReport, report_of
from qa.text.passages import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SLAB = 128
"""Passages that are encoded and inserted together."""
_AT_A_TIME = 500
_MOST_GAPS = 10
_KEPT_SECONDS = 600.0
"""What is gone is kept for so long, for those who are reading an earlier state."""
_MOST_VOCABULARIES = 32
"""Changes of the vocabulary that are read one by one, before they are made into one."""
_VOCABULARY_BYTES = 48_000

Vectors = dict[str, "NDArray[np.float16]"]
"""By text key."""


def update(engine: Engine, corpus: Path, model: IndexModel, **options: Unpack[UpdateOptions]) -> UpdateReport:
    """See `qa.index.backend.IndexBackend.update`."""
    rebuild, place = options.get("rebuild", False), engine.place
    if not corpus.exists():
        raise CorpusMissing(corpus)
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
            _tidy(engine, base.kept.build, base.kept.state)
            return report_of(found, Intake(), base.kept_remarks(), base.kept.state.passages, 0)
        with _changing(engine, base, model, rebuild) as change:
            taken = take_in(change, found, model.splitter, options.get("progress"))
            change.encode_rest()
            if not base.kept and not change.passages:
                raise CorpusEmpty(corpus, len(found.skipped))
            if base.known and not options.get("allow_empty") and not change.documents:
                raise CorpusEmptied(corpus, len(base.known))
            memory = replace(memory, refused=found.refused, reading=READING_VERSION)
            state = change.publish(named, memory, lease)
        _tidy(engine, change.build, state)
        return report_of(found, taken, change.remarks(), change.passages, change.encoded)


@dataclass(frozen=True, slots=True)
class _Base:
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


def _base(engine: Engine, model: IndexModel, rebuild: bool) -> _Base:
    try:
        view = view_in_place(engine)
    except IndexOutdated:
        return _Base(None, None, Memory())
    except (IndexDamaged, IndexForeign):
        if not rebuild:
            raise
        return _Base(None, None, Memory())
    if view is None:
        return _Base(None, None, Memory())
    state = view.state
    if rebuild or state.fingerprint != model.card.fingerprint or state.splitter != model.splitter.version:
        return _Base(None, view, Memory(choice=state.memory().choice))
    return _Base(view, view, state.memory())


class _changing:  # noqa: N801 - used as a function
    """A change that is thrown away when it fails; one that is interrupted stays, for the next writer to take over from."""

    def __init__(self, engine: Engine, base: _Base, model: IndexModel, rebuild: bool) -> None:
        self._engine = engine
        self._base = base
        self._model = model
        self._rebuild = rebuild

    def __enter__(self) -> MilvusChange:
        engine, base, model = self._engine, self._base, self._model
        builds = _builds(engine)
        # What replaced ones left must stay for their readers; what no alias ever pointed to is a killed writer's.
        replaced = set(base.before.state.gone_builds) if base.before else set()
        own = _in_place(engine)
        unfinished = [Build(engine.place.name, number) for number in builds if number not in {*replaced, own}]
        vectors: Vectors = {}
        if not self._rebuild:
            for build in unfinished:
                vectors |= _vectors_of_unfinished(engine, build, model)
            if base.kept:
                unpublished = f"document >= {base.kept.state.next_document}"
                vectors |= _all_vectors(engine, base.kept.build, unpublished, model, base.kept.state.next_passage)
        for build in unfinished:
            _drop(engine, build)
        if base.kept:
            self._change = MilvusChange(engine, base.kept.build, base, model, vectors)
            self._change.discard()
        else:
            new = Build(engine.place.name, 1 + max([0, *builds]))
            schema.create(engine, new, model.card)
            self._change = MilvusChange(engine, new, base, model, vectors)
        return self._change

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or not isinstance(error, Exception):
            return
        with suppress(QaError):
            if self._base.kept:
                self._change.discard()
            else:
                _drop(self._engine, self._change.build)


class MilvusChange:
    """A `qa.index.writing.ingest.Change` to an index in Milvus."""

    def __init__(self, engine: Engine, build: Build, base: _Base, model: IndexModel, vectors: Vectors) -> None:
        """`vectors` need not be encoded again."""
        self.build = build
        self.encoded = 0
        self._engine = engine
        self._base = base
        self._model = model
        self._vectors = vectors
        self._encoder = cache(model.open_encoder)
        state = base.kept.state if base.kept else None
        self._next_document = state.next_document if state else 1
        self._next_passage = state.next_passage if state else 1
        self._next_row = state.next_row if state else 1
        self._gone_documents = dict(state.gone_documents) if state else {}
        self._gone_rows = dict(state.gone_rows) if state else {}
        self.passages = state.passages if state else 0
        self._words = state.words if state else 0
        self._held: dict[str, StoredDocument] = dict(base.kept.documents) if base.kept else {}
        self._vocabulary: Counter[str] = Counter()
        self._waiting: list[tuple[dict[str, Any], str]] = []
        self._now = time.time()

    @property
    def documents(self) -> int:
        return len(self._held)

    def remarks(self) -> list[tuple[str, str]]:
        return [(path, remark) for path, one in sorted(self._held.items()) for remark in one.remarks]

    def remove(self, path: str) -> None:
        """Note that the document at `path` is gone, with its passages and their words."""
        gone = self._held.pop(path)
        self._gone_documents[gone.number] = self._gone_rows[gone.row] = self._now
        self.passages -= gone.passages
        for one in self._engine.query(self.build.passages, f"document == {gone.number}", ["words"]):
            words = schema.from_field(one["words"])
            self._words -= len(words)
            self._vocabulary.subtract(set(words))

    def rename(self, old: str, source: Source) -> None:
        """Let the document at `old` be at the path of `source`; its passages stay as they are."""
        held = self._held.pop(old)
        self._gone_rows[held.row] = self._now
        known = Known(source.size, source.mtime_ns, held.known.sha256)
        self._note(source.path, held.number, known, held.passages, held.remarks)

    def touch(self, sources: Sequence[Source]) -> None:
        """Note the new time of files whose content is the same."""
        for source in sources:
            # It may be read anew in this same change, and then is noted there.
            if source.path in self._held:
                self.rename(source.path, source)

    def add(self, document: Document, passages: Sequence[Passage]) -> None:
        """Insert a document; its passages follow when there are enough of them. Raises DocumentUnreadable for what is longer
        than a field of Milvus."""
        if any(map(schema.is_too_long, (document.path, json.dumps(document.remarks), *_texts(passages)))):
            raise DocumentUnreadable(
                document.path, f"a passage of it has more than the {schema.MOST_BYTES:,} bytes of a field"
            )
        number = self._next_document
        self._next_document += 1
        parts = enumerate(schema.slices(document.text))
        rows = [schema.row(self._row(), Kind.SLICE, number, part, text) for part, text in parts]
        self._engine.insert(self.build.documents, rows)
        known = Known(document.size, document.mtime_ns, document.sha256)
        self._note(document.path, number, known, len(passages), document.remarks)
        earlier: Passage | None = None
        for passage in passages:
            told = before(passage.start, earlier.start if earlier else None, earlier.text if earlier else None)
            self._take(number, passage, told)
            earlier = passage
        self.passages += len(passages)

    def keep_at_times(self) -> None:
        """All that is inserted is kept."""

    def encode_rest(self) -> None:
        """Give a vector to the passages that wait for one, and insert them."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        vectors = self._vectors_of({row["key"]: shown for row, shown in waiting})
        for row, _ in waiting:
            row["dense"] = [float(value) for value in vectors[row["key"]]]
        self._engine.insert(self.build.passages, [row for row, _ in waiting])

    def publish(self, corpus: str, memory: Memory, lease: Lease) -> State:
        """Make what was changed the state in place. Raises IndexBusy when another writer has taken over."""
        self._note_vocabulary()
        card, old = self._model.card, self._base.before
        gone_builds = dict(old.state.gone_builds) if old else {}
        if old and not self._base.kept:
            gone_builds[old.build.number] = self._now
        state = State(
            schema=schema.SCHEMA,
            generation=1 + (old.state.generation if old else 0),
            corpus=corpus,
            splitter=self._model.splitter.version,
            model_id=card.model_id,
            fingerprint=card.fingerprint,
            dimension=card.dimension,
            documents=self.documents,
            passages=self.passages,
            words=self._words,
            next_document=self._next_document,
            next_passage=self._next_passage,
            next_row=self._next_row,
            gone_documents=_lately(self._gone_documents, self._now),
            gone_rows=_lately(self._gone_rows, self._now),
            gone_builds=_lately(gone_builds, self._now),
            refused={path: [one.size, one.mtime_ns, one.reason, one.version] for path, one in memory.refused.items()},
            include=memory.choice.include,
            exclude=memory.choice.exclude,
            reading=memory.reading,
        )
        self._engine.flush(self.build.passages)
        lease.check()
        # What the new state does not name as gone any more must be gone.
        _delete(self._engine, self.build, self._gone_documents.keys() - state.gone_documents.keys())
        _delete_rows(self._engine, self.build, self._gone_rows.keys() - state.gone_rows.keys())
        publish(self._engine, self.build, state)
        if not self._base.kept:
            self._engine.point(self.build.name, self.build.passages)
        return state

    def discard(self) -> None:
        """Delete what belongs to no published state."""
        state = self._base.kept.state if self._base.kept else None
        if state is None:
            return
        self._engine.delete(self.build.passages, f"document >= {state.next_document}")
        self._engine.delete(self.build.documents, f"id >= {state.next_row}")
        self._engine.delete(self.build.documents, f"kind == {Kind.STATE:d} and owner > {state.generation}")

    def _row(self) -> int:
        self._next_row += 1
        return self._next_row - 1

    def _note(self, path: str, number: int, known: Known, passages: int, remarks: Sequence[str]) -> None:
        row = schema.row(
            self._row(),
            Kind.DOCUMENT,
            number,
            text=json.dumps(list(remarks), ensure_ascii=False),
            path=path,
            path_key=schema.path_key(path),
            size=known.size,
            mtime_ns=known.mtime_ns,
            sha256=known.sha256,
            passages=passages,
        )
        self._engine.insert(self.build.documents, [row])
        self._held[path] = StoredDocument(row["id"], number, path, known, passages, tuple(remarks))

    def _take(self, document: int, passage: Passage, told: str) -> None:
        shown = encoded_text(passage.heading, passage.text, told)
        words = schema.words_of(passage.heading, passage.text)
        self._words += len(words)
        self._vocabulary.update(set(words))
        row = {
            "id": self._next_passage,
            "document": document,
            "start": passage.start,
            "end": passage.end,
            "line": passage.line,
            "page": passage.page,
            "heading": passage.heading,
            "text": passage.text,
            "before": told,
            "words": schema.as_field(words),
            "key": text_key(shown).hex(),
        }
        self._next_passage += 1
        self._waiting.append((row, shown))
        if len(self._waiting) >= _SLAB:
            self.encode_rest()

    def _vectors_of(self, texts: Mapping[str, str]) -> Vectors:
        """By key: those that were encoded before, and the others."""
        found = {key: self._vectors[key] for key in texts if key in self._vectors}
        missing = [key for key in texts if key not in found]
        if missing:
            keys = ", ".join(f'"{key}"' for key in missing)
            found |= _vectors(self._engine, self.build, f"key in [{keys}]", self._model)
            missing = [key for key in missing if key not in found]
        if missing:
            made = self._encoder().encode([texts[key] for key in missing]).astype("float16")
            found |= dict(zip(missing, made, strict=True))
            self.encoded += len(missing)
        return found

    def _note_vocabulary(self) -> None:
        """Insert by how much the counts of words have changed; or the counts themselves, once there are many changes."""
        changed = Counter({word: count for word, count in self._vocabulary.items() if count})
        if self._base.kept:
            wanted = f"kind == {Kind.VOCABULARY:d} and {self._base.kept.state.has_rows}"
            earlier = [int(one["id"]) for one in self._engine.query(self.build.documents, wanted, ["id"])]
            whole = len(json.dumps(self._base.kept.vocabulary)) if len(earlier) > _MOST_VOCABULARIES else 0
            if len(earlier) > _MOST_VOCABULARIES + 2 * whole // _VOCABULARY_BYTES:
                changed.update(self._base.kept.vocabulary)
                changed = Counter({word: count for word, count in changed.items() if count})
                self._gone_rows |= dict.fromkeys(earlier, self._now)
        rows = [schema.row(self._row(), Kind.VOCABULARY, 0, text=text) for text in _packed(changed)]
        self._engine.insert(self.build.documents, rows)


def _texts(passages: Sequence[Passage]) -> Iterator[str | None]:
    for passage in passages:
        yield from (passage.heading, passage.text, schema.as_field(schema.words_of(passage.heading, passage.text)))


def _packed(counts: Mapping[str, int]) -> Iterator[str]:
    """As JSON, in parts that fit into a field."""
    part: dict[str, int] = {}
    size = 0
    for word, count in counts.items():
        part[word] = count
        size += len(word) + 16
        if size >= _VOCABULARY_BYTES:
            yield json.dumps(part)
            part, size = {}, 0
    if part:
        yield json.dumps(part)


def _builds(engine: Engine) -> list[int]:
    """The numbers of all builds of the index that there are collections of."""
    found = (build_of(engine.place.name, collection) for collection in engine.collections())
    return sorted({build.number for build in found if build is not None})


def _in_place(engine: Engine) -> int:
    """The number of the build that readers are sent to, be it damaged; 0 where there is none."""
    build = build_of(engine.place.name, engine.target_of(engine.place.name) or "")
    return build.number if build else 0


def _vectors_of_unfinished(engine: Engine, build: Build, model: IndexModel) -> Vectors:
    """What a killed writer had encoded with the same model for a build that was never finished."""
    with suppress(QaError):
        found = engine.query(build.documents, f"id == {schema.MARK}", ["text"])
        if [one["text"] for one in found] == [model.card.fingerprint]:
            return _all_vectors(engine, build, "id >= 0", model)
    return {}


def _all_vectors(engine: Engine, build: Build, expression: str, model: IndexModel, first: int = 1) -> Vectors:
    """As `_vectors`, of however many passages, whose ids begin at `first` and have few gaps."""
    found: Vectors = {}
    left = engine.count(build.passages, expression)
    end = first + _MOST_GAPS * (left + _AT_A_TIME)
    while left > 0 and first < end:
        window = f"{expression} and id >= {first} and id < {first + _AT_A_TIME}"
        left -= engine.count(build.passages, window)
        found |= _vectors(engine, build, window, model)
        first += _AT_A_TIME
    return found


def _vectors(engine: Engine, build: Build, expression: str, model: IndexModel) -> Vectors:
    import numpy as np

    found = engine.query(build.passages, expression, ["key", "dense"])
    vectors = {one["key"]: np.array(one["dense"], dtype=np.float16) for one in found}
    return {key: vector for key, vector in vectors.items() if len(vector) == model.card.dimension}


def _lately(gone: Mapping[int, float], now: float) -> dict[int, float]:
    return {number: when for number, when in gone.items() if now - when < _KEPT_SECONDS}


def _tidy(engine: Engine, build: Build, state: State) -> None:
    """Delete what no reader can be reading any more. A writer that is killed in the middle has done no harm."""
    now = time.time()
    _delete(engine, build, state.gone_documents.keys() - _lately(state.gone_documents, now).keys())
    _delete_rows(engine, build, state.gone_rows.keys() - _lately(state.gone_rows, now).keys())
    kept = {build.number, *_lately(state.gone_builds, now)}
    for number in _builds(engine):
        if number not in kept:
            _drop(engine, Build(build.name, number))
    earlier = f"kind == {Kind.STATE:d} and owner < {state.generation - 1}"
    engine.delete(build.documents, earlier)


def _delete(engine: Engine, build: Build, documents: Any) -> None:
    for first in range(0, len(some := sorted(documents)), _AT_A_TIME):
        part = some[first : first + _AT_A_TIME]
        engine.delete(build.passages, one_of("document", part))
        engine.delete(build.documents, f"kind == {Kind.SLICE:d} and {one_of('owner', part)}")


def _delete_rows(engine: Engine, build: Build, rows: Any) -> None:
    for first in range(0, len(some := sorted(rows)), _AT_A_TIME):
        engine.delete(build.documents, one_of("id", some[first : first + _AT_A_TIME]))


def _drop(engine: Engine, build: Build) -> None:
    for collection in (build.passages, build.documents):
        if engine.has(collection):
            engine.drop(collection)
