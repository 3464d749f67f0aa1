"""Where the process starts: an interrupt that comes while it is still loading ends it as one that comes later does."""

from __future__ import annotations

import os
import signal
import sys

_INTERRUPTED = 130


def main() -> None:
    """The entry point of `qa` and of `python -m qa`."""
    # Nothing has begun that would have to be cleaned up, and a KeyboardInterrupt in the middle of an import is a traceback
    # (or, in a compiled module, an ImportError). A shell that started qa in the background has SIGINT ignored: so it stays.
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if ours:
        signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    from qa.cli.main import run

    if ours:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
