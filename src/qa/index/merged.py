"""Several indexes asked as one: the passages of all compete, and the same document in two of them is given once.

Ids of documents and passages are those of the members, each member's in a range of its own. A path begins with the name of the
collection: "notes/2024/may.md".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from qa.errors import CorpusMissing, NothingChosen, QaError
from qa.filters import Filter
from qa.index.backend import CorpusIndex
from qa.index.bm25 import Term, bm25
from qa.index.query_words import looked_for
from qa.index.records import StoredPassage
from qa.text.stems import stems

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Result = TypeVar("Result")

_RANGE = 2**40
"""Ids of one member: more than an index can have passages."""


class MemberFailed(Exception):
    """The index of the collection `name` cannot be read any more; `error` says why. Never shown to users as it is."""

    def __init__(self, name: str, error: QaError) -> None:
        super().__init__(name, error)
        self.name = name
        self.error = error


class MergedIndex:
    """The indexes of collections, by name; the first ones go before later ones that hold the same document.

    See `qa.index.backend.SearchableIndex`. All of them were made with the same encoder. Every method raises MemberFailed when
    one of them cannot be read. Not for two threads at a time.
    """

    def __init__(self, members: Mapping[str, CorpusIndex]) -> None:
        self._members = dict(members)
        self._places = {name: place for place, name in enumerate(self._members)}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._members)

    def member(self, name: str) -> CorpusIndex:
        """Raises KeyError when there is no such collection, or it was taken out."""
        return self._members[name]

    def take_out(self, name: str) -> None:
        """Leave the collection `name` out from now on, and close its index."""
        self._members.pop(name).close()

    def put_in(self, name: str, member: CorpusIndex) -> None:
        """Ask `member` as well from now on, under a name that was taken out or is new."""
        self._places.setdefault(name, len(self._places))
        members = {**self._members, name: member}
        self._members = dict(sorted(members.items(), key=lambda one: self._places[one[0]]))

    @contextmanager
    def reading(self, name: str) -> Iterator[CorpusIndex]:
        """What goes wrong in here is that member's."""
        member = self._members[name]
        try:
            with member.naming_errors():
                yield member
        except (NothingChosen, CorpusMissing):
            # The index is sound.
            raise
        except QaError as error:
            raise MemberFailed(name, error) from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        for name in self._members:
            with self.reading(name) as member, member.snapshot():
                pass
        yield

    @contextmanager
    def pinned(self) -> Iterator[None]:
        with ExitStack() as pins:
            for name in self._members:
                with self.reading(name) as member:
                    pins.enter_context(member.pinned())
            yield

    def chosen(self, only: Filter) -> list[int]:
        found: list[int] = []
        for name in self._members:
            with suppress(NothingChosen), self.reading(name) as member:
                found += [self._outer(name, one) for one in member.chosen(only)]
        if not found:
            raise self._nothing(only)
        return found

    def dense_search(
        self, vector: NDArray[np.float32], limit: int, documents: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        found: list[tuple[int, float]] = []
        for name, theirs in self._among(documents):
            with self.reading(name) as member:
                found += [(self._outer(name, one), near) for one, near in member.dense_search(vector, limit, theirs)]
        return self._best(found, limit)

    def bm25_search(self, query: str, limit: int, documents: Sequence[int] | None = None) -> list[tuple[int, float]]:
        found: list[tuple[int, float]] = []
        for name, theirs in self._among(documents):
            with self.reading(name) as member:
                found += [(self._outer(name, one), score) for one, score in member.bm25_search(query, limit, theirs)]
        if len(self._members) > 1:
            found = list(self._scored_together(query, [one for one, _ in found]).items())
        return self._best(found, limit)

    def cosines(self, vector: NDArray[np.float32], ids: Sequence[int]) -> list[float]:
        near: dict[int, float] = {}
        for name, theirs in self._by_member(ids).items():
            with self.reading(name) as member:
                cosines = member.cosines(vector, theirs)
            near |= zip((self._outer(name, one) for one in theirs), cosines, strict=True)
        return [near[one] for one in ids]

    def document_frequency(self, word: str) -> int:
        return sum(self._of_each(lambda member: member.document_frequency(word)))

    def spells(self, word: str) -> bool:
        return any(self._of_each(lambda member: member.spells(word)))

    def passages(self, ids: Sequence[int]) -> list[StoredPassage]:
        found: dict[int, StoredPassage] = {}
        for name, theirs in self._by_member(ids).items():
            with self.reading(name) as member:
                passages = member.passages(theirs)
            found |= {self._outer(name, one.id): self._in_collection(name, one) for one in passages}
        return [found[one] for one in ids]

    def vectors_of(self, ids: Sequence[int]) -> NDArray[np.float32]:
        import numpy as np

        found = []
        for name, theirs in self._by_member(ids).items():
            with self.reading(name) as member:
                found.append(member.vectors_of(theirs))
        return np.concatenate(found)

    def passages_in(self, path: str) -> list[StoredPassage]:
        name, _, theirs = path.partition("/")
        if name not in self._members:
            return []
        with self.reading(name) as member:
            return [self._in_collection(name, passage) for passage in member.passages_in(theirs)]

    def document_text(self, path: str) -> str:
        name, _, theirs = path.partition("/")
        if name not in self._members:
            raise KeyError(path)
        with self.reading(name) as member:
            return member.document_text(theirs)

    def documents(self, only: Filter | None = None) -> list[tuple[str, int, int, str]]:
        found: list[tuple[str, int, int, str]] = []
        in_others: set[str] = set()
        for name in self._members:
            with self.reading(name) as member:
                theirs = [one for one in member.documents(only) if one[3] not in in_others]
            found += ((f"{name}/{path}", size, mtime_ns, sha256) for path, size, mtime_ns, sha256 in theirs)
            in_others.update(sha256 for *_, sha256 in theirs)
        return found

    def document_count(self, only: Filter | None = None) -> int:
        count = len(self.documents(only))
        if only and not count:
            raise self._nothing(only)
        return count

    def passage_count(self) -> int:
        return sum(self._of_each(lambda member: member.passage_count()))

    def close(self) -> None:
        for member in self._members.values():
            member.close()

    def _of_each(self, ask: Callable[[CorpusIndex], Result]) -> Iterator[Result]:
        for name in self._members:
            with self.reading(name) as member:
                found = ask(member)
            yield found

    def _nothing(self, only: Filter) -> NothingChosen:
        return NothingChosen(str(only), self.document_count(), "on paths within a collection")

    def _outer(self, name: str, inner: int) -> int:
        return self._places[name] * _RANGE + inner

    def _in_collection(self, name: str, passage: StoredPassage) -> StoredPassage:
        return replace(passage, id=self._outer(name, passage.id), path=f"{name}/{passage.path}", collection=name)

    def _by_member(self, ids: Sequence[int]) -> dict[str, list[int]]:
        """The ids that passages have in their own index, by the member that has them."""
        names = {place: name for name, place in self._places.items()}
        found: dict[str, list[int]] = {name: [] for name in self._members}
        for one in ids:
            found[names[one // _RANGE]].append(one % _RANGE)
        return {name: theirs for name, theirs in found.items() if theirs}

    def _among(self, documents: Sequence[int] | None) -> list[tuple[str, list[int] | None]]:
        """The members that are to be searched, and which documents of each: None for all."""
        if documents is None:
            return [(name, None) for name in self._members]
        return list(self._by_member(documents).items())

    def _scored_together(self, query: str, ids: Sequence[int]) -> dict[int, float]:
        """The passages that were found by their words in one of the members, with scores that can be compared."""
        words = looked_for(query)
        terms = dict(zip(words, map(tuple, stems(words)), strict=True))
        holding: Counter[Term] = Counter()
        texts: dict[int, Sequence[str]] = {}
        of_each = self._by_member(ids)
        for name in self._members:
            with self.reading(name) as member:
                holding.update({terms[word]: count for word, count in member.frequencies(words).items()})
                passages = member.passages(of_each.get(name, []))
            words_of = stems([f"{passage.heading or ''} {passage.text}" for passage in passages])
            texts |= {self._outer(name, one.id): own for one, own in zip(passages, words_of, strict=True)}
        return bm25(texts, holding, self.passage_count())

    def _best(self, found: list[tuple[int, float]], limit: int) -> list[tuple[int, float]]:
        """The `limit` best of what was found in all, each passage of a document that two have once."""
        if len(self._members) == 1:
            return found
        origins: dict[int, tuple[str, int]] = {}
        for name, theirs in self._by_member([one for one, _ in found]).items():
            with self.reading(name) as member:
                origins |= {self._outer(name, one): origin for one, origin in member.origins(theirs).items()}
        # The same passage has the same score but for rounding; by its id the first member's stands before the others'.
        found.sort(key=lambda one: (-round(one[1], 4), one[0]))
        unique = {origins[one]: (one, score) for one, score in reversed(found)}
        return sorted(unique.values(), key=lambda one: (-one[1], one[0]))[:limit]
