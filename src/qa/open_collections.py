"""Collections whose indexes are open, and those that are left out because theirs cannot be read."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from qa.assistant import open_index
from qa.collections import Collection
from qa.errors import CollectionsAway, QaError
from qa.index.backend import CorpusIndex, IndexBackend
from qa.index.backends import Backends
from qa.index.merged import MemberFailed, MergedIndex
from qa.index.service import encoder_folder
from qa.settings import Settings


@dataclass(frozen=True, slots=True)
class _LeftOut:
    """Why a collection is not asked, and the state of its index then: when that is another one, it is tried again."""

    error: QaError
    then: Hashable | None


class OpenCollections:
    """For one thread at a time; `index` is what is asked."""

    def __init__(
        self,
        collections: Sequence[Collection],
        settings: Settings,
        backends: Backends,
        failed: Mapping[str, QaError] | None = None,
    ) -> None:
        """Those that have an index are opened. `backends` are shared by all that read the same collections; `failed`: why an
        index could not be built, where that was tried."""
        self._collections = {one.name: one for one in collections}
        self._settings = settings
        self._backends = backends
        self._left_out: dict[str, _LeftOut] = {}
        members: dict[str, CorpusIndex] = {}
        for collection in collections:
            try:
                if failed and collection.name in failed:
                    raise failed[collection.name]
                members[collection.name] = self._member(collection)
            except QaError as error:
                self._note(collection.name, error)
        self.index = MergedIndex(members)

    @property
    def left_out(self) -> Mapping[str, QaError]:
        """Collections that cannot be asked now, by name, and why."""
        return MappingProxyType({name: one.error for name, one in self._left_out.items()})

    def check_any_is_left(self) -> None:
        """Raises CollectionsAway (of a single one its own error) when every collection is left out."""
        if self.index.names:
            return
        if len(self._left_out) == 1:
            raise next(iter(self.left_out.values()))
        raise CollectionsAway(self.left_out)

    def leave_out(self, failed: MemberFailed) -> None:
        """From now on, until its index is another one."""
        if failed.name in self.index.names:
            self.index.take_out(failed.name)
        self._note(failed.name, failed.error)

    def take_back(self) -> None:
        """Those whose index is another one than when it could not be read: it may have been mended, or built."""
        for name, left_out in list(self._left_out.items()):
            collection = self._collections[name]
            if self._backend(collection).state() == left_out.then:
                continue
            try:
                member = self._member(collection)
            except QaError as error:
                self._note(name, error)
            else:
                self.index.put_in(name, member)
                del self._left_out[name]

    def close(self) -> None:
        self.index.close()

    def _member(self, collection: Collection) -> CorpusIndex:
        """The index of a collection. Raises as IndexBackend.open, and IndexOfOtherCorpus."""
        own = collection.settings(self._settings)
        return open_index(self._backend(collection), collection.folder, encoder_folder(own))

    def _note(self, name: str, error: QaError) -> None:
        """Commands in the hint of the error name the collection."""
        error.with_collection(name)
        self._left_out[name] = _LeftOut(error, self._backend(self._collections[name]).state())

    def _backend(self, collection: Collection) -> IndexBackend:
        return self._backends.of_collection(collection, self._settings)
