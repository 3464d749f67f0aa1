"""A FAISS index in a file: written in one step, and opened only when it is the one that was written."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, BinaryIO

from qa.private import opener

MOST_READ = 64_000_000
"""Bytes of a file that is read whole, so that it may be overwritten while it is in use; larger ones are mapped into memory."""
_AT_A_TIME = 1 << 20
"""Bytes."""


def save(faiss_index: Any, path: Path) -> str:
    """Write and sync the index under its final name in one step, with no copy of it in memory; its SHA-256. Raises OSError."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    try:
        # Made anew, so that a link that lies there under this name is never followed.
        with open(part, "xb", opener=opener) as file:
            sha256 = _written(faiss_index, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return sha256


def _written(faiss_index: Any, file: BinaryIO) -> str:
    import faiss

    library: Any = faiss
    sink = _Sink(file)
    try:
        library.write_index(faiss_index, library.PyCallbackIOWriter(sink.write, _AT_A_TIME))
    except Exception:
        # FAISS turns the error of a callback into one of its own.
        if sink.failure is not None:
            raise sink.failure from None
        raise
    return sink.digest.hexdigest()


class _Sink:
    """Passes on what FAISS writes, and keeps its digest and what went wrong."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.failure: OSError | None = None

    def write(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            self.failure = error
            raise
        self.digest.update(data)


def load(path: Path, sha256: str) -> Any | None:
    """The FAISS index in the file, not copied again in memory; None when it is missing or not the one that was written."""
    import faiss
    import numpy as np

    # Its type stubs lack what its Python part adds.
    library: Any = faiss
    try:
        whole = path.stat().st_size <= MOST_READ
        data = np.fromfile(path, dtype=np.uint8) if whole else np.memmap(path, dtype=np.uint8, mode="r")
        if hashlib.sha256(data.data).hexdigest() != sha256:
            return None
        index = library.read_index(library.ZeroCopyIOReader(library.swig_ptr(data), data.size))
        library.add_to_referenced_objects(index, data)
        return index
    except (OSError, RuntimeError, ValueError):
        return None


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable, where the system lets a folder be opened."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
