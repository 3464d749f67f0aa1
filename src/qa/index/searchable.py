"""What a question needs of an index, be it that of one corpus (`IndexReader`) or of several collections (`MergedIndex`)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from qa.filters import Filter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.index.reader import StoredPassage


class SearchableIndex(Protocol):
    """See `qa.index.reader.IndexReader`, whose methods these are."""

    def snapshot(self) -> AbstractContextManager[None]: ...

    def chosen(self, only: Filter) -> list[int]: ...

    def nearest(
        self, vector: NDArray[np.float32], limit: int, documents: Sequence[int] | None = None
    ) -> list[tuple[int, float]]: ...

    def with_words(self, query: str, limit: int, documents: Sequence[int] | None = None) -> list[tuple[int, float]]: ...

    def cosines(self, vector: NDArray[np.float32], ids: Sequence[int]) -> list[float]: ...

    def holding(self, word: str) -> int: ...

    def spells(self, word: str) -> bool: ...

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]: ...

    def vectors_of(self, ids: Sequence[int]) -> NDArray[np.float32]: ...

    def passages_in(self, path: str) -> list[StoredPassage]: ...

    def document_text(self, path: str) -> str: ...

    def documents(self, only: Filter | None = None) -> list[tuple[str, int, int, str]]: ...

    def document_count(self, only: Filter | None = None) -> int: ...

    def passage_count(self) -> int: ...

    def close(self) -> None: ...
