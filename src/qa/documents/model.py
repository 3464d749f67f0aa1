"""What every format gives: a text that offsets point into, and marks that say which heading and page hold where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from qa.corpus_place import BucketAddress

LONGEST_TITLE = 300
"""Characters of a heading that are kept: it is stored with every passage below it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """From `start` (a character of the document) on, this heading and page hold, until the next mark."""

    start: int
    heading: str | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True, order=True)
class StoredObject:
    """An object of a bucket by its key, or what would be a folder of objects: their keys begin with `key` and a slash."""

    scheme: str
    bucket: str
    key: str

    @property
    def parent(self) -> StoredObject:
        return replace(self, key=self.key.rpartition("/")[0])

    @property
    def address(self) -> BucketAddress:
        return BucketAddress(self.scheme, self.bucket, self.key)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the corpus, not yet read. `path` is relative to the corpus, with forward slashes.

    Of an object, `mtime_ns` changes with its ETag, too (qa.documents.object_storage).
    """

    path: str
    file: Path | StoredObject
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class ConvertedText:
    """What a format makes of the bytes of a file. `marks` are in the order of their start."""

    text: str
    marks: tuple[Mark, ...] = ()
    remarks: tuple[str, ...] = ()
    """What of the file was not read, and what can be done about it, a sentence each."""
    left_out: float = 0.0
    """The share of its text that was left out as being around it: menus, banners, imprints."""


@dataclass(frozen=True, slots=True)
class Document:
    """One source file: its text as decoded or converted, its heading or page marks in the order of their start, remarks
    on what of it was not read, and the share of its text that was left out as navigation and the like."""

    path: str
    text: str
    sha256: str
    size: int
    mtime_ns: int
    marks: tuple[Mark, ...] = ()
    remarks: tuple[str, ...] = ()
    left_out: float = 0.0


class Unreadable(Exception):
    """The bytes at hand cannot be read; `reason` stands without the path, which only the caller knows."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
