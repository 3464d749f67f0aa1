"""Takes an index off the disk: what qa wrote there and nothing else, whatever state it is in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from qa import application_ids
from qa.errors import IndexMissing, IndexOfOtherProgram, QaError
from qa.index.generations import vector_files
from qa.index.sqlite.database import FILE_NAME, errors_for_users, open_existing
from qa.index.writing.lock import LOCK_NAME, Waiting, locked
from qa.index.writing.pending import pending_files


def remove(folder: Path, waiting: Waiting | None = None) -> int:
    """Remove the index at `folder`, after whoever writes it now; how many bytes were freed. An empty folder goes, too.

    Raises IndexMissing, IndexOfOtherProgram, IndexNotWritable.
    """
    if not any(files(folder)):
        raise IndexMissing(folder)
    check_own(folder)
    return delete_files(folder, waiting)


def delete_files(folder: Path, waiting: Waiting | None = None) -> int:
    """Does what `remove` does, whatever the database is, even if only the lock of a failed indexing is left."""
    with locked(folder, waiting), errors_for_users(folder):
        # The database goes first: without it there is no index, whatever is left by a process that is killed here.
        found = list(files(folder))
        freed = sum(file.stat(follow_symlinks=False).st_size for file in found)
        for file in found:
            file.unlink(missing_ok=True)
        (folder / LOCK_NAME).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
    return freed


def files(folder: Path) -> Iterator[Path]:
    """All files of the index at `folder`, finished or not, its database first."""
    if not folder.is_dir():
        return
    if (folder / FILE_NAME).is_file():
        yield folder / FILE_NAME
    yield from pending_files(folder)
    yield from vector_files(folder)


def own_files(folder: Path) -> Iterator[Path]:
    """What `files` gives, and the lock that writers of the index at `folder` take."""
    yield from files(folder)
    if (folder / LOCK_NAME).exists():
        yield folder / LOCK_NAME


def link_in(folder: Path) -> Path | None:
    """The folder itself, its database or its lock, if that is a link: qa makes none."""
    return next((place for place in (folder, folder / FILE_NAME, folder / LOCK_NAME) if place.is_symlink()), None)


def bears_mark(folder: Path) -> bool:
    """Whether a database in `folder`, finished or not, says that it is an index of qa's."""
    databases = (folder / FILE_NAME, *pending_files(folder)) if folder.is_dir() else ()
    return any(application_ids.application_id(file) == application_ids.INDEX for file in databases)


def check_own(folder: Path) -> None:
    """A damaged index, or another version's, may be removed; another program's database may not. Raises IndexOfOtherProgram."""
    try:
        open_existing(folder).close()
    except IndexOfOtherProgram:
        raise
    except QaError:
        return
