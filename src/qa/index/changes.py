"""What has changed in a corpus since it was indexed: first by size and time, then by SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

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


@dataclass(frozen=True, slots=True)
class Renamed:
    """A file that was indexed at the path `old` and lies at that of `source` now, with the same content."""

    old: str
    source: Source


@dataclass(slots=True)
class Changes:
    """`touched` are files with another time and the same content; they count among the `unchanged`."""

    added: list[Document] = field(default_factory=list)
    changed: list[Document] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    renamed: list[Renamed] = field(default_factory=list)
    touched: list[Source] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    unchanged: int = 0

    def __bool__(self) -> bool:
        """Whether what the index says has to change."""
        return bool(self.added or self.changed or self.removed or self.renamed)


def changes(corpus: Path, known: Mapping[str, Known]) -> Changes:
    """Compare `corpus` with what is `known`, by path. Raises CorpusMissing."""
    found = Changes()
    listed = list(sources(corpus, skip=lambda path, reason: found.skipped.append(Skipped(path, reason))))
    gone = known.keys() - {source.path for source in listed}
    vanished = _Vanished({path: known[path] for path in gone})
    unreadable = set()
    for source in listed:
        try:
            _compare(source, known.get(source.path), vanished, found)
        except DocumentUnreadable as error:
            found.skipped.append(Skipped(error.path, error.reason))
            unreadable.add(source.path)
    renamed = {rename.old for rename in found.renamed}
    found.removed = sorted((gone - renamed) | (unreadable & known.keys()))
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


class _Vanished:
    """The files that are gone, to recognise those that only have another name. Each is found once."""

    def __init__(self, known: Mapping[str, Known]) -> None:
        self._known = known
        self._alike: dict[tuple[int, str], list[str]] = {}
        for path in sorted(known):
            self._alike.setdefault((known[path].size, _suffix(path)), []).append(path)

    def under_another_name(self, source: Source) -> str | None:
        """The old path of `source`. Its ending is the same, for it decides how a file is read. Raises DocumentUnreadable."""
        alike = self._alike.get((source.size, _suffix(source.path)))
        if not alike:
            return None
        sha256 = hashlib.sha256(read_bytes(source)).hexdigest()
        old = next((path for path in alike if self._known[path].sha256 == sha256), None)
        if old is not None:
            alike.remove(old)
        return old


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()


def _compare(source: Source, known: Known | None, vanished: _Vanished, found: Changes) -> None:
    if known is None:
        old = vanished.under_another_name(source)
        if old is not None:
            found.renamed.append(Renamed(old, source))
        else:
            found.added.append(load(source))
        return
    if (known.size, known.mtime_ns) != (source.size, source.mtime_ns):
        document = load(source)
        if document.sha256 != known.sha256:
            found.changed.append(document)
            return
        found.touched.append(source)
    found.unchanged += 1
