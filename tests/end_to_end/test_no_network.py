"""The whole asking side runs with sockets forbidden."""

from __future__ import annotations

import subprocess
import sys

_ASK = """
import socket

def forbidden(*arguments, **options):
    raise AssertionError("a socket was opened")

socket.socket.__init__ = forbidden
socket.create_connection = forbidden
socket.getaddrinfo = forbidden

from qa.cli.main import run
assert run(["ask", "How long is the Kant lease?"]) == 0
assert run(["search", "Kant"]) == 0
assert run(["status"]) == 0
print("nothing was opened")
"""


def test_asking_opens_no_socket() -> None:
    done = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("nothing was opened\n")
