"""The files of vectors by generation: a generation is one state of an index, and is switched to in one step."""

from __future__ import annotations

import re
from pathlib import Path

_FILE_NAME = re.compile(r"vectors-(?P<generation>\d+)\.faiss(\.part)?")


def is_file_name(name: str) -> bool:
    """Whether `name` is one that `file_name` gives: what a manifest says is not trusted to be a path."""
    match = _FILE_NAME.fullmatch(name)
    return match is not None and name == file_name(int(match["generation"]))


def file_name(generation: int) -> str:
    return f"vectors-{generation:06d}.faiss"


def vector_files(folder: Path) -> list[Path]:
    """All files that vectors were written to, finished or not."""
    return [path for path in folder.iterdir() if _FILE_NAME.fullmatch(path.name)]


def newest_generation(folder: Path) -> int:
    """The highest generation that has a file in `folder`, or 0."""
    names = (_FILE_NAME.fullmatch(path.name) for path in folder.iterdir())
    return max((int(name["generation"]) for name in names if name), default=0)


def remove_others(folder: Path, kept: str) -> None:
    """Delete the files of other generations and what an interrupted write left behind."""
    for path in vector_files(folder):
        if path.name != kept:
            path.unlink(missing_ok=True)
