"""The whole asking side runs with sockets forbidden."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import QA, SURE, RunQa

_ASK = """
import socket

def forbidden(*arguments, **options):
    raise AssertionError("a socket was opened")

socket.socket.__init__ = forbidden
socket.create_connection = forbidden
socket.getaddrinfo = forbidden

from qa.cli.main import run
assert run(["ask", "How many Russian military personnel are at the Kant airbase?"]) == 0
assert run(["search", "Kant"]) == 0
assert run(["status"]) == 0
print("nothing was opened")
"""


def test_asking_opens_no_socket() -> None:
    done = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("nothing was opened\n")


def test_asking_leaves_nothing_in_the_home_folder(qa: RunQa, tmp_path: Path) -> None:
    assert qa("ask", SURE[0]).code == 0
    assert [path for path in (tmp_path / "home").rglob("*") if path.is_file()] == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_no_library_below_opens_a_socket_either(tmp_path: Path) -> None:
    """Python's socket module is not what compiled code would use: ONNX Runtime's telemetry went past it."""
    trace = tmp_path / "trace"
    command = [QA, "ask", SURE[0]]
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    watched = ["strace", "-f", "-e", "trace=socket,connect,sendto", "-o", trace, *command]
    assert subprocess.run(watched, cwd=tmp_path, env=environment, capture_output=True).returncode == 0
    assert [line for line in trace.read_text().splitlines() if "socket(" in line or "connect(" in line] == []
