"""The files that passages near a vector are found in: made of the vectors in the database, named by generation.

Up to MOST_FLAT vectors all are looked at (qa.index.flat); above that a question looks into some lists (qa.index.inverted).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import apsw

from qa.index import inverted
from qa.index.flat import FlatVectors
from qa.index.inverted import InvertedVectors, Lists

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.index.stored import Block

MOST_FLAT = 100_000
_FILE_NAME = re.compile(r"vectors-(?P<generation>\d+)\.(faiss|lists)(\.part)?")


class PassageVectors(Protocol):
    """n vectors of one dimension, searchable, each under the id of its passage. `exact`: the nearest are always found."""

    @property
    def exact(self) -> bool: ...

    def search(
        self, vector: NDArray[np.float32], limit: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]: ...

    def blocks(self) -> Iterator[Block]: ...

    def __len__(self) -> int: ...


def write_vectors(
    connection: apsw.Connection, folder: Path, generation: int, dimension: int, most_flat: int | None = None
) -> str:
    """Write the files for all vectors in the database; the SHA-256 of the one that `file_name` names.

    Raises IndexDamaged when a vector has the wrong size, OSError.
    """
    total = connection.execute("SELECT count(*) FROM vectors").get
    path = folder / file_name(generation)
    inverted.forget(connection)
    if total <= (MOST_FLAT if most_flat is None else most_flat):
        return FlatVectors.from_database(connection, dimension, folder).save(path)
    return inverted.write(connection, folder, path, dimension, total)


def open_vectors(connection: apsw.Connection, file: Path, sha256: str) -> PassageVectors | None:
    """From the files, or None when they are missing or not those that were written."""
    lists = Lists.load(connection)
    if lists is None:
        return FlatVectors.load(file, sha256)
    return InvertedVectors.load(file, sha256, lists) if lists.file == file.with_suffix(".lists").name else None


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
    lists = Path(kept).with_suffix(".lists").name
    for path in vector_files(folder):
        if path.name not in (kept, lists):
            path.unlink(missing_ok=True)
