"""`qa ask --batch`: one Answer a line for one question a line, in the same order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.cli import console
from qa.cli.options import open_assistant
from qa.errors import UsageError

if TYPE_CHECKING:
    from qa.filters import Filter

_ASKED_ALL, _WRONG_USE = 0, UsageError.exit_code
_PASSED_THROUGH = ("id", "session")


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    question: str
    passed_through: dict[str, Any]


def ask_all(
    file: Path, min_confidence: float | None, only: Filter | None, corpus: Path | None, index: Path | None
) -> int:
    """Ask every row of `file`. A row that cannot be asked gives an object with `error` and exit code 2 at the end."""
    rows = list(_rows(file))
    code = _ASKED_ALL
    with open_assistant(corpus, index) as assistant:
        for row in rows:
            try:
                result = assistant.ask(row.question, only=only, min_confidence=min_confidence).as_dict()
            except UsageError as error:
                console.message(f"{file}, line {row.number}: {error}")
                result = {"question": row.question, "error": str(error)}
                code = _WRONG_USE
            console.data_json({**row.passed_through, **result})
    return code


def _rows(file: Path) -> Iterator[_Row]:
    try:
        lines = file.read_bytes().decode("utf-8-sig").split("\n")
    except OSError as error:
        raise UsageError(f"{file} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text (byte {error.start}).") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _row(file, number, line)


def _row(file: Path, number: int, line: str) -> _Row:
    if not line.lstrip().startswith("{"):
        return _Row(number, line.strip(), {})
    try:
        values = json.loads(line, parse_constant=_no_json)
        question = values["question"]
    except (ValueError, KeyError, RecursionError) as error:
        raise UsageError(f"{file}, line {number}: no JSON object with a question ({error}).") from error
    if not isinstance(question, str):
        raise UsageError(f"{file}, line {number}: the question is no text.")
    return _Row(number, question, {name: values[name] for name in _PASSED_THROUGH if name in values})


def _no_json(name: str) -> None:
    """Python reads NaN and Infinity, which are no JSON, and would write them back."""
    raise ValueError(f"{name} is no JSON")
