"""What has changed in a corpus since it was indexed: first by size and time, then by SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from qa.documents import Document, Source, load, read_bytes, sources
from qa.errors import DocumentUnreadable


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file of the corpus that is not in the index, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """What an index remembers of a file."""

    size: int
    mtime_ns: int
    sha256: str


@dataclass(slots=True)
class Changes:
    """`touched` are files with another time and the same content; they count among the `unchanged`."""

    added: list[Document] = field(default_factory=list)
    changed: list[Document] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    touched: list[Source] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    unchanged: int = 0

    def __bool__(self) -> bool:
        """Whether the passages of the index have to change."""
        return bool(self.added or self.changed or self.removed)


def changes(corpus: Path, known: Mapping[str, Known]) -> Changes:
    """Compare `corpus` with what is `known`, by path. Raises CorpusMissing."""
    found = Changes()
    gone = set(known)
    for source in sources(corpus, skip=lambda path, reason: found.skipped.append(Skipped(path, reason))):
        try:
            _compare(source, known.get(source.path), found)
        except DocumentUnreadable as error:
            found.skipped.append(Skipped(error.path, error.reason))
        else:
            gone.discard(source.path)
    found.removed = sorted(gone)
    return found


def stale(corpus: Path, known: Mapping[str, Known]) -> tuple[str, ...]:
    """Paths that were added, changed or removed since they were `known`; no document is parsed. Raises CorpusMissing."""
    found = {source.path: source for source in sources(corpus, skip=lambda *_: None)}
    differing = {path for path, source in found.items() if path not in known or _differs(source, known[path])}
    return tuple(sorted(differing | (set(known) - set(found))))


def _differs(source: Source, known: Known) -> bool:
    if source.size != known.size:
        return True
    if source.mtime_ns == known.mtime_ns:
        return False
    try:
        return hashlib.sha256(read_bytes(source)).hexdigest() != known.sha256
    except DocumentUnreadable:
        return True


def _compare(source: Source, known: Known | None, found: Changes) -> None:
    if known is None:
        found.added.append(load(source))
        return
    if (known.size, known.mtime_ns) != (source.size, source.mtime_ns):
        document = load(source)
        if document.sha256 != known.sha256:
            found.changed.append(document)
            return
        found.touched.append(source)
    found.unchanged += 1
