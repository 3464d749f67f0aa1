"""What asking needs of an index: passages near a vector, passages with the words of a query, and their texts."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import IndexDamaged, IndexNotWritable, IndexOfOtherModel, NothingChosen
from qa.filters import Filter
from qa.index.database import FILE_NAME, errors_for_users, open_existing
from qa.index.manifest import Manifest
from qa.index.memory import Memory
from qa.index.vectors import PassageVectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.encoder import ModelCard

_WORD = re.compile(r"\w+")
_MOST_WORDS = 64
_TRIES = 3
_PASSAGES_OF = "SELECT id FROM passages WHERE document IN (SELECT value FROM json_each(?))"
_WITH_WORDS = "SELECT rowid, -bm25(words) FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?"
_WITH_WORDS_OF = (
    "SELECT rowid, -bm25(words) FROM words WHERE words MATCH ?"
    " AND rowid IN (SELECT id FROM passages WHERE document IN (SELECT value FROM json_each(?))) ORDER BY rank LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with the path of its document."""

    id: int
    path: str
    start: int
    end: int
    line: int
    page: int | None
    heading: str | None
    text: str


class IndexReader:
    """A view of the index at `folder`. Not for two threads at a time; the Assistant has a lock around it."""

    def __init__(self, folder: Path, card: ModelCard) -> None:
        """Raises IndexMissing, IndexForeign, IndexDamaged, IndexOfOtherModel."""
        self.folder = folder
        self._card = card
        self._inode = _inode(folder)
        self._connection = open_existing(folder)
        try:
            with errors_for_users(folder):
                self._manifest, self._vectors = self._load()
        except BaseException:
            self._connection.close()
            raise

    @property
    def manifest(self) -> Manifest:
        return self._manifest

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads inside see one state of the index, the newest; a change by another process is picked up here."""
        with errors_for_users(self.folder):
            self._follow_replacement()
            self._begin_at_newest()
            try:
                yield
            finally:
                self._connection.execute("COMMIT")

    def chosen(self, only: Filter) -> list[int]:
        """The ids of the documents that `only` accepts. Raises NothingChosen when there is none."""
        accepts = only.accepts()
        documents = self._connection.execute("SELECT id, path, mtime_ns FROM documents").fetchall()
        chosen = [document for document, path, mtime_ns in documents if accepts(path, mtime_ns)]
        if not chosen:
            raise NothingChosen(str(only), len(documents))
        return chosen

    def nearest(
        self, vector: NDArray[np.float32], limit: int, documents: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Passage ids and cosines, best first; of these `documents` alone, if given."""
        if documents is None:
            return self._vectors.search(vector, limit)
        rows = self._connection.execute(_PASSAGES_OF, (json.dumps(documents),))
        return self._vectors.search(vector, limit, [passage for (passage,) in rows])

    def cosines(self, vector: NDArray[np.float32], ids: Sequence[int]) -> list[float]:
        """Cosine of each of the passages with `vector`."""
        return self._vectors.cosines(vector, ids)

    def with_words(self, query: str, limit: int, documents: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """Passage ids and BM25 scores (higher is better), best first, of passages with any word of `query`.

        With `documents`, of these alone; how rare a word is still counts over all. The words are quoted, so nothing in a
        query is FTS5 syntax.
        """
        words = list(dict.fromkeys(_WORD.findall(query.lower())))[:_MOST_WORDS]
        if not words:
            return []
        match = " OR ".join(f'"{word}"' for word in words)
        if documents is None:
            rows = self._connection.execute(_WITH_WORDS, (match, limit))
        else:
            rows = self._connection.execute(_WITH_WORDS_OF, (match, json.dumps(documents), limit))
        return [(int(passage), float(score)) for passage, score in rows]

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]:
        """In the order of `ids`. Raises IndexDamaged when one is missing: vectors and passages then disagree."""
        marks = ", ".join("?" * len(ids))
        rows = self._connection.execute(
            # Nothing but question marks is put into the statement.
            'SELECT p.id, d.path, p.start, p."end", p.line, p.page, p.heading, p.text FROM passages p'  # noqa: S608
            f" JOIN documents d ON d.id = p.document WHERE p.id IN ({marks})",
            list(ids),
        )
        found = {row[0]: StoredPassage(*row) for row in rows}
        try:
            return [found[passage] for passage in ids]
        except KeyError as error:
            raise IndexDamaged(self.folder, f"passage {error} is missing") from error

    def document_text(self, path: str) -> str:
        """The whole text of a document, as it was when it was indexed. Raises KeyError when there is none."""
        row = self._connection.execute("SELECT text FROM documents WHERE path = ?", (path,)).fetchone()
        if row is None:
            raise KeyError(path)
        return zlib.decompress(row[0]).decode("utf-8")

    def documents(self) -> list[tuple[str, int, int, str]]:
        """Path, size in bytes, modification time in ns and SHA-256 of every document, by path."""
        return list(self._connection.execute("SELECT path, size, mtime_ns, sha256 FROM documents ORDER BY path"))

    def memory(self) -> Memory:
        """Which files were refused, and which the user chose."""
        return Memory.load(self._connection)

    def passage_count(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM passages").fetchone()[0])

    def close(self) -> None:
        self._connection.close()

    def _follow_replacement(self) -> None:
        """Open the file anew when an index that was made anew has taken its place."""
        inode = _inode(self.folder)
        if inode == self._inode:
            return
        connection = open_existing(self.folder)
        self._connection.close()
        self._connection, self._inode = connection, inode
        self._manifest, self._vectors = self._load()

    def _begin_at_newest(self) -> None:
        for _ in range(_TRIES):
            if self._begin_at(self._manifest.generation):
                return
            self._manifest, self._vectors = self._load()
        raise IndexDamaged(self.folder, "its generation is not what its manifest says")

    def _begin_at(self, generation: int) -> bool:
        """Begin a read transaction if the index is still at `generation`."""
        self._connection.execute("BEGIN")
        row = self._connection.execute("SELECT value FROM manifest WHERE name = 'generation'").fetchone()
        if row == (str(generation),):
            return True
        self._connection.execute("COMMIT")
        return False

    def _load(self) -> tuple[Manifest, PassageVectors]:
        """The manifest and its vectors. A writer may replace the file in between: then both are read again."""
        for _ in range(_TRIES):
            manifest = Manifest.load(self._connection, self.folder)
            if manifest.fingerprint != self._card.fingerprint:
                raise IndexOfOtherModel(self.folder, manifest.model_id, self._card.model_id)
            vectors = PassageVectors.load(self.folder / manifest.faiss_file, manifest.faiss_sha256)
            if vectors is not None:
                return manifest, vectors
        return self._rebuild()

    def _rebuild(self) -> tuple[Manifest, PassageVectors]:
        """The vectors from the database, written back where that can be done; asking goes on where it cannot."""
        self._connection.execute("BEGIN")
        try:
            manifest = Manifest.load(self._connection, self.folder)
            vectors = PassageVectors.from_database(self._connection, manifest.dimension)
            if len(vectors) != self.passage_count():
                raise IndexDamaged(self.folder, "passages and vectors do not match")
        finally:
            self._connection.execute("COMMIT")
        with suppress(IndexNotWritable), errors_for_users(self.folder):
            vectors.save(self.folder / manifest.faiss_file)
        return manifest, vectors


def _inode(folder: Path) -> int | None:
    try:
        return (folder / FILE_NAME).stat().st_ino
    except OSError:
        return None
