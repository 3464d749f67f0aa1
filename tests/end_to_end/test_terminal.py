"""What shows only on a terminal: progress and colour, and neither where it is not wanted."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.conftest import QA, ROOT


def on_a_terminal(*arguments: str | Path, **env: str) -> str:
    """All that `qa` writes to a pseudo-terminal that is its stdin, stdout and stderr."""
    main, side = pty.openpty()
    with subprocess.Popen(
        [QA, *arguments],
        stdin=side,
        stdout=side,
        stderr=side,
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm-256color", **env},
    ) as process:
        os.close(side)
        written = b""
        while True:
            try:
                part = os.read(main, 4096)
            except OSError:
                break
            if not part:
                break
            written += part
        process.wait()
    os.close(main)
    return written.decode("utf-8", "replace")


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    (tmp_path / "notes").mkdir()
    for number in range(30):
        (tmp_path / "notes" / f"{number}.txt").write_text(
            "\n\n".join(f"Row {row} of file {number} is here." * 9 for row in range(9))
        )
    return tmp_path / "notes"


def test_indexing_shows_a_bar_with_rate_and_time_left(notes: Path, tmp_path: Path) -> None:
    screen = on_a_terminal("index", notes, "--index", tmp_path / "index")
    assert "Indexing" in screen
    assert "/s" in screen
    assert "30 added" in screen
    assert "Traceback" not in screen


def test_the_first_question_of_a_small_folder(notes: Path, tmp_path: Path) -> None:
    for file in list(notes.iterdir())[1:]:
        file.unlink()
    screen = on_a_terminal("search", "--corpus", notes, "--index", tmp_path / "index", "row 3")
    assert "Traceback" not in screen
    assert "of file" in screen


def test_the_answer_is_bold_unless_no_colour_is_wanted() -> None:
    question = ("ask", "--min-confidence", "0", "How long is the Kant lease?")
    assert "\x1b[1m" in on_a_terminal(*question)
    assert "\x1b[" not in on_a_terminal(*question, NO_COLOR="1")
