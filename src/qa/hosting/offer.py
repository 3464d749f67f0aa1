"""Which collections a server offers: those that it was started with, or what the user's file of collections says now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.collections import Collection, Collections, collection_of
from qa.settings import Settings


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

    def gone_in(self, later: Offer) -> frozenset[str]:
        """The names of collections that `later` has no more, or has with other documents."""
        kept = {one.indexed for one in later.collections}
        return frozenset(one.name for one in self.collections if one.indexed not in kept)
