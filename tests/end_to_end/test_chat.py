"""The installed chat in a real terminal (tmux)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, SURE

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
Tmux = Callable[..., str]


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    """tmux with a server of its own."""

    def run(*arguments: str) -> str:
        command = ["tmux", "-S", str(tmp_path / "socket"), "-f", "/dev/null", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout

    yield run
    subprocess.run(["tmux", "-S", str(tmp_path / "socket"), "kill-server"], capture_output=True)


def wait_for(tmux: Tmux, words: str, seconds: float = 30) -> str:
    for _ in range(int(seconds * 10)):
        screen = tmux("capture-pane", "-p", "-t", "qa")
        if words in screen:
            return screen
        time.sleep(0.1)
    raise AssertionError(f"{words!r} did not come:\n{screen}")


def test_a_question_is_asked_and_answered(tmux: Tmux) -> None:
    qa = Path(sys.executable).with_name("qa")
    tmux("new-session", "-d", "-s", "qa", "-x", "100", "-y", "30", f"{qa}; echo left with $?; sleep 60")
    wait_for(tmux, "qa")
    tmux("send-keys", "-t", "qa", SURE[0], "Enter")
    screen = wait_for(tmux, "russia-and-central-asia.txt:10")
    assert SURE[1] in screen
    tmux("send-keys", "-t", "qa", "What is the boiling point of mercury?", "Enter")
    wait_for(tmux, "The documents do not say")
    tmux("send-keys", "-t", "qa", "C-q")
    wait_for(tmux, "left with 0")
