"""What a question needs of an index, be it that of one corpus (`IndexReader`) or of several collections (`MergedIndex`)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from qa.filters import Filter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with the path of its document. `before`: the text in front of it, as far as the passage before it reaches.

    `collection`: the one that the document belongs to, where collections are asked; its name then begins the path.
    """

    id: int
    path: str
    start: int
    end: int
    line: int
    page: int | None
    heading: str | None
    text: str
    before: str = ""
    collection: str | None = None


class SearchableIndex(Protocol):
    """See `qa.index.index_reader.IndexReader`, whose methods these are."""

    def snapshot(self) -> AbstractContextManager[None]: ...

    def pinned(self) -> AbstractContextManager[None]: ...

    def chosen(self, only: Filter) -> list[int]: ...

    def dense_search(
        self, vector: NDArray[np.float32], limit: int, documents: Sequence[int] | None = None
    ) -> list[tuple[int, float]]: ...

    def bm25_search(
        self, query: str, limit: int, documents: Sequence[int] | None = None
    ) -> list[tuple[int, float]]: ...

    def cosines(self, vector: NDArray[np.float32], ids: Sequence[int]) -> list[float]: ...

    def document_frequency(self, word: str) -> int: ...

    def spells(self, word: str) -> bool: ...

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]: ...

    def vectors_of(self, ids: Sequence[int]) -> NDArray[np.float32]: ...

    def passages_in(self, path: str) -> list[StoredPassage]: ...

    def document_text(self, path: str) -> str: ...

    def documents(self, only: Filter | None = None) -> list[tuple[str, int, int, str]]: ...

    def document_count(self, only: Filter | None = None) -> int: ...

    def passage_count(self) -> int: ...

    def close(self) -> None: ...
