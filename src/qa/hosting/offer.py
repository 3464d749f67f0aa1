"""Which collections a server offers: those that it was started with, or what the user's file of collections says now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.collections import Collection, Collections, FollowedFile, collection_of
from qa.errors import CollectionsUnusable, CollectionUnknown
from qa.index.backends import Backends
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.index.backend import IndexBackend

States = tuple[Hashable | None, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """The collections that can be asked, and the names of those that are asked when none is named."""

    collections: tuple[Collection, ...]
    default: tuple[str, ...]

    @classmethod
    def of(cls, collections: Sequence[Collection], default: Sequence[Collection] | None = None) -> Offer:
        """`default` are all, unless they are given."""
        chosen = collections if default is None else default
        return cls(tuple(collections), tuple(one.name for one in chosen))

    @classmethod
    def of_user(cls, collections: Collections, settings: Settings) -> Offer:
        """All the user's collections; the article that ships where none of them is a default one, as `qa ask` has it."""
        if collections.default:
            return cls.of(collections.all, collections.default)
        return cls.of([collection_of(settings)])

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.collections)

    def chosen(self, names: Sequence[str] | None) -> tuple[str, ...]:
        """The names of those that are meant: of the default ones when none is named. Raises CollectionUnknown."""
        wanted = tuple(dict.fromkeys(names)) if names else self.default
        for name in wanted:
            if name not in self.names:
                raise CollectionUnknown(name, self.names)
        return wanted

    def left_of(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those that are still there, of what was chosen a moment ago. Raises CollectionUnknown."""
        left = tuple(name for name in names if name in self.names)
        if names and not left:
            raise CollectionUnknown(names[0], ())
        return left

    def named(self, names: Sequence[str]) -> list[Collection]:
        """Those of these names that there are, in the order of `names`."""
        by_name = {one.name: one for one in self.collections}
        return [by_name[name] for name in names if name in by_name]

    def gone_in(self, later: Offer) -> frozenset[str]:
        """The names of collections that `later` has no more, or has with other documents."""
        kept = {one.indexed for one in later.collections}
        return frozenset(one.name for one in self.collections if one.indexed not in kept)


class CurrentOffer:
    """What is offered now (`now`), and the states of its indexes. Safe to use from several threads.

    Where it follows a file, `follow` looks at what that says.
    """

    def __init__(
        self,
        first: Offer,
        settings: Settings,
        followed: FollowedFile | None,
        changed: Callable[[Offer, frozenset[str]], None],
    ) -> None:
        """`changed` is told of what is offered from then on, and which collections of before are gone."""
        self.now = first
        self.backends = Backends()
        self._settings = settings
        self._followed = followed
        self._following = threading.Lock()
        self._changed = changed
        self._indexes = self._indexes_of(first)

    @property
    def problem(self) -> CollectionsUnusable | None:
        """Why the file cannot be used as it is now: then what it said before holds."""
        return self._followed.problem if self._followed is not None else None

    def follow(self) -> None:
        """Offer what the file says now."""
        # Who comes while it is read goes on with what there is.
        if self._followed is None or not self._following.acquire(blocking=False):
            return
        try:
            found = self._followed.news()
            if found is not None:
                self._change_to(Offer.of_user(found, self._settings))
        finally:
            self._following.release()

    def states(self, names: Sequence[str]) -> States:
        """Of the indexes of these collections: another one once anything in them is; None where there is no index."""
        return tuple(self._state(name) for name in names)

    def _state(self, name: str) -> Hashable | None:
        index = self._indexes.get(name)
        state = None if index is None else index.state()
        return None if index is None or state is None else (index.place, state)

    def _change_to(self, later: Offer) -> None:
        before, indexes = self.now, self._indexes
        if later == before:
            return
        # Whatever is opened from now on is opened by it, and what was opened before is let go of below.
        self.now, self._indexes = later, self._indexes_of(later)
        gone = before.gone_in(later)
        self._changed(later, gone)
        for name in gone:
            self.backends.forget(indexes[name].place)

    def _indexes_of(self, offer: Offer) -> dict[str, IndexBackend]:
        return {one.name: self.backends.of_collection(one, self._settings) for one in offer.collections}
