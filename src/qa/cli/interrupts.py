"""Ctrl-C ends a command at once, whatever it is doing.

The first one unwinds it, so that what was begun is put in order. Should that take long (a native library that does not look at
signals), the process ends without it after PATIENCE, which is as safe as a kill: nothing is ever written in place. Afterwards
the interpreter is not shut down as usual, for it would wait for a thread that still loads a model, and that thread for a lock
of the import that was broken off (seen at 1.4 s of `qa ask` on a busy machine).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130
PATIENCE = 2.0
"""Seconds."""


def unwind(number: int, frame: FrameType | None) -> None:
    """The handler for SIGINT. Raises KeyboardInterrupt."""
    ending = threading.Timer(PATIENCE, os._exit, [INTERRUPTED])
    ending.daemon = True
    ending.start()
    signal.default_int_handler(number, frame)


def end() -> NoReturn:
    """After the unwinding: without waiting for threads."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(INTERRUPTED)


def leave_to_the_app() -> None:
    """For a command that handles Ctrl-C itself and takes the time that it needs."""
    if signal.getsignal(signal.SIGINT) is unwind:
        signal.signal(signal.SIGINT, signal.default_int_handler)
