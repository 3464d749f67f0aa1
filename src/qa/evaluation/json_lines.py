"""JSON Lines, gzipped or not: how question sets, training data and results lie on disk."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa.errors import QaError


def read_json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a .jsonl or .jsonl.gz file, in its order. Raises QaError where it is missing or a line is no JSON."""
    if not path.is_file():
        raise QaError(f"There is no data file at {path}.", "Name the folder that holds it.")
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise QaError(f"{path}: line {number} is no JSON.", f"{error}") from error
