"""What an index has to do, whichever database it is in: the contract between qa and its indexes.

`SearchableIndex` is what a question needs, be it of one corpus or of several collections (qa.index.merged). `CorpusIndex` is
an open index of one corpus, and `IndexBackend` is the place of one: whether something is there, how it is opened, written,
checked and removed. Questions and commands know these only; `qa.index.backends` says which one a place has. The tests in
tests/index_conformance hold every backend to what is written here.

Words that the contract uses:

A **state** is all that an index says at one moment: documents, passages, words and vectors that belong together. A writer
makes the next state beside the one in place, where nobody sees it, and publishes it in one step; each state is a
**generation** with a number of its own, and numbers only grow. A writer that fails or is killed before that step has changed
nothing.

A **snapshot** is one state, held for as long as its context lasts: whatever is published meanwhile, every read inside is of
that state. A snapshot inside a snapshot is of the newest state, unless the index is **pinned**: then all of them are of the
state that was the newest when it was pinned.

**Ids** of documents and passages mean something within one state and to one open index. An update keeps the ids of the
passages of documents that it need not touch, and gives no id to another passage later.

**Paths** are those of documents within their corpus, with slashes; in an index of several collections the name of the
collection comes first. Paths, texts, queries and patterns are hostile: whatever is in them, it is taken as text.

A **filter** (qa.filters.Filter) chooses documents by path, ending and time. Searches take the ids of the documents that it
chose (`chosen`): then they give what they would give if the other documents were not there, but that how rare a word is still
counts over all. With `documents` None all are searched, with an empty sequence none.

Whatever goes wrong in the database is a `qa.errors.QaError` that names the place, from every method: IndexDamaged where what
was read cannot be right. An open index serves one thread at a time; see qa.index.pool.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, Unpack

from qa.corpus_place import CorpusPlace
from qa.filters import Filter
from qa.index_place import IndexPlace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.index.maintenance.repair import RepairReport
    from qa.index.maintenance.verify import Verification
    from qa.index.records import Made, Memory, StoredPassage
    from qa.index.writing.encoding import IndexModel, Progress
    from qa.index.writing.lock import Waiting
    from qa.index.writing.writer import UpdateOptions, UpdateReport
    from qa.inference.encoder import ModelCard


class SearchableIndex(Protocol):
    """What a question needs of an index."""

    def snapshot(self) -> AbstractContextManager[None]:
        """All reads inside see one state, the newest there is now (of each collection, where there are several)."""
        ...

    def pinned(self) -> AbstractContextManager[None]:
        """All snapshots inside are of one state, the newest there is now."""
        ...

    def chosen(self, only: Filter) -> list[int]:
        """The ids of the documents that `only` accepts, for `dense_search` and `bm25_search`. Raises NothingChosen when there
        is none."""
        ...

    def dense_search(
        self, vector: NDArray[np.float32], limit: int, documents: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """The passages nearest to `vector`, a unit vector of shape (d,), of these `documents` alone, if given.

        At most `limit` pairs of a passage's id and its cosine, -1 to 1, by falling cosine; fewer only where there are no
        more. Up to some ten thousand passages the search is exact; in larger indexes the nearest are found nearly always. The
        order of passages with the same cosine is the same in every call on one state.
        """
        ...

    def bm25_search(self, query: str, limit: int, documents: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """The passages that hold any word of `query`, of these `documents` alone, if given.

        At most `limit` pairs of a passage's id and its BM25 score (over text and heading; Robertson and Zaragoza 2009), which
        is above 0, by falling score. Words are compared by their stems (qa.text.stems). Of a version, a date or a code
        ("3.1.0") the parts count, and that they stand together. Of several collections the first `limit` of each are
        compared. Nothing in a query is syntax; one without a word finds nothing. Very frequent words may be passed over where
        rarer ones were found.
        """
        ...

    def cosines(self, vector: NDArray[np.float32], ids: Sequence[int]) -> list[float]:
        """The cosine of each of the passages `ids` with `vector`, shape (d,), in their order: the one that `dense_search`
        gives. Raises IndexDamaged when a passage has no vector."""
        ...

    def document_frequency(self, word: str) -> int:
        """How many passages hold `word`, of letters alone, in any of its forms; it need not be exact beyond 2,000."""
        ...

    def spells(self, word: str) -> bool:
        """Whether a passage has `word`, of small letters alone, in just this form, not only in another one of the same stem.

        Of a frequent word a hundred of the passages that hold it may be looked at.
        """
        ...

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]:
        """The passages with these `ids`, in their order. Raises IndexDamaged for an id that is none of this state's."""
        ...

    def vectors_of(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """The vectors of the passages, shape (n, d), as they are kept (float16 at the least). `ids` are given in ascending
        order, which is that of the rows."""
        ...

    def passages_in(self, path: str) -> list[StoredPassage]:
        """All passages of the document at `path`, in the order of its text; none where there is no such document."""
        ...

    def document_text(self, path: str) -> str:
        """The whole text of a document as it was when it was indexed; the offsets of passages are characters of it. Raises
        KeyError where there is no such document."""
        ...

    def documents(self, only: Filter | None = None) -> list[tuple[str, int, int, str]]:
        """Of every document (that `only` accepts): path, size in bytes, modification time in ns and the SHA-256 of the file.

        By path; of several collections by their order, and a document that two of them hold once. Empty where there is none.
        """
        ...

    def document_count(self, only: Filter | None = None) -> int:
        """How many documents there are, of those that `only` accepts. Raises NothingChosen when a filter leaves none."""
        ...

    def passage_count(self) -> int:
        """How many passages there are."""
        ...

    def close(self) -> None:
        """Let go of the database. Nothing may be read afterwards."""
        ...


class CorpusIndex(SearchableIndex, Protocol):
    """An open index of one corpus: what is remembered of its files, and what asking several collections as one needs."""

    def naming_errors(self) -> AbstractContextManager[None]:
        """What goes wrong inside is a QaError that names the index."""
        ...

    def check_belongs_to(self, corpus: CorpusPlace) -> None:
        """Raises IndexOfOtherCorpus when the index was made of other documents than those at `corpus`
        (qa.index.corpus_identity)."""
        ...

    def made(self) -> Made:
        """How the state was made that is read now."""
        ...

    def memory(self) -> Memory:
        """Which files were refused, and which the user chose."""
        ...

    def remarks(self) -> list[tuple[str, str]]:
        """Documents that were read in part, by path, and what of them was not read."""
        ...

    def frequencies(self, words: Sequence[str]) -> dict[str, int]:
        """How many passages hold each of `words` (of letters and figures, or several with blanks between them, which must
        follow one another). Very frequent words may be counted as they were when the state was written."""
        ...

    def origins(self, ids: Sequence[int]) -> dict[int, tuple[str, int]]:
        """Of each passage: the SHA-256 of its document's file, and the character of its text where it begins. What has the same
        origin in two collections is the same passage."""
        ...


class IndexBackend(Protocol):
    """The index at one place, which need not be there yet: opened for reading, and written, checked and removed.

    There is one writer at a time: a second one waits for the first, `waiting` is told so, and a writer that dies holds nobody
    up. Readers wait for nobody, and stop no writer.
    """

    @property
    def place(self) -> IndexPlace:
        """The place of the index."""
        ...

    @property
    def is_one_process_at_a_time(self) -> bool:
        """Whether no other process can read or write the index while this one has it open."""
        ...

    def exists(self) -> bool:
        """Whether there is something at its place, be it damaged."""
        ...

    def state(self) -> Hashable | None:
        """Tells the state in place from every other one; None where there is no index. Quick, and raises nothing."""
        ...

    def bytes_copied(self) -> int:
        """How much an update copies before it can change anything; 0 where it changes what is there."""
        ...

    def open(self, card: ModelCard) -> CorpusIndex:
        """The newest state, for asking with the encoder that `card` describes. It follows what is published later, with each
        snapshot. Readers that one backend opened share what is large.

        Raises IndexMissing, IndexForeign (IndexOutdated: of an earlier version), IndexOfOtherProgram, IndexDamaged,
        IndexOfOtherModel.
        """
        ...

    def update(self, corpus: CorpusPlace, model: IndexModel, **options: Unpack[UpdateOptions]) -> UpdateReport:
        """Make the index say what `corpus` says, and publish that as one state.

        Files are compared by size and time, then by SHA-256 (qa.index.writing.changes). What did not change is not read
        again; a renamed file keeps its passages; of a changed one only texts are encoded that no passage has yet
        (`encoded` of the report). An index of another model, another way of cutting or an earlier version is made anew.
        Where nothing has changed nothing is written. What a killed update had encoded need not be encoded again.

        Raises as `qa.documents.sources`, CorpusEmpty, IndexNotWritable, IndexOfOtherProgram and, without `rebuild`,
        IndexDamaged, IndexForeign, IndexOfOtherCorpus and (without `allow_empty`) CorpusEmptied. The state in place is then as
        it was.
        """
        ...

    def verify(self) -> Verification:
        """Check everything in the state in place: each document against its checksum, each passage against its document, each
        vector. Raises IndexMissing, IndexForeign, IndexOfOtherProgram; what else is wrong is in what is returned."""
        ...

    def repair(
        self,
        corpus: CorpusPlace,
        model: IndexModel,
        *,
        progress: Progress | None = None,
        waiting: Waiting | None = None,
    ) -> RepairReport:
        """Mend the index from what is left of it, without the documents.

        Raises IndexMissing, IndexBeyondRepair, IndexForeign, IndexOfOtherProgram, IndexNotWritable.
        """
        ...

    def remove(self, waiting: Waiting | None = None) -> int:
        """Remove what qa wrote there and nothing else, after whoever writes it now; how many bytes were freed.

        Raises IndexMissing, IndexOfOtherProgram, IndexNotWritable.
        """
        ...
