"""Every bit that an answer rests on is under a checksum.

Two layers. SQLite's own checksum VFS (cksumvfs, https://sqlite.org/cksumvfs.html, which apsw ships) keeps eight bytes at the
end of every page of the database and compares them whenever a page is read: documents, passages, words, vectors and what
leads to them, at a cost that goes with what is read and not with what there is. One flipped bit anywhere in a page that a
question needs is an error, not an answer. Above it, documents and vectors carry digests of their own (BLAKE2b), which prove a
row when the pages around it are damaged (qa.index.maintenance.salvage) and find a vector again for a text that was encoded
before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path

import apsw

from qa.documents import Mark
from qa.errors import ChecksumsUnavailable

RESERVED_BYTES = 8
"""At the end of each page; cksumvfs checks only databases that reserve exactly this."""
_VFS = "cksmvfs"
_EXTENSION = "cksumvfs"
_DIGEST_BYTES = 16


@cache
def checking_vfs() -> str:
    """The name of the VFS that compares the checksums; it is registered when it is first asked for.

    Raises ChecksumsUnavailable.
    """
    from apsw import sqlite_extra

    if _VFS not in apsw.vfs_names():
        default = apsw.vfs_names()[0]
        with closing(apsw.Connection(":memory:")) as connection:
            try:
                sqlite_extra.load(connection, _EXTENSION)
            except (apsw.Error, LookupError, sqlite_extra.NotAvailable) as error:
                raise ChecksumsUnavailable(str(error)) from error
        # The extension makes itself the default for the whole process; a program that uses qa as a library has not asked.
        apsw.set_default_vfs(default)
    return _VFS


def pages(file: Path, page_bytes: int) -> Iterator[bool]:
    """Of each page of a database file, whether it ends with its checksum. Raises OSError."""
    checking_vfs()
    with closing(apsw.Connection(":memory:")) as connection, file.open("rb") as opened:
        while page := opened.read(page_bytes):
            yield connection.execute("SELECT verify_checksum(?)", (page,)).get == 1


def text_key(text: str) -> bytes:
    """Names what the encoder sees of a passage: two passages of one key have one vector."""
    return _digest(text.encode("utf-8"))


def vector_digest(key: bytes, vector: bytes) -> bytes:
    return _digest(key, vector)


def document_digest(path: str, sha256: str, marks: str, text: bytes) -> bytes:
    """`text` is UTF-8, `marks` as `marks_to_json` gives them."""
    return _digest(path.encode("utf-8"), sha256.encode("utf-8"), marks.encode("utf-8"), text)


def marks_to_json(marks: Sequence[Mark]) -> str:
    return json.dumps([[mark.start, mark.heading, mark.page] for mark in marks], ensure_ascii=False)


def marks_from_json(stored: str) -> tuple[Mark, ...]:
    """The marks that `marks_to_json` wrote. Raises ValueError or TypeError for any other text."""
    return tuple(Mark(start, heading, page) for start, heading, page in json.loads(stored))


def _digest(*parts: bytes) -> bytes:
    """Over the parts and where they end, so that nothing can move from one part to the next unseen."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.digest()
