"""Which corpus an index was made of, so that it is never asked about, or overwritten with, another one.

The manifest names the corpus by its place as seen from the index ("../corpus"): a corpus that moves together with its index
keeps it, and nothing of the machine where it was built is in an index that is handed on. One in object storage is named by its
address. When the place is another one (the corpus alone was moved, or is a copy), the documents decide: if half of a sample of
them is there under the same name and size, it is the same corpus.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePath

from qa.corpus_place import BucketAddress, CorpusPlace, corpus_place
from qa.errors import IndexOfOtherCorpus
from qa.index.records import Known
from qa.index_place import EngineAddress, IndexPlace

_SAMPLE = 100


def place_from(index: IndexPlace, corpus: CorpusPlace) -> str:
    """Where `corpus` lies as seen from `index`; the whole path where there is no way (another drive). An index in an engine
    lies in no folder: what is seen from it is seen from the root."""
    if isinstance(corpus, BucketAddress):
        return str(corpus)
    place = os.path.realpath(corpus)
    try:
        relative = os.path.relpath(place, _folder(index))
    except ValueError:
        relative = place
    return os.fsencode(PurePath(relative).as_posix()).decode("utf-8", "backslashreplace")


def check_belongs(
    named: str, documents: Callable[[], Mapping[str, Known]], index: IndexPlace, corpus: CorpusPlace
) -> None:
    """That `index`, whose manifest names the corpus `named` and which has these documents, is `corpus`'s.

    A folder that is away is not compared: the index answers alone. Object storage is only asked where the address is another.
    Raises IndexOfOtherCorpus, and for object storage as `qa.documents.sources`.
    """
    if named == place_from(index, corpus) or (isinstance(corpus, Path) and not corpus.exists()):
        return
    known = documents()
    if not known or _shares_documents(corpus, known):
        return
    raise IndexOfOtherCorpus(index, str(place_of(index, named)), corpus)


def place_of(index: IndexPlace, named: str) -> CorpusPlace:
    """Where the corpus lies that the manifest of `index` names."""
    # No path that is seen from somewhere has two slashes in a row.
    with suppress(ValueError):
        if isinstance(address := corpus_place(named), BucketAddress):
            return address
    return Path(os.path.normpath(os.path.join(_folder(index), named)))  # noqa: PTH118 (pathlib keeps "..")


def _folder(index: IndexPlace) -> str:
    return os.path.abspath(os.sep) if isinstance(index, EngineAddress) else os.path.realpath(index)  # noqa: PTH100


def _shares_documents(corpus: CorpusPlace, known: Mapping[str, Known]) -> bool:
    paths = sorted(known)
    sample = paths[:: 1 + (len(paths) - 1) // _SAMPLE]
    size_of = _sizes_in_bucket(corpus) if isinstance(corpus, BucketAddress) else partial(_size, corpus)
    there = sum(size_of(path) == known[path].size for path in sample)
    return 2 * there >= len(sample)


def _sizes_in_bucket(address: BucketAddress) -> Callable[[str], int | None]:
    from qa.documents.bucket_choosing import sizes

    return sizes(address).get


def _size(corpus: Path, path: str) -> int | None:
    """The size of the file at `path` in `corpus`; the only file of a corpus that is one file has its name."""
    if not corpus.is_dir() and path != corpus.name:
        return None
    try:
        return (corpus / path if corpus.is_dir() else corpus).stat().st_size
    except (OSError, ValueError):
        return None
