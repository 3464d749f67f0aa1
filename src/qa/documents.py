"""Files -> Documents: which files of a corpus are read, and the text that offsets point into.

The offset contract: for a text file, `path.read_bytes().decode("utf-8")[start:end]` is what a span of
`Document.text[start:end]` says, on the file as the user has it. So nothing is normalised here: a byte order mark, carriage
returns and trailing spaces stay where they are.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from qa.errors import CorpusMissing, DocumentUnreadable

_TEXT = {".txt", ".text"}
_MARKDOWN = {".md", ".markdown"}
_BINARY_PROBE = 8192


@dataclass(frozen=True, slots=True)
class Mark:
    """From `start` (a character of the document) on, this heading and page hold, until the next mark."""

    start: int
    heading: str | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the corpus, not yet read. `path` is relative to the corpus, with forward slashes."""

    path: str
    file: Path
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Document:
    """One source file: its text as decoded, and its heading or page marks in the order of their start."""

    path: str
    text: str
    sha256: str
    size: int
    mtime_ns: int
    marks: tuple[Mark, ...] = ()


def sources(corpus: Path, *, skip: Callable[[str, str], None]) -> Iterator[Source]:
    """The files of `corpus` (a folder, or one file) that can be documents, in the order of their paths.

    `skip(path, reason)` is told of every file that is passed over. Hidden files and folders are passed over in silence;
    links that lead out of the corpus and links to folders are not followed, so there is no loop.
    Raises CorpusMissing when there is nothing at `corpus`.
    """
    if not corpus.exists():
        raise CorpusMissing(corpus)
    if not corpus.is_dir():
        yield from _sources_of([(corpus.name, corpus)], corpus.resolve().parent, skip)
        return
    yield from _sources_of(_files_below(corpus, skip), corpus, skip)


def load(source: Source) -> Document:
    """Read one source. Raises DocumentUnreadable when it is no UTF-8 text or cannot be read."""
    data = read_bytes(source)
    if b"\0" in data[:_BINARY_PROBE]:
        raise DocumentUnreadable(source.path, "it is a binary file")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentUnreadable(source.path, f"it is not UTF-8 text (byte {error.start})") from error
    marks = _markdown_headings(text) if source.file.suffix.lower() in _MARKDOWN else ()
    return Document(
        path=source.path,
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        mtime_ns=source.mtime_ns,
        marks=marks,
    )


def read_bytes(source: Source) -> bytes:
    """The file as it is. Raises DocumentUnreadable."""
    try:
        return source.file.read_bytes()
    except OSError as error:
        raise DocumentUnreadable(source.path, (error.strerror or str(error)).lower()) from error


def _files_below(corpus: Path, skip: Callable[[str, str], None]) -> Iterator[tuple[str, Path]]:
    def unreadable(error: OSError) -> None:
        skip(_relative(Path(error.filename), corpus), (error.strerror or str(error)).lower())

    for folder, folders, files in os.walk(corpus, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            if Path(folder, name).is_symlink():
                skip(_relative(Path(folder, name), corpus), "a link to a folder")
        for name in sorted(files):
            if not name.startswith("."):
                file = Path(folder, name)
                yield _relative(file, corpus), file


def _sources_of(
    files: Iterator[tuple[str, Path]] | list[tuple[str, Path]], root: Path, skip: Callable[[str, str], None]
) -> Iterator[Source]:
    resolved_root = root.resolve()
    for path, file in files:
        found = _source_or_reason(path, file, resolved_root)
        if isinstance(found, Source):
            yield found
        else:
            skip(path, found)


def _source_or_reason(path: str, file: Path, root: Path) -> Source | str:
    """The source, or why it is skipped."""
    if file.suffix.lower() not in _TEXT | _MARKDOWN:
        return "not a text (.txt) or Markdown (.md) file"
    try:
        target = file.resolve(strict=True)
        if file.is_symlink() and not target.is_relative_to(root):
            return "a link that leads out of the corpus"
        status = target.stat()
        if not stat.S_ISREG(status.st_mode):
            return "not a regular file"
        path.encode("utf-8")
        return Source(path, file, status.st_size, status.st_mtime_ns)
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    except RuntimeError:
        return "a link that leads to itself"
    except OSError as error:
        return (error.strerror or str(error)).lower()


def _relative(file: Path, corpus: Path) -> str:
    return file.relative_to(corpus).as_posix() if file != corpus else file.name


def _markdown_headings(text: str) -> tuple[Mark, ...]:
    """A mark per heading with the path to it, "Guide > Install"; CommonMark decides what a heading is."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.front_matter import front_matter_plugin

    line_starts = _line_starts(text)
    open_headings: list[tuple[int, str]] = []
    marks = []
    tokens = MarkdownIt("commonmark").use(front_matter_plugin).parse(text.removeprefix("\ufeff"))
    for token, inline in pairwise(tokens):
        if token.type != "heading_open" or token.map is None:
            continue
        level = int(token.tag[1])
        title = " ".join("".join(child.content for child in inline.children or ()).split())
        open_headings = [(above, name) for above, name in open_headings if above < level]
        open_headings.append((level, title))
        heading = " > ".join(name for _, name in open_headings if name)
        marks.append(Mark(start=line_starts[token.map[0]], heading=heading or None))
    return tuple(marks)


def _line_starts(text: str) -> list[int]:
    """Character offsets of the lines as CommonMark counts them: ended by a line feed, a carriage return, or both."""
    return [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]
