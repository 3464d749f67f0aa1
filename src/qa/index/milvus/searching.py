"""Asking an index in Milvus: two searches, one by vectors and one by words, whose scores are the embedded index's.

Vectors are compared by the index that the engine has of them (qa.index.milvus.dense_index). By words Milvus's own BM25 finds
candidates; these are scored anew with FTS5's formula (qa.index.bm25) and with how many passages of the state hold each word,
which the index keeps. Milvus Lite counts words segment by segment, and every engine has a formula of its own: so the scores
of all agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from qa.corpus_place import CorpusPlace
from qa.errors import IndexDamaged, IndexMissing, IndexOfOtherModel, NothingChosen
from qa.filters import Filter
from qa.index.bm25 import Term, bm25
from qa.index.corpus_identity import check_belongs
from qa.index.milvus import milvus_schema
from qa.index.milvus.engine import Engine, EngineRow, one_of
from qa.index.milvus.state import build_in_place, generation_in_place, load
from qa.index.milvus.view import AT_A_TIME, View, parts
from qa.index.pinned_reads import PinnedReads
from qa.index.query_words import looked_for, spelt_in
from qa.index.records import Made, Memory, StoredPassage
from qa.text.passages import with_heading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.inference.encoder import ModelCard
    from qa.vector_indexing import VectorIndexing

_MOST_CHOSEN = 5_000
"""Documents that one search is told to look in."""
_CANDIDATES = 3
"""Passages that are scored anew, for each that is wanted."""
_LEAST_CANDIDATES = 300
_LOOKED_AT = 100
_PASSAGE = ("id", "document", "start", "end", "line", "page", "heading", "text", "before")


class MilvusIndex(PinnedReads):
    """An open index, as `qa.index.backend.CorpusIndex` says. Not for two threads at a time."""

    def __init__(self, engine: Engine, card: ModelCard, chosen: VectorIndexing | None = None) -> None:
        """`chosen`: what an index of vectors of this kind is asked with. Closes `engine` when it is closed.

        Raises IndexMissing, IndexForeign, IndexDamaged, IndexOfOtherModel.
        """
        self._engine = engine
        self._card = card
        self._chosen = chosen
        self._view = self._newest(None)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads inside see one state of the index, the newest."""
        if not self._pinned:
            self._view = self._newest(self._view)
        yield

    def naming_errors(self) -> AbstractContextManager[None]:
        """The engine names its errors itself."""
        return nullcontext()

    def made(self) -> Made:
        """How the state was made that is read now."""
        state = self._view.state
        size = _bytes_of(self._engine.place.file)
        return Made(state.model_id, state.splitter, state.generation, size, str(self._indexing()))

    def check_belongs_to(self, corpus: CorpusPlace) -> None:
        """Raises IndexOfOtherCorpus when the index was made of other documents than those at `corpus`."""
        check_belongs(
            self._view.state.corpus,
            lambda: {path: one.known for path, one in self._view.documents.items()},
            self._engine.place,
            corpus,
        )

    def memory(self) -> Memory:
        """Which files were refused, and which the user chose."""
        return self._view.state.memory()

    def remarks(self) -> list[tuple[str, str]]:
        """Documents that were read in part, by path, and what of them was not read."""
        return [(path, remark) for path, one in self._view.documents.items() for remark in one.remarks]

    def chosen(self, only: Filter) -> list[int]:
        """The numbers of the documents that `only` accepts. Raises NothingChosen when there is none."""
        accepts = only.accepts()
        documents = self._view.documents
        chosen = [one.number for path, one in documents.items() if accepts(path, one.known.mtime_ns)]
        if not chosen:
            raise NothingChosen(str(only), len(documents))
        return chosen

    def dense_search(
        self, vector: NDArray[np.float32], limit: int, documents: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Passage ids and cosines, best first; of these `documents` alone, if given."""
        wanted = [float(value) for value in vector]
        asked = self._indexing().asked_with(limit)
        found = [
            (int(one["id"]), score)
            for score, one in self._searched(milvus_schema.DENSE, wanted, limit, documents, ["id"], asked)
        ]
        return sorted(found, key=lambda one: (-one[1], one[0]))[:limit]

    def cosines(self, vector: NDArray[np.float32], ids: Sequence[int]) -> list[float]:
        """Cosine of each of the passages with `vector`. Raises IndexDamaged when one has no vector."""
        if not ids:
            return []
        numbers = sorted(set(ids))
        cosines = dict(zip(numbers, (self.vectors_of(numbers) @ vector).tolist(), strict=True))
        return [float(cosines[passage]) for passage in ids]

    def vectors_of(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """The vectors of passages, shape (n, d), in the order of their `ids`, which are given in ascending order."""
        import numpy as np

        rows = self._view.passage_rows(ids, ["dense"])
        self._check_all_are_there(ids, rows)
        vectors = [rows[passage]["dense"] for passage in ids]
        return np.array(vectors, dtype=np.float32).reshape(len(ids), self._view.state.dimension)

    def bm25_search(self, query: str, limit: int, documents: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """Passage ids and BM25 scores, best first, of passages with any word of `query`; of these `documents` alone."""
        terms = _terms(looked_for(query))
        if not terms:
            return []
        state, texts = self._view.state, self._candidates(terms, limit, documents)
        scores = bm25(texts, self._holding(terms, texts), state.passages, mean=state.words / max(1, state.passages))
        return sorted(scores.items(), key=lambda one: (-one[1], one[0]))[:limit]

    def document_frequency(self, word: str) -> int:
        """How many passages hold `word`, of letters alone, in any of its forms."""
        counts = [self._view.vocabulary[one] for one in milvus_schema.tokens([word])[0]]
        return min(counts, default=0)

    def frequencies(self, words: Sequence[str]) -> dict[str, int]:
        """How many passages hold each of `words`; of several that follow one another, among the first that hold them."""
        terms = dict(zip(words, map(tuple, milvus_schema.tokens(list(words))), strict=True))
        texts: dict[int, list[str]] = {}
        for term in {term for term in terms.values() if len(term) > 1}:
            found = self._searched("sparse", " ".join(term), AT_A_TIME, None, ["id", "words"])
            texts |= {int(one["id"]): milvus_schema.from_field(one["words"]) for _, one in found}
        holding = self._holding(list(terms.values()), texts)
        return {word: holding[term] for word, term in terms.items()}

    def origins(self, ids: Sequence[int]) -> dict[int, tuple[str, int]]:
        """Of passages: the SHA-256 of the document's bytes, and where in its text each begins."""
        rows = self._view.passage_rows(ids, ["start"])
        documents = self._view.paths_of([one["document"] for one in rows.values()])
        return {passage: (documents[one["document"]].known.sha256, int(one["start"])) for passage, one in rows.items()}

    def spells(self, word: str) -> bool:
        """Whether a passage has `word`, of small letters alone, in just this form: one of the first that hold it in any."""
        wanted = " ".join(milvus_schema.tokens([word])[0])
        if not wanted:
            return False
        found = self._searched("sparse", wanted, _LOOKED_AT, None, ["heading", "text"])
        return any(word in spelt_in(with_heading(one["heading"], one["text"])) for _, one in found)

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]:
        """In the order of `ids`. Raises IndexDamaged when one is missing."""
        rows = self._view.passage_rows(ids, _PASSAGE[2:])
        self._check_all_are_there(ids, rows)
        documents = self._view.paths_of([one["document"] for one in rows.values()])
        try:
            return [_passage(rows[passage], documents[rows[passage]["document"]].path) for passage in ids]
        except KeyError as error:
            raise IndexDamaged(self._engine.place, f"document {error} is missing") from error

    def passages_in(self, path: str) -> list[StoredPassage]:
        """All passages of the document at `path`, in its order; none where there is no such document."""
        found = self._view.document_at(path)
        if found is None:
            return []
        return [_passage(one, path) for one in self._view.rows_of([found.number], _PASSAGE[2:])[found.number]]

    def document_text(self, path: str) -> str:
        """The whole text of a document, as it was when it was indexed. Raises KeyError when there is none."""
        found = self._view.document_at(path)
        if found is None:
            raise KeyError(path)
        return self._view.text_of(found.number)

    def documents(self, only: Filter | None = None) -> list[tuple[str, int, int, str]]:
        """Path, size in bytes, modification time in ns and SHA-256 of every document (that `only` accepts), by path."""
        accepts = (only or Filter()).accepts()
        return [
            (path, one.known.size, one.known.mtime_ns, one.known.sha256)
            for path, one in self._view.documents.items()
            if accepts(path, one.known.mtime_ns)
        ]

    def document_count(self, only: Filter | None = None) -> int:
        """Of those that `only` accepts. Raises NothingChosen when there is none."""
        return len(self.chosen(only)) if only else self._view.state.documents

    def passage_count(self) -> int:
        """How many passages there are."""
        return self._view.state.passages

    def close(self) -> None:
        """Let go of the connection."""
        self._engine.close()

    def _newest(self, known: View | None) -> View:
        """The state that is in place now: `known`, if that is still it."""
        engine = self._engine
        build = build_in_place(engine, engine.place.name)
        if build is None:
            raise IndexMissing(engine.place)
        generation = generation_in_place(engine, build)
        if known is not None and (known.build, known.state.generation) == (build, generation):
            return known
        state = load(engine, build, generation)
        if state.fingerprint != self._card.fingerprint:
            raise IndexOfOtherModel(engine.place, state.model_id, self._card.model_id)
        if state.dimension != self._card.dimension:
            raise IndexDamaged(engine.place, f"its vectors are said to have {state.dimension} dimensions")
        return View(engine, build, state)

    def _indexing(self) -> VectorIndexing:
        """How the vectors are indexed, and what that index is asked with."""
        return self._view.vectors_indexed.asked_as(self._chosen)

    def _searched(
        self,
        by: str,
        wanted: list[float] | str,
        limit: int,
        documents: Sequence[int] | None,
        fields: Sequence[str],
        asked: Mapping[str, int] = MappingProxyType({}),
    ) -> list[tuple[float, EngineRow]]:
        """The best `limit`, of each part of the `documents` where these are too many for one search."""
        state, passages = self._view.state, self._view.build.passages
        if not state.passages:
            return []
        if documents is None:
            return self._engine.search(passages, by, wanted, state.has_passages, limit, fields, asked)
        found: list[tuple[float, EngineRow]] = []
        for some in parts([one for one in documents if state.holds(one)], _MOST_CHOSEN):
            found += self._engine.search(passages, by, wanted, one_of("document", some), limit, fields, asked)
        return found

    def _candidates(self, terms: Sequence[Term], limit: int, documents: Sequence[int] | None) -> dict[int, list[str]]:
        """The words of passages, by id: of those that hold a word of the terms, the best by Milvus's own BM25."""
        words = list(dict.fromkeys(word for term in terms for word in term))
        # A word of every other passage weighs next to nothing by FTS5's formula, and much by Milvus's.
        rare = [word for word in words if 2 * self._view.vocabulary[word] < self._view.state.passages]
        found: list[tuple[float, EngineRow]] = []
        for wanted in (rare, words):
            if wanted and len(found) < limit:
                most = max(_LEAST_CANDIDATES, _CANDIDATES * limit)
                found = self._searched("sparse", " ".join(wanted), most, documents, ["id", "words"])
        return {int(one["id"]): milvus_schema.from_field(one["words"]) for _, one in found}

    def _holding(self, terms: Sequence[Term], texts: dict[int, list[str]]) -> dict[Term, int]:
        """In how many passages each term stands; one of several words is counted in those `texts` that have it."""
        return {term: self._view.vocabulary[term[0]] if len(term) == 1 else _with(term, texts) for term in terms}

    def _check_all_are_there(self, ids: Sequence[int], rows: dict[int, EngineRow]) -> None:
        missing = next((passage for passage in ids if passage not in rows), None)
        if missing is not None:
            raise IndexDamaged(self._engine.place, f"passage {missing} is missing")


def _bytes_of(folder: Path | None) -> int:
    """Of what Milvus Lite keeps, which it may change meanwhile."""
    size = 0
    for file in folder.rglob("*") if folder else ():
        with suppress(OSError):
            size += file.stat().st_size if file.is_file() else 0
    return size


def _passage(row: EngineRow, path: str) -> StoredPassage:
    numbers = (int(row["start"]), int(row["end"]), int(row["line"]))
    page = None if row["page"] is None else int(row["page"])
    return StoredPassage(int(row["id"]), path, *numbers, page, row["heading"], row["text"], row["before"])


def _terms(words: list[str]) -> list[Term]:
    """Each once; what has no stem is none."""
    return [term for term in dict.fromkeys(map(tuple, milvus_schema.tokens(words))) if term]


def _with(term: Term, texts: dict[int, list[str]]) -> int:
    wanted = list(term)
    return sum(
        any(words[at : at + len(wanted)] == wanted for at in range(len(words) - len(wanted) + 1))
        for words in texts.values()
    )
