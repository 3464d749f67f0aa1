"""Completion in real shells, with the script that `qa completion` prints, and how little a TAB loads."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from qa.collections import CollectionsFile
from qa.conversation.storage.sessions import Session, session_names
from qa.conversation.turns import Turn
from tests.conftest import RunQa
from tests.unit.test_chats import ANSWER
from tests.unit.test_imports import NOT_FOR_THE_CORE

_LONGEST_WAIT = 60.0
_SET_UP = {
    "bash": 'bind "set enable-bracketed-paste off"; eval "$(qa completion bash)"',
    "zsh": 'autoload -U compinit; compinit -u -D; eval "$(qa completion zsh)"',
}
_COMMANDS = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home with the collections notes and work, and with the sessions "tour" and one with a hostile name over notes."""
    home = tmp_path / "home"
    data = home / ".local" / "share" / "qa"
    for name in ("notes", "work"):
        (tmp_path / name).mkdir()
        CollectionsFile(home / ".config" / "qa" / "collections.toml").add(name, tmp_path / name, description="Of: mine")
    for name in ("tour", "$(touch hacked)", "two words", "a\nb", "\x1b[31m"):
        Session(name, Path("notes"), data / "sessions.sqlite").add(Turn.of(ANSWER))
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        **{name: value for name, value in os.environ.items() if name == "PYTHONPATH"},
    }


def completed(shell: str, typed: str, environment: dict[str, str], folder: Path) -> str:
    """The command line that a real `shell` makes of `typed` and a TAB."""
    main, side = pty.openpty()
    with subprocess.Popen(
        _COMMANDS[shell], stdin=side, stdout=side, stderr=side, cwd=folder, env=environment, start_new_session=True
    ) as process:
        os.close(side)
        try:
            os.write(main, f"{_SET_UP[shell]}; echo READY''\n".encode())
            read_until(main, r"(?m)^READY\s")
            # Then to the beginning of the line, so that it is echoed instead of run.
            os.write(main, f"{typed}\t\x01echo RESULT''=\x05\n".encode())
            return read_until(main, r"(?m)^RESULT=(.*?)\s*$").group(1)
        finally:
            process.kill()
            os.close(main)


def read_until(terminal: int, pattern: str) -> re.Match[str]:
    shown = ""
    until = time.monotonic() + _LONGEST_WAIT
    while time.monotonic() < until:
        if select.select([terminal], [], [], 1.0)[0]:
            shown += os.read(terminal, 4096).decode("utf-8", "replace").replace("\r", "")
        if found := re.search(pattern, shown):
            return found
    raise AssertionError(f"{pattern} is not in {shown!r}")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("qa as", "qa ask"),
        ("qa ask -c no", "qa ask -c notes"),
        ("qa ask --collection wo", "qa ask --collection work"),
        ("qa ask -c notes --session ", "qa ask -c notes --session tour"),
        ("qa -c notes ask --session t", "qa -c notes ask --session tour"),
        ("qa collections remove w", "qa collections remove work"),
        ("qa ask --min", "qa ask --min-confidence"),
    ],
)
def test_a_tab_completes(shell: str, typed: str, expected: str, environment: dict[str, str], tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    assert completed(shell, typed, environment, tmp_path) == expected
    assert not (tmp_path / "hacked").exists()


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish here")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [("qa as", ["ask"]), ("qa ask -c ", ["notes", "work"]), ("qa ask -c notes --session ", ["tour"])],
)
def test_fish_completes(typed: str, expected: Sequence[str], environment: dict[str, str], tmp_path: Path) -> None:
    script = 'qa completion fish | source; complete -C "$argv[1]"'
    done = subprocess.run(
        ["fish", "--no-config", "-c", script, typed], env=environment, cwd=tmp_path, capture_output=True, timeout=120
    )
    assert [line.partition("\t")[0] for line in done.stdout.decode().splitlines()] == expected


def test_the_script_is_for_the_shells_that_are_named(qa_here: RunQa) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_QA_COMPLETE" in qa_here("completion", shell).out
    assert qa_here("completion", "tcsh").code == 2
    assert qa_here("completion").code == 2


def test_unusable_files_complete_nothing_and_say_nothing(qa: RunQa, tmp_path: Path) -> None:
    data, configuration = (tmp_path / "home" / place / "qa" for place in (".local/share", ".config"))
    for file in (data / "sessions.sqlite", configuration / "collections.toml"):
        file.parent.mkdir(parents=True)
        file.write_bytes(b"\xff no file of qa's")
    for words in ("qa ask -c ", "qa ask --session ", "qa ask -c nowhere --session "):
        run = qa(_QA_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(words.count(" ")))
        assert (run.code, run.out.strip(), run.err) == (0, "", "")
    assert session_names(Path("notes"), tmp_path / "nowhere.sqlite") == ()
    assert not (tmp_path / "nowhere.sqlite").exists()


def test_a_tab_loads_no_model_and_no_index(environment: dict[str, str], tmp_path: Path) -> None:
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sorted({name.partition('.')[0] for name in sys.modules})))\n"
        "from qa.cli.main import main; main()"
    )
    tab = {"_QA_COMPLETE": "bash_complete", "COMP_WORDS": "qa ask -c notes --session ", "COMP_CWORD": "5"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment | tab, cwd=tmp_path, capture_output=True, text=True, check=True)
    completion, loaded = done.stdout.splitlines()
    assert completion == "plain,tour"
    heavy = NOT_FOR_THE_CORE | {"numpy", "faiss", "onnxruntime", "tokenizers", "apsw", "rich", "filelock"}
    assert not set(loaded.split()) & heavy
