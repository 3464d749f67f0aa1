"""The rows of a document: its passages, their words and their vectors go in and out together."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import apsw

from qa.documents import Document, SourceFile
from qa.errors import IndexDamaged
from qa.index.records import Known
from qa.index.sqlite.checksums import document_digest, marks_to_json, vector_digest
from qa.text.passages import Passage

_NEXT_ID = "next_passage_id"


def known(connection: apsw.Connection, folder: Path) -> dict[str, Known]:
    """What the index at `folder` remembers of the files, by path. Raises IndexDamaged."""
    found = {}
    for path, size, mtime_ns, sha256 in connection.execute("SELECT path, size, mtime_ns, sha256 FROM documents"):
        if [type(value) for value in (path, size, mtime_ns, sha256)] != [str, int, int, str]:
            raise IndexDamaged(folder, "a row of its documents holds values of another kind")
        found[path] = Known(size, mtime_ns, sha256)
    return found


def count(connection: apsw.Connection, table: str) -> int:
    """How many rows the table has."""
    return int(connection.execute(f"SELECT count(*) FROM {table}").get)  # noqa: S608 - no name comes from outside


def insert(connection: apsw.Connection, document: Document, passages: Sequence[Passage]) -> None:
    """Insert a document with its passages and their words; the vectors follow later."""
    text, marks = document.text.encode("utf-8"), marks_to_json(document.marks)
    connection.execute(
        "INSERT INTO documents(path, size, mtime_ns, sha256, passages, marks, digest, text)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            document.path,
            document.size,
            document.mtime_ns,
            document.sha256,
            len(passages),
            marks,
            document_digest(document.path, document.sha256, marks, text),
            zlib.compress(text),
        ),
    )
    row = connection.last_insert_rowid()
    numbered = list(enumerate(passages, next_id(connection)))
    connection.executemany(
        'INSERT INTO passages(id, document, start, "end", line, page, heading, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        [(number, row, p.start, p.end, p.line, p.page, p.heading, p.text) for number, p in numbered],
    )
    connection.executemany(
        "INSERT INTO words(rowid, heading, text) VALUES (?, ?, ?)",
        [(number, p.heading, p.text) for number, p in numbered],
    )
    after = next_id(connection) + len(numbered)
    connection.execute("INSERT OR REPLACE INTO manifest(name, value) VALUES (?, ?)", (_NEXT_ID, str(after)))


def insert_vectors(connection: apsw.Connection, vectors: Iterable[tuple[int, bytes, bytes]]) -> None:
    """Insert vectors (float16, as bytes), each after the id of its passage and the key of its text."""
    connection.executemany(
        "INSERT INTO vectors(passage, key, digest, vector) VALUES (?, ?, ?, ?)",
        [(passage, key, vector_digest(key, vector), vector) for passage, key, vector in vectors],
    )


def delete(connection: apsw.Connection, path: str) -> None:
    """Remove the document at `path` and all that was made of it."""
    document = connection.execute("SELECT id FROM documents WHERE path = ?", (path,)).get
    # An external-content FTS5 table forgets a row only when it is told the text that the row was made from.
    connection.execute(
        "INSERT INTO words(words, rowid, heading, text)"
        " SELECT 'delete', id, heading, text FROM passages WHERE document = ?",
        (document,),
    )
    connection.execute("DELETE FROM vectors WHERE passage IN (SELECT id FROM passages WHERE document = ?)", (document,))
    connection.execute("DELETE FROM passages WHERE document = ?", (document,))
    connection.execute("DELETE FROM documents WHERE id = ?", (document,))


def rename(connection: apsw.Connection, old: str, source: SourceFile) -> None:
    """Let the document at `old` be at the path of `source`; its passages, words and vectors stay."""
    sha256, marks, packed = connection.execute("SELECT sha256, marks, text FROM documents WHERE path = ?", (old,)).get
    digest = document_digest(source.path, sha256, marks, zlib.decompress(packed))
    connection.execute(
        "UPDATE documents SET path = ?, size = ?, mtime_ns = ?, digest = ? WHERE path = ?",
        (source.path, source.size, source.mtime_ns, digest, old),
    )


def touch(connection: apsw.Connection, sources: Iterable[SourceFile]) -> None:
    """Note the new time of files whose content is the same, so that they need not be read the next time."""
    connection.executemany(
        "UPDATE documents SET size = ?, mtime_ns = ? WHERE path = ?",
        [(source.size, source.mtime_ns, source.path) for source in sources],
    )


def next_id(connection: apsw.Connection) -> int:
    """The id that the next passage gets: ids are given out once, also those of passages that are gone."""
    stored = connection.execute("SELECT value FROM manifest WHERE name = ?", (_NEXT_ID,)).get
    return int(stored or 1)
