"""What is kept in an index, whichever database it is: passages, and what is remembered of files and of the index itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from qa.answers import path_in
from qa.documents import READING_VERSION, Choice


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with the path of its document. `before`: the text in front of it, as far as the passage before it reaches.

    `collection`: the one that the document belongs to, where collections are asked; its name then begins the path.
    """

    id: int
    path: str
    start: int
    end: int
    line: int
    page: int | None
    heading: str | None
    text: str
    before: str = ""
    collection: str | None = None

    @property
    def own_path(self) -> str:
        """Within its folder, whatever the collection is called."""
        return path_in(self.collection, self.path)


@dataclass(frozen=True, slots=True)
class Known:
    """What an index remembers of a file."""

    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that could not be read, as it was then. `version` is of the way of reading; 0 for what may pass (a permission)."""

    size: int
    mtime_ns: int
    reason: str
    version: int = READING_VERSION

    @property
    def lasts(self) -> bool:
        """Whether trying again would give the same."""
        return self.version == READING_VERSION


@dataclass(frozen=True, slots=True)
class Memory:
    """By path, what was refused; what was chosen; and which version of reading the documents were last read with."""

    refused: Mapping[str, Refused] = field(default_factory=dict)
    choice: Choice = field(default_factory=Choice)
    reading: int = READING_VERSION


@dataclass(frozen=True, slots=True)
class Made:
    """How the state of an index that is in place was made. `generation` grows with each; `bytes` is what it weighs on the disk,
    0 where it lies on a server. `vectors`: how an engine indexes them; empty in a folder."""

    model: str
    splitter: str
    generation: int
    bytes: int
    vectors: str = ""
