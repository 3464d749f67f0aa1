"""The bytes of a file or an object, read so that nothing a file system can hold blocks, follows, or fills the memory."""

from __future__ import annotations

import os
import stat
import zlib
from pathlib import Path

from qa.documents.formats import format_of
from qa.documents.model import SourceFile, StoredObject, Unreadable
from qa.errors import DocumentUnreachable, DocumentUnreadable

MOST_BYTES = 256 << 20
"""Of one file: books of scanned pages and slides with films are large, and little of it is text."""
MOST_TEXT_BYTES = 32 << 20
"""Of a text: 32 MiB are a shelf of books, and cutting them takes 1 GB of memory."""
_TRIES = 3
_GZIP = 16 + zlib.MAX_WBITS
_NEVER_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def read_bytes(source: SourceFile) -> bytes:
    """The file as it is. Raises DocumentUnreadable when it is too large, DocumentUnreachable when it cannot be had now.

    Where a whole bucket cannot be had: BucketMissing, StorageClientMissing, StorageRefused, StorageUnreachable.
    """
    try:
        if isinstance(source.file, StoredObject):
            return _read_object(source, source.file)
        for _ in range(_TRIES):
            data = _read_at_rest(source, source.file)
            if data is not None:
                return data
    except Unreadable as error:
        raise DocumentUnreadable(source.path, error.reason) from error
    except OSError as error:
        raise DocumentUnreachable(source.path, (error.strerror or str(error)).lower()) from error
    raise DocumentUnreachable(source.path, "it is being written; the next update takes it")


def most_bytes(path: str) -> int:
    """How large the file at `path` may be, or what it unpacks to."""
    return MOST_TEXT_BYTES if format_of(path).module is None else MOST_BYTES


def gunzip(data: bytes, most: int) -> bytes:
    """What `data` unpacks to, all members of it. Raises Unreadable when that is more than `most`, or it is damaged."""
    unpacked = bytearray()
    while data:
        member = zlib.decompressobj(_GZIP)
        try:
            unpacked += member.decompress(data, most + 1 - len(unpacked))
        except zlib.error as error:
            raise Unreadable("it is damaged, or no gzip file") from error
        if len(unpacked) > most:
            raise Unreadable(f"it unpacks to more than {in_megabytes(most)}")
        if not member.eof:
            raise Unreadable("it is cut off")
        # Padding after the last member is zeros (gzip(1)).
        data = member.unused_data.lstrip(b"\0")
    return bytes(unpacked)


def in_megabytes(size: int) -> str:
    return f"{size >> 20} MB"


def _read_object(source: SourceFile, stored: StoredObject) -> bytes:
    """Storage gives one state of an object, the old or the new."""
    from qa.documents.object_storage import read_at_most

    most = most_bytes(source.path)
    if source.size > most:
        raise Unreadable(f"it is larger than {in_megabytes(most)}")
    # A range of nothing is refused.
    data = read_at_most(stored, most + 1) if source.size else b""
    if len(data) > most:
        raise Unreadable(f"it is larger than {in_megabytes(most)}")
    return data


def _read_at_rest(source: SourceFile, path: Path) -> bytes | None:
    """None when the file was changed meanwhile: half of one state and half of another is a text that nobody wrote."""
    most = most_bytes(source.path)
    descriptor = os.open(path, os.O_RDONLY | _NEVER_WAIT)
    with os.fdopen(descriptor, "rb") as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise Unreadable("not a regular file")
        if before.st_size > most:
            raise Unreadable(f"it is larger than {in_megabytes(most)}")
        data = file.read(most + 1)
        after = os.fstat(descriptor)
    changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
    return None if changed or len(data) > most else data
