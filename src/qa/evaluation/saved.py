"""Outcomes on disk: JSON Lines, first a header with the settings and the models, then one row a line."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.evaluation.outcome import Outcome
from qa.evaluation.question_errors import FileUnusable, RowMalformed
from qa.restoring import restored

if TYPE_CHECKING:
    from qa.settings import Settings

FORMAT = 1
_NOT_SAVED = "it was not written by qa eval --save"


def models_of(settings: Settings, *, reader: Path | None = None, reranker: Path | None = None) -> dict[str, Any]:
    """What the answers depend on: the encoder's fingerprint, and SHA-256 of the reranker, the reader and its calibration.

    `reader` and `reranker` are folders of models, by default those that ship.
    """
    from qa.inference.encoder import ModelCard, shipped_encoder_folder
    from qa.pipeline.reader import shipped_reader_folder
    from qa.pipeline.reranker import shipped_reranker_folder

    card = ModelCard.load(settings.encoder or shipped_encoder_folder())
    reader = reader or shipped_reader_folder()
    reranker = reranker or shipped_reranker_folder()
    return {
        "encoder": card.model_id,
        "encoder_fingerprint": card.fingerprint,
        "reranker_sha256": sha256(reranker / "model.int8.onnx"),
        "reader_sha256": sha256(reader / "model.int8.onnx"),
        "calibration_sha256": sha256(reader / "calibration.json"),
    }


def header_of(
    settings: Settings, *, reader: Path | None = None, reranker: Path | None = None, **of_the_run: Any
) -> dict[str, Any]:
    """The first line of a saved file; `of_the_run` says what was asked and how, `reader` and `reranker` with which models."""
    return {
        "qa_eval": FORMAT,
        **of_the_run,
        "min_confidence": settings.min_confidence,
        "unanswerable": settings.unanswerable,
        "passages_read": settings.passages_read,
        "threads": settings.threads,
        "models": models_of(settings, reader=reader, reranker=reranker),
        "qa": version("qa"),
        "machine": {"platform": platform.platform(), "processors": os.cpu_count()},
    }


def sha256(file: Path) -> str | None:
    """The SHA-256 of a file; None when there is no such file."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None


@contextmanager
def saving(file: Path, header: dict[str, Any]) -> Iterator[Callable[[Outcome], None]]:
    """Gives a function that writes one Outcome. `file` is replaced at the end, whole; after an error it is as before.

    Raises FileUnusable at once when nothing can be written there.
    """
    part = file.with_name(f".{file.name}.{os.getpid()}.part")

    def write(values: dict[str, Any]) -> None:
        with errors_of(file):
            stream.write(json.dumps(values, ensure_ascii=False) + "\n")

    with errors_of(file):
        # Line by line, so that a full disk shows when a row is written and not when the file is closed.
        stream = part.open("w", encoding="utf-8", newline="\n", buffering=1)
    try:
        with stream:
            write(header)
            yield lambda outcome: write(asdict(outcome))
        with errors_of(file):
            part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def load(file: Path) -> tuple[dict[str, Any], Sequence[Outcome]]:
    """Header and Outcomes of a saved file. Raises FileUnusable and RowMalformed."""
    try:
        lines = file.read_bytes().decode("utf-8").split("\n")
    except OSError as error:
        raise FileUnusable(file, (error.strerror or str(error)).lower()) from error
    except UnicodeDecodeError as error:
        raise FileUnusable(file, _NOT_SAVED) from error
    header = _object(lines[0])
    if header is None or header.get("qa_eval") != FORMAT:
        raise FileUnusable(file, _NOT_SAVED)
    outcomes = []
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        try:
            outcomes.append(restored(Outcome, _object(line) or {}))
        except (TypeError, KeyError, ValueError) as error:
            raise RowMalformed(file, f"line {number}", "no row as qa eval --save writes it") from error
    return header, outcomes


@contextmanager
def errors_of(file: Path) -> Iterator[None]:
    """Raises errors of the system while `file` is written as FileUnusable."""
    try:
        yield
    except OSError as error:
        raise FileUnusable(file, f"it cannot be written ({error.strerror})") from error


def _object(line: str) -> dict[str, Any] | None:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None
