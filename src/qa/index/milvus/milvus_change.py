"""A change to an index in Milvus that is being made."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from qa.documents import Document, SourceFile
from qa.errors import DocumentUnreadable
from qa.index.milvus import milvus_schema
from qa.index.milvus.engine import Engine, EngineRow, one_of
from qa.index.milvus.lease import Lease
from qa.index.milvus.leftovers import (
    Vectors,
    delete_documents,
    delete_rows,
    delete_unpublished,
    drop,
    lately,
    vectors_of_texts,
)
from qa.index.milvus.milvus_schema import IndexBuild, RowKind
from qa.index.milvus.state import IndexState, publish
from qa.index.milvus.view import StoredDocument, View, together
from qa.index.passage_context import before, encoded_text
from qa.index.records import Known, Memory
from qa.index.sqlite.checksums import text_key
from qa.index.writing.encoding import EncodingQueue, IndexModel
from qa.text.passages import Passage

_SLAB = 128
"""Passages that are encoded and inserted together."""
_LOOKED_UP = 4_096
"""Passages whose texts are looked up together. Milvus Lite looks at all that it has for each request."""
_ROWS = 256
"""Rows of the documents' collection that are inserted together, at 64 kB each at most."""
_MOST_VOCABULARIES = 32
"""Changes of the vocabulary that are read one by one, before they are made into one."""
_VOCABULARY_BYTES = 48_000


class MilvusChange:
    """A `qa.index.writing.ingest.Change` to an index in Milvus."""

    def __init__(
        self,
        engine: Engine,
        build: IndexBuild,
        kept: View | None,
        replaced: View | None,
        model: IndexModel,
        vectors: Vectors,
    ) -> None:
        """To the state `kept`, in its own `build`; without it to a new one, in the place of the state that is `replaced`, if
        any. `vectors` need not be encoded again."""
        self.build = build
        self._engine = engine
        self._kept = kept
        self._replaced = replaced
        self._model = model
        self._vectors = vectors
        self._queue = EncodingQueue(model, self._insert)
        state = kept.state if kept else None
        self._next_document = state.next_document if state else 1
        self._next_passage = state.next_passage if state else 1
        self._next_row = state.next_row if state else 1
        self._gone_documents = dict(state.gone_documents) if state else {}
        self._gone_rows = dict(state.gone_rows) if state else {}
        self.passages = state.passages if state else 0
        self._words = state.words if state else 0
        self._held: dict[str, StoredDocument] = dict(kept.documents) if kept else {}
        self._removed: list[StoredDocument] = []
        self._vocabulary: Counter[str] = Counter()
        self._waiting: list[tuple[EngineRow, str]] = []
        self._lately: Vectors = {}
        self._rows: list[EngineRow] = []
        self._now = time.time()

    @property
    def documents(self) -> int:
        return len(self._held)

    @property
    def encoded(self) -> int:
        """How many texts had to be encoded."""
        return self._queue.encoded

    def remarks(self) -> list[tuple[str, str]]:
        return [(path, remark) for path, one in sorted(self._held.items()) for remark in one.remarks]

    def remove(self, path: str) -> None:
        """Note that the document at `path` is gone, with its passages."""
        gone = self._held.pop(path)
        self._gone_documents[gone.number] = self._gone_rows[gone.row] = self._now
        self.passages -= gone.passages
        self._removed.append(gone)

    def rename(self, old: str, source: SourceFile) -> None:
        """Let the document at `old` be at the path of `source`; its passages stay as they are."""
        held = self._held.pop(old)
        self._gone_rows[held.row] = self._now
        known = Known(source.size, source.mtime_ns, held.known.sha256)
        self._note(source.path, held.number, known, held.passages, held.remarks)

    def touch(self, sources: Sequence[SourceFile]) -> None:
        """Note the new time of files whose content is the same."""
        for source in sources:
            # It may be read anew in this same change, and then is noted there.
            if source.path in self._held:
                self.rename(source.path, source)

    def add(self, document: Document, passages: Sequence[Passage]) -> None:
        """Insert a document; its passages follow when there are enough of them. Raises DocumentUnreadable for what is longer
        than a field of Milvus."""
        if any(map(milvus_schema.is_too_long, (document.path, json.dumps(document.remarks), *_texts(passages)))):
            raise DocumentUnreadable(
                document.path, f"a passage of it has more than the {milvus_schema.MOST_BYTES:,} bytes of a field"
            )
        number = self._next_document
        self._next_document += 1
        parts = enumerate(milvus_schema.slices(document.text))
        self._put(milvus_schema.row(self._row(), RowKind.SLICE, number, part, text) for part, text in parts)
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
        """Give a vector to the passages that wait for one, and insert all that waits for that."""
        self._encode_waiting()
        self._queue.finish()
        self._insert_rows()

    def publish(self, corpus: str, memory: Memory, lease: Lease) -> IndexState:
        """Make what was changed the state in place. Raises IndexBusy when another writer has taken over."""
        self._forget_words()
        self._note_vocabulary()
        card, old = self._model.card, self._kept or self._replaced
        gone_builds = dict(old.state.gone_builds) if old else {}
        if old and not self._kept:
            gone_builds[old.build.number] = self._now
        state = IndexState(
            schema=milvus_schema.SCHEMA,
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
            gone_documents=lately(self._gone_documents, self._now),
            gone_rows=lately(self._gone_rows, self._now),
            gone_builds=lately(gone_builds, self._now),
            refused={path: [one.size, one.mtime_ns, one.reason, one.version] for path, one in memory.refused.items()},
            include=memory.choice.include,
            exclude=memory.choice.exclude,
            reading=memory.reading,
        )
        self._engine.flush(self.build.passages)
        lease.check()
        # What the new state does not name as gone any more must be gone.
        delete_documents(self._engine, self.build, self._gone_documents.keys() - state.gone_documents.keys())
        delete_rows(self._engine, self.build, self._gone_rows.keys() - state.gone_rows.keys())
        publish(self._engine, self.build, state)
        if not self._kept:
            self._engine.point(self.build.name, self.build.passages)
        return state

    def discard(self) -> None:
        """Delete what belongs to no published state."""
        if self._kept is None:
            drop(self._engine, self.build)
            return
        delete_unpublished(self._engine, self._kept)

    def _row(self) -> int:
        self._next_row += 1
        return self._next_row - 1

    def _put(self, rows: Iterable[EngineRow]) -> None:
        """Rows of the documents' collection."""
        self._rows += rows
        if len(self._rows) >= _ROWS:
            self._insert_rows()

    def _insert_rows(self) -> None:
        rows, self._rows = self._rows, []
        self._engine.insert(self.build.documents, rows)

    def _note(self, path: str, number: int, known: Known, passages: int, remarks: Sequence[str]) -> None:
        row = milvus_schema.row(
            self._row(),
            RowKind.DOCUMENT,
            number,
            text=json.dumps(list(remarks), ensure_ascii=False),
            path=path,
            path_key=milvus_schema.path_key(path),
            size=known.size,
            mtime_ns=known.mtime_ns,
            sha256=known.sha256,
            passages=passages,
        )
        self._put([row])
        self._held[path] = StoredDocument(row["id"], number, path, known, passages, tuple(remarks))

    def _take(self, document: int, passage: Passage, told: str) -> None:
        shown = encoded_text(passage.heading, passage.text, told)
        words = milvus_schema.words_of(passage.heading, passage.text)
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
            "words": milvus_schema.as_field(words),
            "key": text_key(shown).hex(),
        }
        self._next_passage += 1
        self._waiting.append((row, shown))
        if len(self._waiting) >= _LOOKED_UP:
            self._encode_waiting()

    def _encode_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        # What is inserted from now on is not among what is found now.
        self._lately = {}
        before = self._vectors_before({row["key"] for row, _ in waiting})
        for first in range(0, len(waiting), _SLAB):
            self._encode(waiting[first : first + _SLAB], before)

    def _encode(self, slab: Sequence[tuple[EngineRow, str]], before: Vectors) -> None:
        texts = {row["key"]: shown for row, shown in slab}
        known = {key: found[key] for found in (before, self._lately) for key in texts if key in found}
        missing = {key: text for key, text in texts.items() if key not in known}
        self._queue.put(([row for row, _ in slab], known), missing)

    def _vectors_before(self, keys: Collection[str]) -> Vectors:
        """Those that were encoded before, by key."""
        found = {key: self._vectors[key] for key in keys if key in self._vectors}
        missing = [key for key in keys if key not in found]
        return found | vectors_of_texts(self._engine, self.build, missing, self._model)

    def _insert(self, slab: tuple[list[EngineRow], Vectors], made: Vectors) -> None:
        rows, known = slab
        vectors = known | made
        for row in rows:
            row[milvus_schema.DENSE] = vectors[row["key"]].tolist()
        self._engine.insert(self.build.passages, rows)
        self._lately |= made

    def _forget_words(self) -> None:
        """Of the documents that are gone."""
        removed, self._removed = self._removed, []
        for some in together(removed):
            gone = one_of("document", [one.number for one in some])
            for one in self._engine.query(self.build.passages, gone, ["words"]):
                words = milvus_schema.from_field(one["words"])
                self._words -= len(words)
                self._vocabulary.subtract(set(words))

    def _note_vocabulary(self) -> None:
        """Insert by how much the counts of words have changed; or the counts themselves, once there are many changes."""
        changed = Counter({word: count for word, count in self._vocabulary.items() if count})
        if self._kept:
            wanted = f"kind == {RowKind.VOCABULARY:d} and {self._kept.state.has_rows}"
            earlier = [int(one["id"]) for one in self._engine.query(self.build.documents, wanted, ["id"])]
            whole = len(json.dumps(self._kept.vocabulary)) if len(earlier) > _MOST_VOCABULARIES else 0
            if len(earlier) > _MOST_VOCABULARIES + 2 * whole // _VOCABULARY_BYTES:
                changed.update(self._kept.vocabulary)
                changed = Counter({word: count for word, count in changed.items() if count})
                self._gone_rows |= dict.fromkeys(earlier, self._now)
        rows = [milvus_schema.row(self._row(), RowKind.VOCABULARY, 0, text=text) for text in _packed(changed)]
        self._engine.insert(self.build.documents, rows)


def _texts(passages: Sequence[Passage]) -> Iterator[str | None]:
    for passage in passages:
        yield from (
            passage.heading,
            passage.text,
            milvus_schema.as_field(milvus_schema.words_of(passage.heading, passage.text)),
        )


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
