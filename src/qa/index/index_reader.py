"""What asking needs of an index: passages near a vector, passages with the words of a query, and their texts."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from qa.corpus_place import CorpusPlace
from qa.errors import IndexDamaged, IndexNotWritable, IndexOfOtherModel, NothingChosen
from qa.filters import Filter
from qa.index.corpus_identity import check_belongs
from qa.index.passage_context import WITH_EARLIER, before
from qa.index.pinned_reads import PinnedReads
from qa.index.query_words import looked_for, spelt_in
from qa.index.records import Made, Memory, StoredPassage
from qa.index.sqlite import document_rows as rows
from qa.index.sqlite.database import FILE_NAME, Identity, errors_for_users, identity, open_existing
from qa.index.sqlite.frequent_terms import frequencies, queries
from qa.index.sqlite.manifest import Manifest
from qa.index.sqlite.remembered_files import load_memory, remarks
from qa.index.sqlite.stored_vectors import stored_vectors
from qa.index.vectors.passage_vectors import PassageVectors
from qa.index.vectors.vector_file import LoadedVectors, made_anew, open_vectors
from qa.text.passages import with_heading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.index.sqlite.stored_vectors import VectorBlock
    from qa.inference.encoder import ModelCard

_TRIES = 3
_PASSAGES_OF = "SELECT id FROM passages WHERE document IN (SELECT value FROM json_each(?))"
_WITH_WORDS = "SELECT rowid, -bm25(words) FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?"
_HOW_MANY_HOLD = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"
_COUNTED = 2_000
_TEXTS_WITH = "SELECT heading, text FROM passages WHERE id IN (SELECT rowid FROM words WHERE words MATCH ? LIMIT ?)"
_LOOKED_AT = 100
_ORIGINS = (
    "SELECT p.id, d.sha256, p.start FROM passages p JOIN documents d ON d.id = p.document"
    " WHERE p.id IN (SELECT value FROM json_each(?))"
)
# The plus keeps SQLite from matching each passage of these documents by itself: 31 s instead of 0.1 for 27,000 passages.
_WITH_WORDS_OF = (
    "SELECT rowid, -bm25(words) FROM words WHERE words MATCH ?"
    " AND +rowid IN (SELECT id FROM passages WHERE document IN (SELECT value FROM json_each(?))) ORDER BY rank LIMIT ?"
)


_KINDS: tuple[tuple[type, ...], ...] = (
    (int,), (str,), (int,), (int,), (int,), (int, type(None)), (str, type(None)), (str,),
    (int, type(None)), (str, type(None)),
)  # fmt: skip
_PASSAGES = (
    'SELECT p.id, d.path, p.start, p."end", p.line, p.page, p.heading, p.text, b.start, b.text'  # noqa: S608  (constants)
    f" FROM {WITH_EARLIER}"
    " JOIN documents d ON d.id = p.document WHERE p.id IN "
)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """One state of the index, whole: the file that is open, and the vectors that belong to it."""

    identity: Identity
    connection: apsw.Connection
    manifest: Manifest
    vectors: PassageVectors


class IndexReader(PinnedReads):
    """The index at `folder`. See `qa.index.backend.CorpusIndex`. Not for two threads at a time: see qa.index.pool."""

    def __init__(self, folder: Path, card: ModelCard, loaded: LoadedVectors | None = None) -> None:
        """`loaded` is shared by those that read the same folders.

        Raises IndexMissing, IndexForeign, IndexDamaged, IndexOfOtherModel."""
        self.folder = folder
        self._card = card
        self._loaded = loaded or LoadedVectors()
        self._state = self._newest()

    @property
    def manifest(self) -> Manifest:
        return self._state.manifest

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads inside see one state of the index, the newest; a change by another process is picked up here."""
        if not self._pinned and identity(self.folder) != self._state.identity:
            state = self._newest()
            self._state.connection.close()
            self._state = state
        with errors_for_users(self.folder):
            yield

    def naming_errors(self) -> AbstractContextManager[None]:
        return errors_for_users(self.folder)

    def made(self) -> Made:
        manifest = self.manifest
        files = (self.folder / FILE_NAME, self.folder / manifest.faiss_file)
        size = sum(file.stat().st_size for file in files if file.exists())
        return Made(manifest.model_id, manifest.splitter, manifest.generation, size)

    def check_belongs_to(self, corpus: CorpusPlace) -> None:
        with errors_for_users(self.folder):
            check_belongs(
                self.manifest.corpus, lambda: rows.known(self._state.connection, self.folder), self.folder, corpus
            )

    def chosen(self, only: Filter) -> list[int]:
        accepts = only.accepts()
        documents = self._state.connection.execute("SELECT id, path, mtime_ns FROM documents").fetchall()
        chosen = []
        for document, path, mtime_ns in documents:
            if not (isinstance(document, int) and isinstance(path, str) and isinstance(mtime_ns, int)):
                raise IndexDamaged(self.folder, "a row of its documents holds values of another kind")
            if accepts(path, mtime_ns):
                chosen.append(document)
        if not chosen:
            raise NothingChosen(str(only), len(documents))
        return chosen

    def dense_search(
        self, vector: NDArray[np.float32], limit: int, documents: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        among = None if documents is None else self._passages_of(documents)
        return self._state.vectors.search(vector, limit, among)

    def cosines(self, vector: NDArray[np.float32], ids: Sequence[int]) -> list[float]:
        if not ids:
            return []
        found, stored = self._stored(ids)
        cosines = dict(zip(found.tolist(), (stored @ vector).tolist(), strict=True))
        try:
            return [cosines[passage] for passage in ids]
        except KeyError as error:
            raise IndexDamaged(self.folder, f"passage {error} has no vector") from error

    def bm25_search(self, query: str, limit: int, documents: Sequence[int] | None = None) -> list[tuple[int, float]]:
        words = looked_for(query)
        for looked_up in queries(self._state.connection, words) if words else ():
            # Quoted, so that nothing in a query is FTS5 syntax.
            match = " OR ".join(f'"{word}"' for word in looked_up)
            if found := self._matching(match, limit, documents):
                return found
        return []

    def document_frequency(self, word: str) -> int:
        return int(self._state.connection.execute(_HOW_MANY_HOLD, (f'"{word}"', _COUNTED)).get)

    def frequencies(self, words: Sequence[str]) -> dict[str, int]:
        return frequencies(self._state.connection, words)

    def origins(self, ids: Sequence[int]) -> dict[int, tuple[str, int]]:
        found = self._state.connection.execute(_ORIGINS, (json.dumps(list(ids)),))
        return {int(passage): (str(sha256), int(start)) for passage, sha256, start in found}

    def spells(self, word: str) -> bool:
        texts = self._state.connection.execute(_TEXTS_WITH, (f'"{word}"', _LOOKED_AT))
        return any(word in spelt_in(with_heading(heading, text)) for heading, text in texts)

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]:
        marks = ", ".join("?" * len(ids))
        # Nothing but question marks is put into the statement.
        selected = self._state.connection.execute(f"{_PASSAGES}({marks})", list(ids))
        found = {row[0]: self._passage(row) for row in selected}
        try:
            return [found[passage] for passage in ids]
        except KeyError as error:
            raise IndexDamaged(self.folder, f"passage {error} is missing") from error

    def vectors_of(self, ids: Sequence[int]) -> NDArray[np.float32]:
        return self._stored(ids)[1]

    def passages_in(self, path: str) -> list[StoredPassage]:
        found = self._state.connection.execute("SELECT id FROM documents WHERE path = ?", (path,)).get
        return self.passages(self._passages_of([found])) if found is not None else []

    def document_text(self, path: str) -> str:
        row = self._state.connection.execute("SELECT text FROM documents WHERE path = ?", (path,)).fetchone()
        if row is None:
            raise KeyError(path)
        if type(row[0]) is not bytes:
            raise IndexDamaged(self.folder, f"the text of {path} is of another kind")
        return zlib.decompress(row[0]).decode("utf-8")

    def documents(self, only: Filter | None = None) -> list[tuple[str, int, int, str]]:
        known = rows.known(self._state.connection, self.folder)
        accepts = (only or Filter()).accepts()
        return [
            (path, found.size, found.mtime_ns, found.sha256)
            for path, found in sorted(known.items())
            if accepts(path, found.mtime_ns)
        ]

    def memory(self) -> Memory:
        return load_memory(self._state.connection)

    def remarks(self) -> list[tuple[str, str]]:
        return remarks(self._state.connection)

    def document_count(self, only: Filter | None = None) -> int:
        if only:
            return len(self.chosen(only))
        return int(self._state.connection.execute("SELECT count(*) FROM documents").get)

    def passage_count(self) -> int:
        return int(self._state.connection.execute("SELECT count(*) FROM passages").get)

    def close(self) -> None:
        self._state.connection.close()

    def _passage(self, row: tuple[Any, ...]) -> StoredPassage:
        if not all(isinstance(value, kinds) for value, kinds in zip(row, _KINDS, strict=True)):
            raise IndexDamaged(self.folder, "a row of its passages holds values of another kind")
        *own, earlier_start, earlier_text = row
        passage = StoredPassage(*own)
        return replace(passage, before=before(passage.start, earlier_start, earlier_text))

    def _newest(self) -> _Snapshot:
        """The state that is in place now. A writer may remove a vector file in between: then its successor is in place."""
        for _ in range(_TRIES):
            # Asked before the file is opened: a replacement in between is then noticed at the next snapshot.
            before = identity(self.folder)
            connection = open_existing(self.folder)
            try:
                with errors_for_users(self.folder):
                    manifest = self._checked_manifest(connection)
                    vectors = open_vectors(
                        connection,
                        manifest.dimension,
                        self.folder / manifest.faiss_file,
                        manifest.faiss_sha256,
                        self._loaded,
                    )
                    if vectors is None and before == identity(self.folder):
                        vectors = self._made_again(connection, manifest)
            except BaseException:
                connection.close()
                raise
            if vectors is not None:
                return _Snapshot(before, connection, manifest, vectors)
            connection.close()
        raise IndexDamaged(self.folder, "it changes all the time")

    def _checked_manifest(self, connection: apsw.Connection) -> Manifest:
        manifest = Manifest.load(connection, self.folder)
        if manifest.fingerprint != self._card.fingerprint:
            raise IndexOfOtherModel(self.folder, manifest.model_id, self._card.model_id)
        if manifest.dimension != self._card.dimension:
            raise IndexDamaged(self.folder, f"its vectors are said to have {manifest.dimension} dimensions")
        return manifest

    def _made_again(self, connection: apsw.Connection, manifest: Manifest) -> PassageVectors:
        """The vectors from the database, written back where that can be done; asking goes on where it cannot."""
        vectors = made_anew(connection, manifest.dimension, self.folder)
        if len(vectors) != connection.execute("SELECT count(*) FROM passages").get:
            raise IndexDamaged(self.folder, "passages and vectors do not match")
        with suppress(IndexNotWritable), errors_for_users(self.folder):
            vectors.save(self.folder / manifest.faiss_file)
        return vectors

    def _matching(self, match: str, limit: int, documents: Sequence[int] | None) -> list[tuple[int, float]]:
        if documents is None:
            found = self._state.connection.execute(_WITH_WORDS, (match, limit))
        else:
            found = self._state.connection.execute(_WITH_WORDS_OF, (match, json.dumps(documents), limit))
        return [(int(passage), float(score)) for passage, score in found]

    def _passages_of(self, documents: Sequence[int]) -> list[int]:
        found = self._state.connection.execute(_PASSAGES_OF, (json.dumps(documents),))
        return [passage for (passage,) in found]

    def _stored(self, ids: Sequence[int]) -> VectorBlock:
        return stored_vectors(self._state.connection, ids, self.manifest.dimension, self.folder)
