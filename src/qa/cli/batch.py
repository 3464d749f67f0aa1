"""`qa ask --batch`: one Answer a line for one question a line, in the same order.

Rows of one `session` are the turns of one conversation, which lasts as long as the command. They may be mixed with others.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from qa.cli import console
from qa.cli.ask import caught_up
from qa.cli.options import least_confidence
from qa.cli.targets import Target, say_left_out
from qa.errors import UsageError

if TYPE_CHECKING:
    from qa.answers import Answer
    from qa.base_assistant import BaseAssistant
    from qa.conversation import Conversation
    from qa.filters import Filter

_ASKED_ALL, _WRONG_USE = 0, UsageError.exit_code
_PASSED_THROUGH = ("id", "session")
_STANDARD_INPUT = Path("-")
_LONGEST_LINE = 1_000_000
"""Bytes; a longer line is cut, so that it cannot fill the memory."""


@dataclass(frozen=True, slots=True)
class _QuestionRow:
    number: int
    question: str
    passed_through: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Malformed:
    """A line that is no question."""

    number: int
    error: UsageError
    question: None = None
    passed_through: Mapping[str, Any] = field(default_factory=dict)


def ask_all(file: Path, min_confidence: float | None, strict: bool, only: Filter | None, target: Target) -> int:
    """Ask every row of `file`, or of standard input, as its line comes.

    A row that cannot be asked gives an object with `error` and exit code 2 at the end. Raises UsageError for a file that cannot
    be read.
    """
    name = "standard input" if file == _STANDARD_INPUT else str(file)
    code = _ASKED_ALL
    target.announce(as_json=True)
    with _opened(file) as lines, target.open() as assistant:
        stale = caught_up(assistant, target)
        least = least_confidence(assistant, min_confidence, strict=strict)
        sessions = _Sessions(assistant)
        for row in _rows(lines):
            try:
                result = sessions.ask(row, only, least).as_dict()
            except UsageError as error:
                console.message(f"{name}, line {row.number}: {error}")
                result = {"question": row.question, "line": row.number, "error": error.as_dict()}
                code = _WRONG_USE
            console.data_json({**row.passed_through, **result, "stale": stale})
        say_left_out(assistant)
    return code


class _Sessions:
    """The conversations of a batch, by the value of `session`; a row without one is asked by itself."""

    def __init__(self, assistant: BaseAssistant) -> None:
        self._assistant = assistant
        self._conversations: dict[str, Conversation] = {}

    def ask(self, row: _QuestionRow | _Malformed, only: Filter | None, min_confidence: float | None) -> Answer:
        if isinstance(row, _Malformed):
            raise row.error
        session = row.passed_through.get("session")
        if session is None:
            return self._assistant.ask(row.question, only=only, min_confidence=min_confidence)
        # A session may be any JSON value: 1 and "1" are two.
        name = json.dumps(session, sort_keys=True)
        if name not in self._conversations:
            self._conversations[name] = self._assistant.conversation()
        return self._conversations[name].ask(row.question, only=only, min_confidence=min_confidence)


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    """`file`, or standard input, which is empty where it is closed. Raises UsageError."""
    if file == _STANDARD_INPUT:
        yield BytesIO() if sys.stdin is None else sys.stdin.buffer
        return
    try:
        opened = file.open("rb")
    except OSError as error:
        raise UsageError(f"{file} cannot be read ({error.strerror}).") from error
    with opened:
        yield opened


def _rows(lines: BinaryIO) -> Iterator[_QuestionRow | _Malformed]:
    """The rows, each as soon as its line is there."""
    for number, read in enumerate(_cut(lines), 1):
        try:
            if len(read) == _LONGEST_LINE:
                raise UsageError(f"The line has {_LONGEST_LINE:,} bytes or more.", "Shorten the question.")
            line = read.decode("utf-8-sig" if number == 1 else "utf-8")
            if line.strip():
                yield _row(number, line)
        except UnicodeDecodeError as error:
            yield _Malformed(number, UsageError(f"The line is not UTF-8 text (byte {error.start})."))
        except UsageError as error:
            yield _Malformed(number, error)


def _cut(lines: BinaryIO) -> Iterator[bytes]:
    """Of an endless line only the beginning is kept, which is too long for a question anyway."""
    while line := lines.readline(_LONGEST_LINE):
        yield line
        while not line.endswith(b"\n") and len(line) == _LONGEST_LINE:
            line = lines.readline(_LONGEST_LINE)


def _row(number: int, line: str) -> _QuestionRow:
    """The row that a line holds. Raises UsageError where it is no question."""
    if not line.lstrip().startswith("{"):
        return _QuestionRow(number, line.strip(), {})
    try:
        values = json.loads(line, parse_constant=_no_json)
        question = values["question"]
    except (ValueError, KeyError, RecursionError) as error:
        raise UsageError(f"This is no JSON object with a question ({error}).") from error
    if not isinstance(question, str):
        raise UsageError("The question is no text.")
    return _QuestionRow(number, question, {name: values[name] for name in _PASSED_THROUGH if name in values})


def _no_json(name: str) -> None:
    """Python reads NaN and Infinity, which are no JSON, and would write them back."""
    raise ValueError(f"{name} is no JSON")
