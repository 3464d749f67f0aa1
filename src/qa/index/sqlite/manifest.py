"""What an index says about itself, one row a field in the table `manifest`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import apsw

from qa.errors import IndexDamaged
from qa.index.generations import is_file_name


@dataclass(frozen=True, slots=True)
class Manifest:
    """`faiss_sha256` is the checksum of the file `faiss_file`, which belongs to `generation`; ids are never used twice.

    `corpus` is where the documents lie as seen from the index (qa.index.corpus_identity).
    """

    corpus: str
    splitter: str
    model_id: str
    fingerprint: str
    dimension: int
    generation: int
    faiss_file: str
    faiss_sha256: str
    next_passage_id: int

    def save(self, connection: apsw.Connection) -> None:
        rows = [(name, str(value)) for name, value in asdict(self).items()]
        connection.executemany("INSERT OR REPLACE INTO manifest(name, value) VALUES (?, ?)", rows)

    @classmethod
    def load(cls, connection: apsw.Connection, folder: Path) -> Manifest:
        """Reads the manifest. Raises IndexDamaged when a field is missing, or is no number where one must be."""
        values = dict(connection.execute("SELECT name, value FROM manifest"))
        try:
            typed: dict[str, Any] = {field.name: _typed(field.type, values[field.name]) for field in fields(cls)}
        except (KeyError, ValueError, TypeError) as error:
            raise IndexDamaged(folder, f"its manifest lacks {error}") from error
        if not is_file_name(typed["faiss_file"]):
            raise IndexDamaged(folder, "its manifest names no vector file")
        return cls(**typed)


def _typed(kind: object, value: object) -> str | int:
    if not isinstance(value, str):
        raise TypeError(f"text in place of {value!r:.40}")
    return int(value) if kind == "int" else value
