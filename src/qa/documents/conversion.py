"""The parent's side of conversion: one worker process, started when the first file needs it, replaced when it dies.

What a file can do to a library that parses it (loop, eat memory, crash) it does to the worker alone.
"""

from __future__ import annotations

import json
import struct
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Self

from qa.documents import ocr
from qa.documents.formats import Format
from qa.documents.model import ConvertedText, Mark, Unreadable

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Collection

_LENGTH = struct.Struct(">Q")
"""Before every message: how many bytes it has."""

OUT_OF_MEMORY = 77
"""The exit code of a worker that reached its limit."""
_DYING_SECONDS = 2.0
"""How long a worker that no longer answers may take to say how it ended."""


@dataclass(frozen=True, slots=True)
class ConversionLimits:
    """What the conversion of one file may take: wall time, and address space of the worker."""

    seconds: float = 60.0
    memory_bytes: int = 2 << 30

    @classmethod
    def usual(cls) -> Self:
        """Reading pictures of pages takes seconds a page."""
        return cls(seconds=900.0) if ocr.is_available() else cls()


class Converter:
    """Converts files one at a time."""

    def __init__(self, limits: ConversionLimits) -> None:
        self._limits = limits
        self._worker: subprocess.Popen[bytes] | None = None

    def convert(self, form: Format, data: bytes, repeated: Collection[str] = ()) -> ConvertedText:
        """`repeated`, of an HTML page: the parts that it has in common with others of its folder.

        Raises Unreadable, also when the worker ran out of time or memory, or died."""
        worker = self._running()
        # Killed, it closes its pipes, which ends the reading and the writing below.
        too_late = threading.Event()

        def stop() -> None:
            too_late.set()
            worker.kill()

        timer = threading.Timer(self._limits.seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            answer = _exchange(worker, form.name, data, repeated)
        except (OSError, EOFError) as error:
            code = self._end(_DYING_SECONDS)
            if too_late.is_set():
                raise Unreadable(f"its conversion took longer than {self._limits.seconds:g} s") from error
            if code == OUT_OF_MEMORY:
                raise Unreadable("its conversion takes too much memory") from error
            raise Unreadable(f"its conversion ended the process that ran it ({_how(code)})") from error
        except BaseException:
            # Interrupted in the middle of an exchange: what the worker says next would be taken for another file's.
            self._end()
            raise
        finally:
            timer.cancel()
        if answer["leaves"] or too_late.is_set():
            self._end()
        if "reason" in answer:
            raise Unreadable(str(answer["reason"]))
        marks = tuple(Mark(*mark) for mark in answer["marks"])
        return ConvertedText(answer["text"], marks, tuple(answer["remarks"]), answer["left_out"])

    def close(self) -> None:
        """End the worker, if there is one."""
        self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._worker is not None and self._worker.poll() is not None:
            # It ended between two files, which is the fault of neither.
            self._end()
        if self._worker is None:
            import subprocess

            # -P: a file named like a library in the folder one stands in must not be imported.
            command = [sys.executable, "-P", "-m", "qa.documents.worker"]
            limits = [str(self._limits.memory_bytes), str(self._limits.seconds)]
            self._worker = subprocess.Popen(  # noqa: S603
                command + limits, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._worker

    def _end(self, patience: float = 0.0) -> int:
        """The exit code of the worker, which is gone afterwards; of itself, if it goes within `patience` seconds."""
        worker, self._worker = self._worker, None
        if worker is None:
            return 0
        stopper = threading.Timer(patience, worker.kill)
        stopper.start()
        code = worker.wait()
        stopper.cancel()
        for pipe in (worker.stdin, worker.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        return code


def send(file: IO[bytes], data: bytes) -> None:
    """One message. Raises OSError when nobody reads any more."""
    file.write(_LENGTH.pack(len(data)))
    file.write(data)
    file.flush()


def receive(file: IO[bytes]) -> bytes:
    """One message. Raises EOFError when the other side is gone."""
    header = file.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(header)
    data = file.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _exchange(worker: subprocess.Popen[bytes], name: str, data: bytes, repeated: Collection[str]) -> dict[str, Any]:
    if worker.stdin is None or worker.stdout is None:
        raise EOFError
    send(worker.stdin, name.encode())
    send(worker.stdin, json.dumps(sorted(repeated)).encode())
    send(worker.stdin, data)
    answer: dict[str, Any] = json.loads(receive(worker.stdout))
    return answer


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
