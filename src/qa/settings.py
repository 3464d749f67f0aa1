"""Every setting: its default and its environment variable. Options of the command line go before the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qa.corpus_place import ADDRESSES, CorpusPlace, corpus_place
from qa.errors import UsageError
from qa.index_place import SCHEMES, IndexPlace, index_place
from qa.vector_indexing import VectorIndexing, vector_indexing


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set. Use `Settings.from_environment()`, then `replace` what the caller says."""

    corpus: CorpusPlace | None = None
    """QA_CORPUS: the folder (or file) that is asked, or an address of object storage (docs/object-storage.md).
    Else `./corpus`, else the article that ships."""

    index: IndexPlace | None = None
    """QA_INDEX: where the index lies: a folder, or an engine's address (docs/milvus.md).
    Else beside a folder named `corpus`, else in the user's data directory."""

    min_confidence: float | None = None
    """QA_MIN_CONFIDENCE, 0 to 1: answers less probable than this are not given. Else the measured threshold for tentative
    answers of the reader's calibration (`qa/models/reader/calibration.json`)."""

    unanswerable: float | None = None
    """QA_UNANSWERABLE, 0.01 to 0.99: the share of questions that you expect the documents not to answer. All probabilities are
    corrected for it. Else the share that they were calibrated for."""

    passages_read: int = 8
    """QA_PASSAGES_READ, 1 to 100: how many of the best passages the reader reads for a question."""

    threads: int = 0
    """QA_THREADS: processor threads for the models; 0 is one per core, and so is any number above."""

    encoder: Path | None = None
    """QA_ENCODER: a folder made by `qa.training.encoder.export_encoder`, to use another sentence-transformers model."""

    full_precision: bool = False
    """QA_FULL_PRECISION, 0 or 1: passages are encoded by sentence-transformers in float32 instead of by the int8 export of the
    same model, which takes more than three times as long and loads torch."""

    ray_task_memory: int = 2048
    """QA_RAY_TASK_MEMORY, 64 to 1048576: MB that a file may take on a node of a Ray cluster, and that the node must have."""

    milvus_index: VectorIndexing | None = None
    """QA_MILVUS_INDEX: how Milvus indexes vectors: FLAT, HNSW or DISKANN, and parameters
    ("HNSW,M=32,efConstruction=400,ef=400"; docs/milvus.md). Else FLAT in a file of Milvus Lite and, up to 100,000 passages, on
    a server, which has HNSW for more."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Raises UsageError for a value that cannot be."""
        environment = os.environ if environment is None else environment
        given = {name: environment[variable] for variable, name in _VARIABLES.items() if environment.get(variable)}
        return replace(cls(), **{name: _read(name, value) for name, value in given.items()})


def index_given(value: str | os.PathLike[str]) -> IndexPlace:
    """The place that a user gives for an index. Raises UsageError."""
    try:
        return index_place(value)
    except ValueError as error:
        # What looks like credentials is not shown again.
        shown = "This" if "@" in os.fspath(value) else os.fspath(value)
        raise UsageError(f"{shown} is no place for an index: {error}.", f"Name a folder, or {SCHEMES}") from error


def corpus_given(value: str | os.PathLike[str]) -> CorpusPlace:
    """The place that a user gives for documents. Raises UsageError."""
    try:
        return corpus_place(value)
    except ValueError as error:
        # It may hold credentials, and is not shown again.
        raise UsageError(f"This address is no place for documents: {error}.", f"Name a folder, {ADDRESSES}") from error


_VARIABLES = {
    "QA_CORPUS": "corpus",
    "QA_INDEX": "index",
    "QA_MIN_CONFIDENCE": "min_confidence",
    "QA_UNANSWERABLE": "unanswerable",
    "QA_PASSAGES_READ": "passages_read",
    "QA_THREADS": "threads",
    "QA_ENCODER": "encoder",
    "QA_FULL_PRECISION": "full_precision",
    "QA_RAY_TASK_MEMORY": "ray_task_memory",
    "QA_MILVUS_INDEX": "milvus_index",
}
_RANGES = {
    "min_confidence": (0.0, 1.0),
    "unanswerable": (0.01, 0.99),
    "passages_read": (1, 100),
    "threads": (0, 256),
    "ray_task_memory": (64, 1 << 20),
}
_SWITCHES = {"0": False, "1": True}


def _read(name: str, value: str) -> Any:
    variable = next(variable for variable, field in _VARIABLES.items() if field == name)
    if name == "full_precision":
        if value not in _SWITCHES:
            raise UsageError(f"{variable}={value!r} is neither 0 nor 1.", "Give 1 for yes, 0 for no.")
        return _SWITCHES[value]
    if name == "index":
        return index_given(value)
    if name == "milvus_index":
        return _vector_indexing(variable, value)
    if name == "corpus":
        return corpus_given(value)
    if name not in _RANGES:
        return Path(value)
    least, most = _RANGES[name]
    try:
        number = type(least)(value)
    except ValueError as error:
        raise UsageError(f"{variable}={value!r} is not a number.", f"Give one from {least} to {most}.") from error
    if not least <= number <= most:
        raise UsageError(f"{variable}={value} is out of range.", f"Give a number from {least} to {most}.")
    return number


def _vector_indexing(variable: str, value: str) -> VectorIndexing:
    try:
        return vector_indexing(value)
    except ValueError as error:
        raise UsageError(
            f"{variable}={value!r} is no index of vectors: {error}.",
            "Give one of these, or with parameters: HNSW,M=16,efConstruction=200,ef=200",
        ) from error
