"""Standard input and output, kept for the protocol alone.

From `Wire.claim` on, whatever else reads standard input reads nothing, and whatever else prints prints to standard error.
"""

from __future__ import annotations

import io
import json
import os
import sys
from typing import BinaryIO, Self

from qa.mcp.greeting import greeting


class Wire:
    """What came in and was answered before the SDK was there goes to the SDK as well, and its answer nowhere."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self.reader = _LineReader(incoming)
        self.writer = _Writer(outgoing)

    @classmethod
    def claim(cls) -> Self:
        """Take the process's own. Raises OSError where they are closed."""
        incoming, outgoing = os.dup(0), os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        return cls(os.fdopen(incoming, "rb"), os.fdopen(outgoing, "wb"))

    def greet(self) -> None:
        """Wait for the first message, and answer it if it is a greeting."""
        line = self.reader.readline()
        answer = greeting(line)
        if answer is not None:
            self.writer.write(json.dumps(answer) + "\n")
            self.writer.flush()
            self.writer.answered = answer["id"]
        self.reader.put_back(line)


class _LineReader(io.TextIOBase):
    """Lines of UTF-8; what is none is shown by U+FFFD, and is no JSON then."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._first = ""

    def put_back(self, line: str) -> None:
        self._first = line

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        if self._first:
            line, self._first = self._first, ""
            return line
        return self._stream.readline().decode("utf-8", "replace")


class _Writer(io.TextIOBase):
    """`answered`: the id of a request whose next answer is dropped."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.answered: int | str | None = None

    def write(self, text: str, /) -> int:
        if self.answered is None or not self._is_answered(text):
            self._stream.write(text.encode("utf-8"))
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def _is_answered(self, text: str) -> bool:
        message = json.loads(text)
        if "method" in message or message.get("id") != self.answered:
            return False
        self.answered = None
        return True
