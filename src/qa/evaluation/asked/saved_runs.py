"""A run of the benchmark on disk: one JSON object with its header, its report, and every outcome of every set."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from qa.errors import UsageError
from qa.evaluation.asked.end_to_end import AskedSet
from qa.evaluation.asked.set_report import problems, report
from qa.evaluation.question_errors import FileUnusable
from qa.evaluation.question_sets import QUESTIONS, QuestionSet
from qa.evaluation.saved import errors_of
from qa.restoring import restored

FORMAT = 1
_BEGINNING = b'{"qa_asked": '
_NOT_SAVED = "it is no saved run of question sets"


@dataclass(frozen=True, slots=True)
class Run:
    """`header` says when, with which models and settings; see qa.evaluation.saved.header_of."""

    header: dict[str, Any]
    sets: tuple[AskedSet, ...]

    def report(self) -> dict[str, Any]:
        """What `--json` prints: header, figures, and what is wrong with the sets."""
        return {"run": self.header, **report(self.sets), "problems": problems(self.sets)}


def is_run(file: Path) -> bool:
    """Whether `file` begins as `save` begins it; False where it cannot be read."""
    try:
        with file.open("rb") as stream:
            return stream.read(len(_BEGINNING)) == _BEGINNING
    except OSError:
        return False


def ready(file: Path, sets: Sequence[QuestionSet]) -> None:
    """Make sure, before minutes of asking, that `file` can be written and is none of the sets'.

    Raises FileUnusable and UsageError.
    """
    if any(file.resolve() == (one.folder / QUESTIONS).resolve() for one in sets):
        raise UsageError("This would overwrite the questions.", "Name another file.")
    if file.is_dir():
        raise FileUnusable(file, "it is a folder", "Name a file.")
    part = _part(file)
    with errors_of(file):
        part.touch()
        part.unlink()


def save(run: Run, file: Path) -> None:
    """`file` is replaced whole, or left as it was. Raises FileUnusable."""
    part = _part(file)
    values = {"qa_asked": FORMAT, **run.report(), "sets": [asdict(one) for one in run.sets]}
    try:
        with errors_of(file):
            part.write_text(json.dumps(values, allow_nan=False) + "\n", "ascii")
            part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def load(file: Path) -> Run:
    """What `save` wrote. Raises FileUnusable."""
    try:
        values = json.loads(file.read_bytes())
    except OSError as error:
        raise FileUnusable(file, (error.strerror or str(error)).lower()) from error
    except (ValueError, RecursionError) as error:
        raise FileUnusable(file, _NOT_SAVED) from error
    try:
        if values["qa_asked"] != FORMAT:
            raise FileUnusable(file, "it was saved by another version of qa")
        return Run(dict(values["run"]), tuple(restored(AskedSet, one) for one in values["sets"]))
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise FileUnusable(file, _NOT_SAVED) from error


def _part(file: Path) -> Path:
    return file.with_name(f".{file.name}.{os.getpid()}.part")
