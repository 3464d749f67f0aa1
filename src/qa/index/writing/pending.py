"""The copy of the database in which a change is made, and which takes the place of the index at the end.

A long change keeps its work: from time to time what is finished is committed and synced, together with a note of what the
change started from and is made with. A process that is killed leaves such a copy, and the next change that starts from the same
and is made with the same goes on with it. What is left without a note is thrown away.
"""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import apsw

from qa.errors import QaError, StorageUnavailable
from qa.index.generations import remove_others, vector_files
from qa.index.records import Known
from qa.index.sqlite import document_rows as rows
from qa.index.sqlite.checksums import pages
from qa.index.sqlite.database import FILE_NAME, PAGE_BYTES, create, make_durable, open_to_change, open_to_go_on
from qa.index.sqlite.manifest import Manifest
from qa.index.vectors.faiss_file import sync_folder
from qa.private import make_private_file

_PATTERN = f"{FILE_NAME}.*.new"
_JOURNAL = "-journal"
_KEPT_EVERY = 5.0
"""Seconds of work that a kill may cost."""
_NOTE = "pending"


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a change starts from (the generation of the index that is copied, 0 for none) and is made with."""

    generation: int
    corpus: str
    fingerprint: str
    splitter: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A change that a process left when it was killed, and the documents that it holds."""

    path: Path
    known: dict[str, Known]


class Pending:
    """A change that is being made. Nobody else sees it before it has taken the place of the index."""

    def __init__(self, connection: apsw.Connection, path: Path, note: str | None, kept: bool) -> None:
        self.connection = connection
        self.path = path
        self._note = note
        self._kept = kept
        self._last = time.monotonic()

    @property
    def kept(self) -> bool:
        """Whether some of it outlives this process."""
        return self._kept

    def keep_at_times(self) -> None:
        """Between two steps of the work, each of them whole: keep what is done, if that is worth it by now."""
        if self._note is None or time.monotonic() - self._last < _KEPT_EVERY:
            return
        self.connection.execute("COMMIT")
        if not self._kept:
            # The note goes in after all that it speaks of is on the disk.
            sync(self.path)
            make_durable(self.connection)
            self.connection.execute("INSERT OR REPLACE INTO manifest(name, value) VALUES (?, ?)", (_NOTE, self._note))
            self._kept = True
        self.connection.execute("BEGIN")
        self._last = time.monotonic()


def begun(folder: Path, purpose: Purpose) -> Begun | None:
    """The change for `purpose` that was left at `folder`, if there is one that can be gone on with."""
    for path in sorted(folder.glob(_PATTERN)):
        with suppress(apsw.Error, QaError, OSError), closing(open_to_go_on(path)) as connection:
            note = connection.execute("SELECT value FROM manifest WHERE name = ?", (_NOTE,)).get
            # Pages that the rest of the change will not read must be sound too.
            if note == _noted(purpose) and all(pages(path, PAGE_BYTES)):
                return Begun(path, rows.known(connection, folder))
    return None


@contextmanager
def changed_copy(
    folder: Path, *, anew: bool, purpose: Purpose | None = None, goes_on: Begun | None = None
) -> Iterator[Pending]:
    """A copy of the database (or, `anew`, an empty one; or the one that was `begun`), which takes the place at the end.

    When anything goes wrong it is removed, with the vector files that were made for it, and the old index stays. Only a
    process that is killed or interrupted, or from which object storage goes away, leaves it, if a `purpose` was given and some
    of it was kept.
    """
    remove_pending(folder, but=goes_on.path if goes_on else None)
    # A name of its own: should the lock file have been deleted, two writers still do not write one file.
    path = goes_on.path if goes_on else folder / _PATTERN.replace("*", uuid.uuid4().hex)
    before = set(vector_files(folder))
    pending: Pending | None = None
    try:
        if not anew and not goes_on:
            make_private_file(path)
            shutil.copyfile(folder / FILE_NAME, path)
        connection = open_to_go_on(path) if goes_on else create(path) if anew else open_to_change(path)
        try:
            pending = Pending(connection, path, _noted(purpose) if purpose else None, goes_on is not None)
            connection.execute("BEGIN")
            yield pending
            connection.execute("DELETE FROM manifest WHERE name = ?", (_NOTE,))
            connection.execute("COMMIT")
            kept = Manifest.load(connection, folder).faiss_file
        finally:
            connection.close()
        sync(path)
        _take_the_place(path, folder)
    except BaseException as error:
        interrupted = isinstance(error, StorageUnavailable) or not isinstance(error, Exception)
        with suppress(OSError):
            for made in set(vector_files(folder)) - before:
                made.unlink(missing_ok=True)
            if not (interrupted and pending and pending.kept):
                remove_pending(folder)
        raise
    remove_others(folder, kept=kept)


def pending_files(folder: Path) -> list[Path]:
    """What processes are writing, or were when they were killed."""
    return [*folder.glob(_PATTERN), *folder.glob(_PATTERN + _JOURNAL)]


def remove_pending(folder: Path, *, but: Path | None = None) -> None:
    """Remove what killed processes left, except the change at `but`."""
    for leftover in pending_files(folder):
        if but is None or leftover.name.removesuffix(_JOURNAL) != but.name:
            leftover.unlink(missing_ok=True)


def sync(file: Path) -> None:
    """Wait until the file is on the disk."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def _noted(purpose: Purpose) -> str:
    return json.dumps(asdict(purpose))


def _take_the_place(pending: Path, folder: Path) -> None:
    place = folder / FILE_NAME
    pending.replace(place)
    sync_folder(folder)
    # Of the days when the database was written in place; SQLite would roll it back into whatever lies there.
    place.with_name(f"{FILE_NAME}{_JOURNAL}").unlink(missing_ok=True)
