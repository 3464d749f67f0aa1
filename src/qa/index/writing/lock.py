"""One writer at a time: the next one waits, and is told for whom. Readers take no lock at all.

The lock is the operating system's (filelock), so a writer that is killed holds nothing up.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qa.index.sqlite.database import errors_for_users
from qa.private import make_private_folder, opener

LOCK_NAME = ".lock"
_HOLDER_NAME = ".writer"
_LONGEST = 200


Waiting = Callable[[str], None]
"""Told who writes the index, once, when there is someone to wait for."""


@contextmanager
def locked(folder: Path, waiting: Waiting | None = None) -> Iterator[None]:
    """Holds the lock of the writers of the index at `folder`, which is made if need be; waits as long as it takes.

    Raises IndexNotWritable.
    """
    from filelock import FileLock, Timeout

    with errors_for_users(folder):
        make_private_folder(folder)
        lock = FileLock(folder / LOCK_NAME, mode=0o600)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if waiting is not None:
                waiting(_holder(folder))
            lock.acquire()
    try:
        _sign(folder)
        yield
    finally:
        with suppress(OSError):
            (folder / _HOLDER_NAME).unlink(missing_ok=True)
        lock.release()


def _sign(folder: Path) -> None:
    """Say who is writing. It is a courtesy: where it cannot be done, nothing depends on it."""
    note = folder / _HOLDER_NAME
    with suppress(OSError):
        # Made anew, so that a link that lies there is never followed.
        note.unlink(missing_ok=True)
        with open(note, "x", encoding="utf-8", opener=opener) as file:
            file.write(f"process {os.getpid()} on {socket.gethostname()}, since {time.strftime('%H:%M:%S')}")


def _holder(folder: Path) -> str:
    try:
        with (folder / _HOLDER_NAME).open(encoding="utf-8", errors="replace") as file:
            return file.read(_LONGEST) or "another process"
    except OSError:
        return "another process"
