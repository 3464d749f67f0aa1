"""Which files of a corpus are read: all below a folder but those that are ignored, in the order of their paths.

Those of a bucket: qa.documents.bucket_choosing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from qa.corpus_place import BucketAddress, CorpusPlace
from qa.documents.formats import format_of, is_readable_here, what_to_install
from qa.documents.ignoring import IGNORE_FILE, Choice, Rules, patterns_of
from qa.documents.model import SourceFile
from qa.errors import CorpusMissing

Skip = Callable[[str, str], None]
"""Told the path of a file that is passed over, and why."""


def check_there(corpus: CorpusPlace) -> None:
    """Raises CorpusMissing when there is nothing at `corpus`. Whether a bucket is there only its listing says."""
    if isinstance(corpus, Path) and not corpus.exists():
        raise CorpusMissing(corpus)


def sources(corpus: CorpusPlace, *, skip: Skip, choice: Choice | None = None) -> Iterator[SourceFile]:
    """The files of `corpus` (a folder, or one file, which is taken as it is) that can be documents, folder by folder.

    `skip` is told of every file that is passed over, except of those that are ignored: hidden ones, those of a `.qaignore` or
    of `choice`, and what is no document anywhere (`ignoring`). Links that lead out of the corpus and links to folders are
    not followed, so there is no loop. Raises CorpusMissing when there is nothing at `corpus`, and for object storage
    BucketMissing, StorageClientMissing, StorageRefused and StorageUnreachable.
    """
    if isinstance(corpus, BucketAddress):
        from qa.documents.bucket_choosing import objects_chosen

        yield from objects_chosen(corpus, skip, choice or Choice())
        return
    check_there(corpus)
    root = corpus.resolve()
    if corpus.is_dir():
        chosen = _chosen_below(corpus, Rules.of(choice or Choice()), skip)
    else:
        chosen, root = iter([_File(corpus.name, corpus)]), root.parent
    for file in chosen:
        found = _source_or_reason(file, root)
        if isinstance(found, SourceFile):
            yield found
        else:
            skip(file.path, found)


@dataclass(frozen=True, slots=True)
class _File:
    """`path` is relative to the corpus, with forward slashes."""

    path: str
    file: Path


@dataclass(frozen=True, slots=True)
class _Folder:
    """`base` is its path with a slash at the end, "" for the corpus itself."""

    base: str
    folder: str
    rules: Rules


def _chosen_below(corpus: Path, rules: Rules, skip: Skip) -> Iterator[_File]:
    """Depth first with a list of its own: folders may be nested deeper than Python calls."""
    waiting = [_Folder("", str(corpus), rules)]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here.folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            skip(here.base.rstrip("/") or here.folder, _said_by_system(error))
            continue
        if here.base and not here.rules.stays(here.base.rstrip("/"), (entry.name for entry in entries)):
            continue
        rules = _with_ignore_file(here, entries, skip)
        folders = []
        for entry in entries:
            path = here.base + entry.name
            if entry.is_dir(follow_symlinks=False):
                if rules.enters(path, entry.name):
                    folders.append(_Folder(path + "/", entry.path, rules))
            elif entry.is_symlink() and _leads_to_folder(entry):
                if rules.enters(path, entry.name):
                    skip(path, "a link to a folder")
            elif rules.takes(path, entry.name):
                yield _File(path, Path(entry.path))
        waiting.extend(reversed(folders))


def _with_ignore_file(here: _Folder, entries: list[os.DirEntry[str]], skip: Skip) -> Rules:
    """The rules of the folder. What an ignore file says that cannot be read is not known: its folder is read without it."""
    file = next((entry for entry in entries if entry.name == IGNORE_FILE), None)
    if file is None:
        return here.rules
    try:
        if not file.is_file():
            raise ValueError("it is no file")
        return here.rules.with_file(here.base, patterns_of(Path(file.path)))
    except OSError as error:
        skip(here.base + IGNORE_FILE, _said_by_system(error))
    except ValueError as error:
        skip(here.base + IGNORE_FILE, f"it does not hold patterns of .gitignore ({error})")
    return here.rules


def _leads_to_folder(link: os.DirEntry[str]) -> bool:
    try:
        return link.is_dir()
    except OSError:
        return False


def _source_or_reason(chosen: _File, root: Path) -> SourceFile | str:
    """The source, or why it is skipped."""
    form = format_of(chosen.path)
    if not is_readable_here(form):
        return what_to_install(form)
    try:
        status = chosen.file.lstat()
        if stat.S_ISLNK(status.st_mode):
            target = chosen.file.resolve(strict=True)
            if not target.is_relative_to(root):
                return "a link that leads out of the corpus"
            status = target.stat()
        if not stat.S_ISREG(status.st_mode):
            return "not a regular file"
        chosen.path.encode("utf-8")
        return SourceFile(chosen.path, chosen.file, status.st_size, status.st_mtime_ns)
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    except RuntimeError:
        return "a link that leads to itself"
    except FileNotFoundError:
        return "a link that leads nowhere" if chosen.file.is_symlink() else "it is gone"
    except OSError as error:
        return _said_by_system(error)


def _said_by_system(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
