"""What is indexed on this machine for folders whose index lies in the user's data directory."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from qa.corpus_place import CorpusPlace
from qa.errors import QaError
from qa.index.corpus_identity import place_of
from qa.index.maintenance.removal import files
from qa.index.sqlite.database import FILE_NAME, errors_for_users, open_existing
from qa.index.sqlite.document_rows import count
from qa.index.sqlite.manifest import Manifest


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """An index. `corpus` is None, and `problem` says why, where it cannot be read; `there`: the corpus still exists (object
    storage is not asked, and taken to)."""

    index: Path
    corpus: CorpusPlace | None
    there: bool
    documents: int
    passages: int
    bytes: int
    problem: str | None = None


def listed(root: Path) -> list[IndexSummary]:
    """The indexes in the folders of `root`, sorted by corpus; none where there is no such folder."""
    found = [listed_index(database.parent) for database in root.glob(f"*/{FILE_NAME}")]
    return sorted(found, key=lambda one: (str(one.corpus or one.index), one.index))


def listed_index(folder: Path) -> IndexSummary:
    """The index at `folder`."""
    size = sum(file.stat().st_size for file in files(folder) if file.exists())
    try:
        with closing(open_existing(folder)) as connection, errors_for_users(folder):
            corpus = place_of(folder, Manifest.load(connection, folder).corpus)
            documents, passages = (count(connection, table) for table in ("documents", "passages"))
    except QaError as error:
        return IndexSummary(folder, None, there=False, documents=0, passages=0, bytes=size, problem=error.what)
    return IndexSummary(folder, corpus, not isinstance(corpus, Path) or corpus.exists(), documents, passages, size)
