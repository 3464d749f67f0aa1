"""What can still be read of a damaged database, and proved.

The checks of the pages are off here, since one bad page would hide the good rows beside it; a document or a vector counts only
when its own digest proves it. The first page (what tables there are, and where) is the same in every index of one schema, so
it is taken from a new, empty one. Rows are read forwards to the first that cannot be, then backwards: what is lost is what
lies on the bad page itself.
"""

from __future__ import annotations

import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from qa.documents import Document
from qa.index.sqlite.checksums import document_digest, marks_from_json, vector_digest
from qa.index.sqlite.database import FILE_NAME, PAGE_BYTES, create

_UNREADABLE = (apsw.Error, UnicodeDecodeError, zlib.error, ValueError, TypeError, MemoryError)
_PAGE_COUNT = slice(28, 32)
"""Of the database header (https://sqlite.org/fileformat.html#the_database_header), big-endian."""


@dataclass(frozen=True, slots=True)
class Salvage:
    """`documents` are whole; `lost` are the paths of the others. `vectors`, of `fingerprint`'s model, by their text's key."""

    documents: tuple[Document, ...]
    lost: tuple[str, ...]
    vectors: dict[bytes, bytes]
    fingerprint: str | None
    corpus: str | None


def salvage(folder: Path) -> Salvage:
    """Read what can be read of the index at `folder`, which holds a database file. Raises OSError."""
    with _readable(folder) as connection:
        manifest = {
            name: value for _, name, value in _rows(connection, "SELECT rowid, name, value FROM manifest", "rowid")
        }
        names = dict(_rows(connection, "SELECT id, path FROM documents NOT INDEXED", "id"))
        # A second witness for the names: the index over the paths lies on other pages.
        names = dict(_rows(connection, "SELECT id, path FROM documents", "path")) | names
        found = {number: document for number in names if (document := _document(connection, number)) is not None}
        vectors = {
            key: vector
            for _, key, digest, vector in _rows(
                connection, "SELECT passage, key, digest, vector FROM vectors", "passage"
            )
            if isinstance(key, bytes) and isinstance(vector, bytes) and digest == vector_digest(key, vector)
        }
    lost = sorted(str(path) for number, path in names.items() if number not in found)
    return Salvage(
        documents=tuple(sorted(found.values(), key=lambda document: document.path)),
        lost=tuple(lost),
        vectors=vectors,
        fingerprint=manifest.get("fingerprint"),
        corpus=manifest.get("corpus"),
    )


@contextmanager
def _readable(folder: Path) -> Iterator[apsw.Connection]:
    """A copy that SQLite opens whatever became of the first page and the size."""
    with tempfile.TemporaryDirectory(prefix="qa-repair-") as scratch:
        copy, empty = Path(scratch, FILE_NAME), Path(scratch, "empty.sqlite")
        shutil.copyfile(folder / FILE_NAME, copy)
        create(empty).close()
        pages = max(1, -(-copy.stat().st_size // PAGE_BYTES))
        first = bytearray(empty.read_bytes()[:PAGE_BYTES])
        first[_PAGE_COUNT] = pages.to_bytes(4, "big")
        with copy.open("r+b") as file:
            file.write(first)
            file.truncate(pages * PAGE_BYTES)
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        with closing(apsw.Connection(f"{copy.as_uri()}?immutable=1", flags=flags)) as connection:
            yield connection


def _rows(connection: apsw.Connection, select: str, order: str) -> Iterator[tuple[Any, ...]]:
    """The rows of `select`, each once, by their first value; `order` is a column whose order needs no sorting."""
    seen: set[Any] = set()
    for direction in ("ASC", "DESC"):
        try:
            for row in connection.execute(f"{select} ORDER BY {order} {direction}"):
                if row[0] in seen:
                    return
                seen.add(row[0])
                yield row
        except _UNREADABLE:
            continue
        return


def _document(connection: apsw.Connection, number: int) -> Document | None:
    try:
        path, size, mtime_ns, sha256, marks, digest, packed = connection.execute(
            "SELECT path, size, mtime_ns, sha256, marks, digest, text FROM documents WHERE id = ?", (number,)
        ).get
        text = zlib.decompress(packed)
        if document_digest(path, sha256, marks, text) != digest:
            return None
        return Document(
            path=path,
            text=text.decode("utf-8"),
            sha256=sha256,
            size=size,
            mtime_ns=mtime_ns,
            marks=marks_from_json(marks),
        )
    except _UNREADABLE:
        return None
