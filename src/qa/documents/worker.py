"""The worker's side of conversion: `python -m qa.documents.worker MEMORY_BYTES SECONDS`, files in, texts out, one at a time.

It cannot write files, leaves no core, takes no more memory than it may, and ends by itself when it takes too long, also when
its parent is gone. Its standard error leads nowhere, for libraries quote what they parse.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import IO, Any

from qa.documents.conversion import OUT_OF_MEMORY, receive, send
from qa.documents.formats import Format, converted
from qa.documents.model import ConvertedText, Mark, Unreadable

_GRACE_SECONDS = 5.0
_SURROGATES = dict.fromkeys(range(55296, 57344), "�") | {0: " "}


def convert(form: Format, data: bytes, repeated: Sequence[str] = ()) -> ConvertedText:
    """What `form` makes of `data`, ready to be stored. Raises Unreadable for whatever is wrong with it, and MemoryError."""
    try:
        extract = import_module(str(form.module)).extract
        return _storable(extract(data, frozenset(repeated)) if repeated else extract(data))
    except (Unreadable, MemoryError):
        raise
    except RecursionError as error:
        raise Unreadable("it is nested too deeply") from error
    except ImportError as error:
        raise Unreadable(f"{form.name} files need a library that is missing ({error.name or error})") from error
    except Exception as error:
        # Libraries raise what they like at what they did not expect, often not even errors of their own.
        raise Unreadable(f"it is damaged, or no {form.name} file ({type(error).__name__})") from error


def _storable(extract: ConvertedText) -> ConvertedText:
    """No character that UTF-8 or a database cannot hold; nothing that is longer than before."""
    marks = tuple(Mark(mark.start, _clean(mark.heading), mark.page) for mark in extract.marks)
    text = _clean(extract.text) or ""
    if not text.strip():
        raise Unreadable("it holds no text")
    return ConvertedText(text, marks, tuple(filter(None, map(_clean, extract.remarks))), extract.left_out)


def _clean(text: str | None) -> str | None:
    return text.translate(_SURROGATES) if text is not None else None


def main(memory_bytes: int, seconds: float) -> None:
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    # The parent is interrupted by the same key and ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(memory_bytes)
    # Some libraries keep what they allocate: the next file should not be refused for it.
    enough = _most_memory_used() + memory_bytes // 2
    with suppress(EOFError):
        while _serve(requests, answers, seconds, enough):
            pass


def _serve(requests: IO[bytes], answers: IO[bytes], seconds: float, enough: int) -> bool:
    """Convert one file; whether another may follow. Raises EOFError when there is none."""
    name, repeated, data = receive(requests).decode(), json.loads(receive(requests)), receive(requests)
    _alarm(seconds + _GRACE_SECONDS)
    answer = _answer(name, data, repeated)
    leaves = _most_memory_used() > enough
    send(answers, json.dumps({**answer, "leaves": leaves}, ensure_ascii=False).encode("utf-8", "replace"))
    _alarm(0)
    return not leaves


def _answer(name: str, data: bytes, repeated: Sequence[str]) -> dict[str, Any]:
    try:
        extract = convert(converted(name), data, repeated)
    except Unreadable as error:
        return {"reason": error.reason}
    marks = [(mark.start, mark.heading, mark.page) for mark in extract.marks]
    return {"text": extract.text, "marks": marks, "remarks": extract.remarks, "left_out": extract.left_out}


def _limit(memory_bytes: int) -> None:
    """Bound what this process may take, where the system can."""
    with suppress(ImportError):
        import resource

        for kind, most in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
            with suppress(OSError, ValueError):
                resource.setrlimit(kind, (most, most))


def _most_memory_used() -> int:
    """Bytes; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _alarm(seconds: float) -> None:
    """End this process after `seconds`, in the middle of whatever library; 0 calls it off."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), float(sys.argv[2]))
    except MemoryError:
        # There is none left to say so in another way.
        os._exit(OUT_OF_MEMORY)
