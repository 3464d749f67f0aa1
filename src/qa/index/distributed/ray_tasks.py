"""The nodes' side: a file in, its passages out; texts in, their vectors out.

Results are values, not exceptions, for Ray wraps what is raised. What may be wrong with a node alone (it does not see the file,
it lacks a library, its memory is short) is not held against the file, which the next update tries again.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from qa.corpus_place import CorpusPlace
from qa.documents import READING_VERSION, Loader, SourceFile
from qa.documents.formats import format_of, is_readable_here, what_to_install
from qa.documents.reading import in_megabytes
from qa.errors import DocumentUnreachable, DocumentUnreadable, ModelUnusable, QaError
from qa.index.service import encoder_folder, passage_encoder
from qa.index.writing.execution import CutDocument
from qa.inference.encoder import Encoder, ModelCard, passage_tokenizer
from qa.settings import Settings
from qa.text.passages import Splitter

if TYPE_CHECKING:
    from qa.inference.encoder import Vectors


_CUTTING_BYTES = 32
"""What cutting takes for a character at most; from 5 to 18 of texts of four kinds."""


@dataclass(frozen=True, slots=True)
class NodeVersion:
    """What an index is made with. A node that has another one must not take part."""

    splitter: str
    reading: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ClusterBuild:
    """What every task of a build is told."""

    corpus: CorpusPlace
    settings: Settings
    version: NodeVersion

    @property
    def memory_bytes(self) -> int:
        """What cutting a file may take; its conversion has a limit of its own."""
        return self.settings.ray_task_memory << 20


@dataclass(frozen=True, slots=True)
class NotCut:
    """Why a file was not cut; whether trying again would give the same, on any node."""

    reason: str
    lasts: bool


@dataclass(frozen=True, slots=True)
class NotSeen:
    """The node does not see the file, or (`has_other`) another one at its path; `error`, of object storage: why."""

    node: str
    sees_corpus: bool
    has_other: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Differs:
    """The node has another version of qa, or another encoder."""

    node: str


def cut_file(build: ClusterBuild, intake: str, source: SourceFile) -> CutDocument | NotCut | NotSeen | Differs:
    """The file cut as qa.index.writing.execution cuts it, or why not. Files that are taken in together have one `intake`."""
    node = socket.gethostname()
    if _differs(build):
        return Differs(node)
    form = format_of(source.path)
    if not is_readable_here(form):
        return NotCut(f"on the node {node}: {what_to_install(form)}", lasts=False)
    if isinstance(source.file, Path) and (size := _size(source.file)) != source.size:
        return NotSeen(node, _is_there(build.corpus), has_other=size is not None)
    try:
        document = _loader(intake).load(source)
        if len(document.text) * _CUTTING_BYTES > build.memory_bytes:
            most = f"{in_megabytes(build.memory_bytes)} of memory (QA_RAY_TASK_MEMORY)"
            return NotCut(f"cutting it may take more than {most}", lasts=False)
        return CutDocument(document, _splitter().split(document))
    except DocumentUnreadable as error:
        return NotCut(error.reason, lasts=not isinstance(error, DocumentUnreachable))
    except QaError as error:
        return NotSeen(node, sees_corpus=False, error=error.what)
    except Exception as error:
        # A defect that one file brings to light must not end the work on a million others.
        return NotCut(f"reading it failed ({type(error).__name__})", lasts=False)


def encode_texts(build: ClusterBuild, texts: Sequence[str]) -> Vectors | Differs:
    """Float32, shape (n, dimension)."""
    if _differs(build):
        return Differs(socket.gethostname())
    return _encoder(build.settings).encode(texts)


def version(splitter: Splitter, card: ModelCard) -> NodeVersion:
    """What this process makes passages with."""
    return NodeVersion(splitter.version, READING_VERSION, card.fingerprint)


@cache
def _differs(build: ClusterBuild) -> bool:
    """Whether this node would make other passages or vectors."""
    try:
        return version(_splitter(), _card(build.settings)) != build.version
    except ModelUnusable:
        return True


@cache
def _splitter() -> Splitter:
    return Splitter(passage_tokenizer())


@lru_cache(maxsize=1)
def _loader(intake: str) -> Loader:
    """What a loader has seen of a folder's pages does not hold for the next intake."""
    return Loader()


@cache
def _encoder(settings: Settings) -> Encoder:
    """Ray runs a task on each core."""
    return passage_encoder(replace(settings, threads=1), _card(settings))


def _card(settings: Settings) -> ModelCard:
    return ModelCard.load(encoder_folder(settings))


def _is_there(corpus: CorpusPlace) -> bool:
    return isinstance(corpus, Path) and corpus.exists()


def _size(file: Path) -> int | None:
    """In bytes; None where it cannot be seen."""
    try:
        return file.stat().st_size
    except OSError:
        return None
