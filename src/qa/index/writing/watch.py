"""Says when a corpus may have changed, for as long as it is listened to.

watchfiles: the operating system's own notices (inotify, FSEvents, ReadDirectoryChanges) behind one small, well-kept package
with wheels for all platforms. Of what else it needs, anyio comes with sentence-transformers already, so it is a dependency and
no extra: `qa index --watch` works where qa is installed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from qa.corpus_place import BucketAddress, CorpusPlace
from qa.errors import CorpusUnwatchable
from qa.index_place import EngineAddress, IndexPlace

_QUIET_MS = 300
"""A change is reported when nothing happened for so long, ..."""
_LONGEST_MS = 3000
"""... or at the latest after this, where files change all the time."""
_ALIVE_MS = 1000
_AWAY_SECONDS = 1.0


def changes_of(corpus: CorpusPlace, index: IndexPlace) -> Iterator[None]:
    """Yields at once, then each time when something in `corpus` has changed (several changes at a time count once).

    What happens in `index` is no change. A corpus that goes away is waited for. Ends with KeyboardInterrupt, or
    CorpusUnwatchable when the system gives no notices, and for object storage, which gives none.
    """
    if isinstance(corpus, BucketAddress):
        raise CorpusUnwatchable(corpus, "it is object storage")
    while True:
        yield
        yield from _while_there(corpus, index)
        while not corpus.exists():
            time.sleep(_AWAY_SECONDS)


def _while_there(corpus: Path, index: IndexPlace) -> Iterator[None]:
    from watchfiles import watch

    folder = index.file if isinstance(index, EngineAddress) else index
    own, place = folder.resolve() if folder else None, corpus.resolve()
    single = None if place.is_dir() else place

    def is_of_the_corpus(_: object, changed: str) -> bool:
        path = Path(changed)
        return path == single if single else not (own and path.is_relative_to(own))

    watching = watch(
        # The folder of a single file: editors replace a file, and a watch on it would stay with the old one.
        single.parent if single else place,
        watch_filter=is_of_the_corpus,
        debounce=_LONGEST_MS,
        step=_QUIET_MS,
        rust_timeout=_ALIVE_MS,
        yield_on_timeout=True,
        recursive=single is None,
        ignore_permission_denied=True,
    )
    try:
        # What changed before the watch stood was not reported; its first sign of life says that it stands.
        next(watching)
        yield
        for changed in watching:
            if changed:
                yield
            if not corpus.exists():
                return
    except (OSError, RuntimeError) as error:
        if place.exists():
            raise CorpusUnwatchable(corpus, str(error)) from error
