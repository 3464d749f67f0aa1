"""Which corpus an index was made of, so that it is never asked about, or overwritten with, another one.

The manifest names the corpus by its place as seen from the index ("../corpus"): a corpus that moves together with its index
keeps it, and nothing of the machine where it was built is in an index that is handed on. When the place is another one (the
corpus alone was moved, or is a copy), the documents decide: if half of a sample of them is there under the same name and size,
it is the same corpus.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath

from qa.errors import IndexOfOtherCorpus
from qa.index.records import Known
from qa.index_place import EngineAddress, IndexPlace

_SAMPLE = 100


def place_from(index: IndexPlace, corpus: Path) -> str:
    """Where `corpus` lies as seen from `index`; the whole path where there is no way (another drive). An index in an engine
    lies in no folder: what is seen from it is seen from the root."""
    place = os.path.realpath(corpus)
    try:
        relative = os.path.relpath(place, _folder(index))
    except ValueError:
        relative = place
    return os.fsencode(PurePath(relative).as_posix()).decode("utf-8", "backslashreplace")


def check_belongs(named: str, documents: Callable[[], Mapping[str, Known]], index: IndexPlace, corpus: Path) -> None:
    """That `index`, whose manifest names the corpus `named` and which has these documents, is `corpus`'s.

    A corpus that is away is not compared: the index answers alone. Raises IndexOfOtherCorpus.
    """
    if named == place_from(index, corpus) or not corpus.exists():
        return
    known = documents()
    if not known or _shares_documents(corpus, known):
        return
    raise IndexOfOtherCorpus(index, str(place_of(index, named)), corpus)


def place_of(index: IndexPlace, named: str) -> Path:
    """The place of the corpus that the manifest of `index` names."""
    return Path(os.path.normpath(os.path.join(_folder(index), named)))  # noqa: PTH118 (pathlib keeps "..")


def _folder(index: IndexPlace) -> str:
    return os.path.abspath(os.sep) if isinstance(index, EngineAddress) else os.path.realpath(index)  # noqa: PTH100


def _shares_documents(corpus: Path, known: Mapping[str, Known]) -> bool:
    paths = sorted(known)
    sample = paths[:: 1 + (len(paths) - 1) // _SAMPLE]
    there = sum(_size(corpus, path) == known[path].size for path in sample)
    return 2 * there >= len(sample)


def _size(corpus: Path, path: str) -> int | None:
    """The size of the file at `path` in `corpus`; the only file of a corpus that is one file has its name."""
    if not corpus.is_dir() and path != corpus.name:
        return None
    try:
        return (corpus / path if corpus.is_dir() else corpus).stat().st_size
    except (OSError, ValueError):
        return None
