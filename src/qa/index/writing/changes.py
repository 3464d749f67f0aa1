"""What has changed in a corpus since it was indexed: first by size and time, then by SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from qa.corpus_place import CorpusPlace
from qa.documents import READING_VERSION, SourceFile, read_bytes, sources
from qa.documents.formats import format_of
from qa.errors import DocumentUnreachable, DocumentUnreadable
from qa.index.records import Known, Memory, Refused

_FEW_FILES = 5
_FEW_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file of the corpus that is not in the index, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class RenamedFile:
    """A file that was indexed at the path `old` and lies at that of `source` now, with the same content."""

    old: str
    source: SourceFile


@dataclass(slots=True)
class Changes:
    """What is to be done. `touched` are files with another time and the same content; they count among the `unchanged`.

    `refused` are those of the `skipped` that need not be looked at again before they change.
    """

    added: list[SourceFile] = field(default_factory=list)
    changed: list[SourceFile] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    renamed: list[RenamedFile] = field(default_factory=list)
    touched: list[SourceFile] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    refused: dict[str, Refused] = field(default_factory=dict)
    unchanged: int = 0

    def __bool__(self) -> bool:
        """Whether what the index says has to change."""
        return bool(self.added or self.changed or self.removed or self.renamed)

    def skip(self, path: str, reason: str) -> None:
        """Note that a file is not taken in."""
        self.skipped.append(Skipped(path, reason))

    def refuse(self, source: SourceFile, error: DocumentUnreadable) -> None:
        """Note that a file cannot be read."""
        self.skip(source.path, error.reason)
        version = 0 if isinstance(error, DocumentUnreachable) else READING_VERSION
        self.refused[source.path] = Refused(source.size, source.mtime_ns, error.reason, version)


def changes(corpus: CorpusPlace, known: Mapping[str, Known], memory: Memory) -> Changes:
    """Compare `corpus` with what is `known`, by path, of the files that `memory` says are chosen.

    Raises as `qa.documents.sources`."""
    found = Changes()
    listed = list(sources(corpus, skip=found.skip, choice=memory.choice))
    gone = known.keys() - {source.path for source in listed}
    vanished = _Vanished({path: known[path] for path in gone})
    unreadable = set()
    for source in listed:
        before = memory.refused.get(source.path)
        try:
            if before is not None and before.lasts and _is_as_it_was(source, before):
                raise DocumentUnreadable(source.path, before.reason)
            _compare(source, known.get(source.path), vanished, found, memory.reading)
        except DocumentUnreadable as error:
            found.refuse(source, error)
            unreadable.add(source.path)
    renamed = {rename.old for rename in found.renamed}
    found.removed = sorted((gone - renamed) | (unreadable & known.keys()))
    return found


def stale(corpus: CorpusPlace, known: Mapping[str, Known], memory: Memory) -> tuple[str, ...]:
    """Paths that were added, changed or removed since they were `known`; no document is parsed.

    Raises as `qa.documents.sources`."""
    found = {source.path: source for source in sources(corpus, skip=lambda *_: None, choice=memory.choice)}
    refused = {path for path, one in memory.refused.items() if path in found and _is_as_it_was(found[path], one)}
    differing = {path for path, source in found.items() if path not in known or _differs(source, known[path])}
    return tuple(sorted((differing - refused) | (set(known) - set(found))))


def is_little(corpus: Path, paths: Sequence[str]) -> bool:
    """Whether the files at `paths` are taken into an index within a second."""
    if len(paths) > _FEW_FILES:
        return False
    files = [corpus / path if corpus.is_dir() else corpus for path in paths]
    # What is gone has no size, and is taken out at once.
    return sum(file.stat().st_size for file in files if file.is_file()) <= _FEW_BYTES


def problems(corpus: CorpusPlace, memory: Memory, remarks: Iterable[tuple[str, str]]) -> tuple[Skipped, ...]:
    """The files that are not in the index or were read in part, by path; no document is parsed.

    Raises as `qa.documents.sources`."""
    found = [Skipped(path, remark) for path, remark in remarks]
    for source in sources(corpus, skip=lambda path, reason: found.append(Skipped(path, reason)), choice=memory.choice):
        before = memory.refused.get(source.path)
        if before is not None and _is_as_it_was(source, before):
            found.append(Skipped(source.path, before.reason))
    return tuple(sorted(found, key=lambda one: (one.path, one.reason)))


def _is_as_it_was(source: SourceFile, before: Refused) -> bool:
    return (source.size, source.mtime_ns) == (before.size, before.mtime_ns)


def _differs(source: SourceFile, known: Known) -> bool:
    if source.size != known.size:
        return True
    if source.mtime_ns == known.mtime_ns:
        return False
    try:
        return _sha256(source) != known.sha256
    except DocumentUnreadable:
        return True


class _Vanished:
    """The files that are gone, to recognise those that only have another name. Each is found once."""

    def __init__(self, known: Mapping[str, Known]) -> None:
        self._known = known
        self._alike: dict[tuple[int, str], list[str]] = {}
        for path in sorted(known):
            self._alike.setdefault((known[path].size, _endings(path)), []).append(path)

    def under_another_name(self, source: SourceFile) -> str | None:
        """The old path of `source`. Its endings are the same, for they decide how a file is read. Raises DocumentUnreadable."""
        alike = self._alike.get((source.size, _endings(source.path)))
        if not alike:
            return None
        sha256 = _sha256(source)
        old = next((path for path in alike if self._known[path].sha256 == sha256), None)
        if old is not None:
            alike.remove(old)
        return old


def _endings(path: str) -> str:
    return "".join(PurePosixPath(path).suffixes).lower()


def _compare(source: SourceFile, known: Known | None, vanished: _Vanished, found: Changes, reading: int) -> None:
    if known is None:
        old = vanished.under_another_name(source)
        if old is not None:
            found.renamed.append(RenamedFile(old, source))
        else:
            found.added.append(source)
        return
    if (known.size, known.mtime_ns) != (source.size, source.mtime_ns):
        if source.size != known.size or _sha256(source) != known.sha256:
            found.changed.append(source)
            return
        found.touched.append(source)
    if format_of(source.path).since > reading:
        found.changed.append(source)
        return
    found.unchanged += 1


def _sha256(source: SourceFile) -> str:
    """Raises DocumentUnreadable."""
    return hashlib.sha256(read_bytes(source)).hexdigest()
