"""The rows of a document: its passages, their words and their vectors go in and out together."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from qa.documents import Document, Source
from qa.passages import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def insert(
    connection: sqlite3.Connection,
    document: Document,
    passages: list[Passage],
    vectors: NDArray[np.float16],
    first_id: int,
) -> None:
    """Insert a document; its n passages get the ids from `first_id` on. `vectors` has shape (n, d)."""
    packed = zlib.compress(document.text.encode("utf-8"))
    cursor = connection.execute(
        "INSERT INTO documents(path, size, mtime_ns, sha256, text) VALUES (?, ?, ?, ?, ?)",
        (document.path, document.size, document.mtime_ns, document.sha256, packed),
    )
    numbered = list(enumerate(passages, first_id))
    connection.executemany(
        'INSERT INTO passages(id, document, start, "end", line, page, heading, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        [(number, cursor.lastrowid, p.start, p.end, p.line, p.page, p.heading, p.text) for number, p in numbered],
    )
    connection.executemany(
        "INSERT INTO words(rowid, heading, text) VALUES (?, ?, ?)",
        [(number, p.heading, p.text) for number, p in numbered],
    )
    connection.executemany(
        "INSERT INTO vectors(passage, vector) VALUES (?, ?)",
        [(number, vector.tobytes()) for (number, _), vector in zip(numbered, vectors, strict=True)],
    )


def delete(connection: sqlite3.Connection, path: str) -> None:
    """Remove the document at `path` and all that was made of it."""
    (document,) = connection.execute("SELECT id FROM documents WHERE path = ?", (path,)).fetchone()
    # An external-content FTS5 table forgets a row only when it is told the text that the row was made from.
    connection.execute(
        "INSERT INTO words(words, rowid, heading, text)"
        " SELECT 'delete', id, heading, text FROM passages WHERE document = ?",
        (document,),
    )
    connection.execute("DELETE FROM vectors WHERE passage IN (SELECT id FROM passages WHERE document = ?)", (document,))
    connection.execute("DELETE FROM passages WHERE document = ?", (document,))
    connection.execute("DELETE FROM documents WHERE id = ?", (document,))


def touch(connection: sqlite3.Connection, sources: Iterable[Source]) -> None:
    """Note the new time of files whose content is the same, so that they need not be read the next time."""
    connection.executemany(
        "UPDATE documents SET size = ?, mtime_ns = ? WHERE path = ?",
        [(source.size, source.mtime_ns, source.path) for source in sources],
    )
