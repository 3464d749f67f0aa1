"""Ctrl-C ends a command that does not want to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from qa.cli.interrupts import INTERRUPTED

_STUBBORN = """
import signal, time
from qa.cli.interrupts import unwind
signal.signal(signal.SIGINT, unwind)
said = False
while True:
    try:
        if not said:
            said = True
            print("up", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        pass
"""
_BROKEN_OFF = """
import atexit, signal, sys, time
sys.argv = ["qa", "ask", "-"]
atexit.register(lambda: time.sleep(60))
from qa.__main__ import main
print("up", flush=True)
main()
"""


@pytest.mark.parametrize("script", [_STUBBORN, _BROKEN_OFF])
def test_neither_the_unwinding_nor_the_shutdown_is_waited_for(script: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        try:
            process.send_signal(signal.SIGINT)
            assert process.wait(50) == INTERRUPTED
        finally:
            process.kill()
