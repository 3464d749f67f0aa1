"""Checks an index whole: every page, every document, every passage against its document, every vector, every word.

Nothing is changed and nothing is mended; what can be is `qa.index.maintenance.repair`'s.
"""

from __future__ import annotations

import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from qa.errors import IndexDamaged, QaError
from qa.index.passage_context import TOLD, WITH_EARLIER, before, encoded_text
from qa.index.sqlite import document_rows as rows
from qa.index.sqlite.checksums import document_digest, marks_from_json, pages, text_key, vector_digest
from qa.index.sqlite.database import FILE_NAME, PAGE_BYTES, errors_for_users, identity, open_existing, open_to_change
from qa.index.sqlite.manifest import Manifest
from qa.index.sqlite.stored_vectors import stored_blocks
from qa.index.vectors.vector_file import LoadedVectors, open_vectors
from qa.index_place import IndexPlace
from qa.text.passages import Marks, lines_at

_MOST_NAMED = 100
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of thing: how many were `checked`, how many were `wrong`, and the first of these, each in words."""

    name: str
    checked: int
    wrong: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found in the index at `index`."""

    index: IndexPlace
    checks: tuple[Check, ...]

    @property
    def sound(self) -> bool:
        return not any(check.wrong for check in self.checks)


@dataclass(slots=True)
class _Findings:
    checked: int = 0
    wrong: int = 0
    problems: list[str] = field(default_factory=list)

    def problem(self, text: str) -> None:
        self.wrong += 1
        if len(self.problems) < _MOST_NAMED:
            self.problems.append(text)


def verify(folder: Path) -> Verification:
    """Check the index at `folder`; from the start when a writer replaces it meanwhile.

    Raises IndexMissing, IndexForeign, IndexOfOtherProgram; anything else that is wrong is in what is returned.
    """
    for _ in range(_TRIES):
        before = identity(folder)
        found = _verified(folder)
        if identity(folder) == before:
            break
    return found


def _verified(folder: Path) -> Verification:
    try:
        connection = open_existing(folder)
    except IndexDamaged as error:
        opening = Check("database", 1, 1, (error.detail,))
        return Verification(folder, (opening, _check("pages", folder, lambda found: _pages(folder, found))))
    with closing(connection):
        return Verification(folder, tuple(_checks(connection, folder)))


def _checks(connection: apsw.Connection, folder: Path) -> Iterator[Check]:
    for name, look in (
        ("pages", lambda found: _pages(folder, found)),
        ("database", lambda found: _structure(connection, found)),
        ("manifest", lambda found: _manifest(connection, folder, found)),
        ("documents", lambda found: _documents(connection, folder, found)),
        ("passages", lambda found: _passages(connection, found)),
        ("vectors", lambda found: _vectors(connection, folder, found)),
        ("faiss file", lambda found: _faiss_file(connection, folder, found)),
        ("words", lambda found: _words(folder, found)),
    ):
        yield _check(name, folder, look)


def _check(name: str, folder: Path, look: Callable[[_Findings], None]) -> Check:
    found = _Findings()
    try:
        with errors_for_users(folder):
            look(found)
    except QaError as error:
        found.problem(error.detail if isinstance(error, IndexDamaged) else error.what)
    except (AttributeError, TypeError, ValueError) as error:
        found.problem(f"a row holds values of another kind ({error})")
    return Check(name, found.checked, found.wrong, tuple(found.problems))


def _pages(folder: Path, found: _Findings) -> None:
    for sound in pages(folder / FILE_NAME, PAGE_BYTES):
        found.checked += 1
        if not sound:
            found.problem(f"page {found.checked} of {FILE_NAME} is not as it was written")


def _structure(connection: apsw.Connection, found: _Findings) -> None:
    found.checked += 1
    for (message,) in connection.execute(f"PRAGMA integrity_check({_MOST_NAMED})"):
        for line in str(message).splitlines():
            if line not in ("ok", "*** in database main ***"):
                found.problem(line)
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        found.problem(f"row {row} of {table} belongs to no row of {parent}")


def _manifest(connection: apsw.Connection, folder: Path, found: _Findings) -> None:
    manifest = Manifest.load(connection, folder)
    found.checked += 1
    last = connection.execute("SELECT coalesce(max(id), 0) FROM passages").get
    if last >= manifest.next_passage_id:
        found.problem(f"passage {last} has an id that is not given out yet")


def _documents(connection: apsw.Connection, folder: Path, found: _Findings) -> None:
    rows.known(connection, folder)
    for path, sha256, passages, count, marks, digest, packed in connection.execute(
        "SELECT path, sha256, passages, (SELECT count(*) FROM passages WHERE document = documents.id), marks, digest, text"
        " FROM documents"
    ):
        found.checked += 1
        if document_digest(path, sha256, marks, zlib.decompress(packed)) != digest:
            found.problem(f"{path}: its text is not the one that was indexed")
        if passages != count:
            found.problem(f"{path}: it has {count} passages, and {passages} were made of it")


def _passages(connection: apsw.Connection, found: _Findings) -> None:
    for document, path, stored_marks, packed in connection.execute("SELECT id, path, marks, text FROM documents"):
        text, marks = zlib.decompress(packed).decode("utf-8"), Marks(marks_from_json(stored_marks))
        cut: list[tuple[Any, ...]] = connection.execute(
            'SELECT id, start, "end", line, page, heading, text FROM passages WHERE document = ? ORDER BY start',
            (document,),
        ).fetchall()
        for row, line in zip(cut, lines_at(text, [row[1] for row in cut]), strict=True):
            found.checked += 1
            for wrong in _passage(row, text, marks, line):
                found.problem(f"{path}: {wrong} of passage {row[0]} is not the document's")
    orphans = connection.execute("SELECT count(*) FROM passages WHERE document NOT IN (SELECT id FROM documents)").get
    if orphans:
        found.problem(f"{orphans} passages belong to no document")


def _passage(row: tuple[Any, ...], text: str, marks: Marks, counted: int) -> Iterator[str]:
    """What of a passage differs from its document, where it stands in the line `counted`."""
    _, start, end, line, page, heading, stored = row
    if text[start:end] != stored or not 0 <= start < end:
        yield "the text"
    if line != counted:
        yield "the line"
    if (page, heading) != (marks.page(start), marks.heading(start)):
        yield "the page or heading"


def _vectors(connection: apsw.Connection, folder: Path, found: _Findings) -> None:
    import numpy as np

    dimension = Manifest.load(connection, folder).dimension
    for passage, heading, text, *where, key, digest, vector in connection.execute(
        f"SELECT {TOLD}, v.key, v.digest, v.vector FROM {WITH_EARLIER}"  # noqa: S608  (constants)
        " LEFT JOIN vectors v ON v.passage = p.id"
    ):
        found.checked += 1
        if vector is None:
            found.problem(f"passage {passage} has no vector")
        elif key != text_key(encoded_text(heading, text, before(*where))):
            found.problem(f"the vector of passage {passage} is that of another text")
        elif digest != vector_digest(key, vector) or len(vector) != 2 * dimension:
            found.problem(f"the vector of passage {passage} is not as it was written")
        elif not 0.98 < np.linalg.norm(np.frombuffer(vector, np.float16).astype(np.float32)) < 1.02:
            found.problem(f"the vector of passage {passage} is not of length one")
    without = connection.execute("SELECT count(*) FROM vectors WHERE passage NOT IN (SELECT id FROM passages)").get
    if without:
        found.problem(f"{without} vectors belong to no passage")


def _faiss_file(connection: apsw.Connection, folder: Path, found: _Findings) -> None:
    manifest = Manifest.load(connection, folder)
    file = folder / manifest.faiss_file
    if not file.is_file():
        found.problem(f"{manifest.faiss_file} is missing")
        return
    vectors = open_vectors(connection, manifest.dimension, file, manifest.faiss_sha256, LoadedVectors())
    if vectors is None:
        found.checked += 1
        found.problem(f"{manifest.faiss_file} is not as it was written")
        return
    in_file = vectors.ids()
    found.checked += len(in_file)
    stored_ids = connection.execute("SELECT passage FROM vectors ORDER BY passage")
    if sorted(in_file) != [passage for (passage,) in stored_ids]:
        found.problem(f"{manifest.faiss_file} has vectors of other passages than the database")
        return
    for ids, stored in stored_blocks(connection, manifest.dimension, folder):
        for passage in vectors.differing(ids, stored):
            found.problem(f"the vector of passage {passage} differs between the database and {file.name}")


def _words(folder: Path, found: _Findings) -> None:
    """FTS5's own check of its rows against the passages is an INSERT, so it runs on a copy."""
    with tempfile.TemporaryDirectory(prefix="qa-verify-") as scratch:
        copy = Path(shutil.copyfile(folder / FILE_NAME, Path(scratch, FILE_NAME)))
        with closing(open_to_change(copy)) as connection:
            try:
                found.checked = connection.execute("SELECT count(*) FROM words_docsize").get
                connection.execute("INSERT INTO words(words, rank) VALUES ('integrity-check', 1)")
            except apsw.CorruptError:
                found.problem("the words are not those of the passages")
