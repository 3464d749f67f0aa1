"""Where the process starts: an interrupt that comes while it is still loading ends it as one that comes later does."""

from __future__ import annotations

import os
import sys
from types import TracebackType

_INTERRUPTED = 130


def _end_quietly(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        os._exit(_INTERRUPTED)
    sys.__excepthook__(kind, error, trace)


def _end_quietly_too(ignored: sys.UnraisableHookArgs) -> None:
    """An interrupt that comes inside a destructor would be printed and forgotten."""
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        os._exit(_INTERRUPTED)
    sys.__unraisablehook__(ignored)


# First of all, for whatever is imported from here on takes time.
sys.excepthook = _end_quietly
sys.unraisablehook = _end_quietly_too


def main() -> None:
    """The entry point of `qa` and of `python -m qa`."""
    import signal

    # While modules are loaded nothing has begun that would have to be cleaned up, and a KeyboardInterrupt inside a compiled
    # module comes out as something else. A shell that started qa in the background has SIGINT ignored: so it stays.
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if ours:
        signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    from qa.cli.interrupts import end, unwind
    from qa.cli.main import run

    if ours:
        signal.signal(signal.SIGINT, unwind)
    code = run(sys.argv[1:])
    if code == _INTERRUPTED:
        end()
    sys.exit(code)


if __name__ == "__main__":
    main()
