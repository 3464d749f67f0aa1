"""The installed chat in a real terminal (tmux)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import QA, ROOT, SURE

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
PLACE = "russia-and-central-asia.txt:10"
UNKNOWN = "What is the boiling point of mercury?"


class Tmux:
    """tmux with a server of its own, in which `qa` has a data directory of its own."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "socket"
        self.folder = folder

    def run(self, *arguments: str) -> str:
        command = ["tmux", "-S", str(self._socket), "-f", "/dev/null", *arguments]
        # A size in the environment, which pytest-xdist sets, goes before that of the terminal.
        own = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        environment = {**own, "XDG_DATA_HOME": str(self.folder / "data"), "VISUAL": str(self.folder / "editor")}
        return subprocess.run(
            command, capture_output=True, text=True, check=True, cwd=self.folder, env=environment
        ).stdout

    def start(self, *arguments: str | Path, width: int = 100, height: int = 30) -> None:
        command = " ".join(["exec", str(QA), *map(str, arguments)])
        self.run(
            "new-session", "-d", "-s", "qa", "-x", str(width), "-y", str(height),
            f"sh -c '{command}'; echo left with $?; sleep 600",
        )  # fmt: skip

    def keys(self, *keys: str) -> None:
        self.run("send-keys", "-t", "qa", *keys)

    def type(self, text: str) -> None:
        self.run("send-keys", "-t", "qa", "-l", text)
        self.keys("Enter")

    def screen(self) -> str:
        return self.run("capture-pane", "-p", "-t", "qa")

    def wait_for(self, *words: str, seconds: float = 60) -> str:
        return self.wait_until(lambda screen: all(each in screen for each in words), ", ".join(words), seconds)

    def wait_until(self, holds: Callable[[str], bool], what: str, seconds: float = 60) -> str:
        screen = ""
        for _ in range(int(seconds * 10)):
            screen = self.screen()
            if holds(screen):
                return screen
            time.sleep(0.1)
        raise AssertionError(f"{what!r} did not come:\n{screen}")

    def resize(self, width: int, height: int) -> None:
        self.run("resize-window", "-t", "qa", "-x", str(width), "-y", str(height))

    def process(self) -> int:
        """The process of `qa` in the terminal."""
        shell = self.run("display-message", "-p", "-t", "qa", "#{pane_pid}").strip()
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", shell], capture_output=True, text=True, check=True
        ).stdout
        return int(children.split()[0])

    def end(self) -> None:
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], capture_output=True)


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    terminal = Tmux(tmp_path)
    yield terminal
    terminal.end()


def test_asked_seen_exported_resized_and_left(tmux: Tmux) -> None:
    tmux.start("--corpus", ROOT / "corpus", width=120, height=40)
    tmux.wait_for("Ask your documents")
    tmux.type(SURE[0])
    tmux.wait_for(PLACE, SURE[1], "Evidence ─", "Answer  ")
    tmux.type(UNKNOWN)
    tmux.wait_for("I found no answer to this")
    tmux.resize(80, 24)
    tmux.wait_until(lambda screen: "Evidence ─" not in screen, "the evidence is hidden where there is no room")
    # The terminal clips the old picture at once, and a key that comes before the chat knows its new size would hide the evidence.
    time.sleep(2)
    tmux.keys("F2")
    tmux.wait_for("Evidence ─")
    tmux.resize(200, 60)
    tmux.wait_for("Chats")
    tmux.type("/export chat.md")
    tmux.wait_for("Exported to")
    markdown = (tmux.folder / "chat.md").read_text("utf-8")
    assert f"## {SURE[0]}" in markdown
    assert f"**{SURE[1]}**" in markdown
    assert "I found no answer to this" in markdown
    tmux.keys("C-q")
    tmux.wait_for("left with 0")


def test_killed_and_resumed(tmux: Tmux) -> None:
    tmux.start("--corpus", ROOT / "corpus")
    tmux.wait_for("Ask your documents")
    tmux.type(SURE[0])
    tmux.wait_for(PLACE)
    tmux.run("send-keys", "-t", "qa", "-l", "half a quest")
    tmux.wait_for("half a quest")
    os.kill(tmux.process(), signal.SIGKILL)
    tmux.wait_for("left with 137")
    tmux.run("kill-session", "-t", "qa")
    tmux.start("chat", "--resume", "--corpus", ROOT / "corpus")
    tmux.wait_for(PLACE, SURE[0][:40], SURE[1], "ready")
    tmux.type("/status")
    tmux.wait_for("changed since")
    tmux.keys("C-q")
    tmux.wait_for("left with 0")


def test_what_is_typed_before_the_chat_has_the_terminal_is_asked(tmux: Tmux) -> None:
    tmux.start("--corpus", ROOT / "corpus")
    tmux.type(SURE[0])
    tmux.run("send-keys", "-t", "qa", "-l", "half a quest")
    tmux.wait_for(PLACE, SURE[1], "half a quest", "ready", seconds=120)
    assert "Keys and commands" not in tmux.screen()
    tmux.keys("C-q")
    tmux.wait_for("left with 0")


def test_the_editor_has_the_terminal_and_gives_it_back(tmux: Tmux) -> None:
    editor = tmux.folder / "editor"
    editor.write_text('#!/bin/sh\necho "editing $@"\nread line\n')
    editor.chmod(0o755)
    tmux.start("--corpus", ROOT / "corpus")
    tmux.wait_for("Ask your documents")
    tmux.type(SURE[0])
    tmux.wait_for(PLACE)
    tmux.keys("C-o")
    tmux.wait_for("editing +10", "russia-and-central-asia.txt")
    tmux.keys("Enter")
    tmux.wait_for("ready")
    tmux.type(UNKNOWN)
    tmux.wait_for("I found no answer to this")
    tmux.keys("C-q")
    tmux.wait_for("left with 0")


def test_the_first_index_is_built_inside_and_a_change_is_noticed(tmux: Tmux) -> None:
    notes = tmux.folder / "notes"
    notes.mkdir()
    (notes / "party.txt").write_text("The summer party is on 3 July in the garden.\n")
    tmux.start("--corpus", notes, width=200, height=50)
    tmux.wait_for("Ask your documents")
    tmux.type("When is the summer party?")
    tmux.wait_for("party.txt:1", "3 July", seconds=240)
    (notes / "spring.md").write_text("# Spring\n\nThe spring party is on 4 April on the lawn.\n")
    tmux.wait_for("spring.md", seconds=120)
    tmux.type("When is the spring party?")
    tmux.wait_for("spring.md:3")
    (notes / "winter.md").write_text(
        "# Winter\n\nThe winter party is on 5 January in the barn.\n\n" + "It may snow. " * 6_000
    )
    tmux.wait_for("1 document has changed", seconds=120)
    tmux.keys("F5")
    tmux.wait_for("1 added", seconds=240)
    tmux.type("When is the winter party?")
    tmux.wait_for("winter.md:3")
    tmux.keys("C-q")
    tmux.wait_for("left with 0")
