"""A writer that is killed (SIGKILL) has published the new state or nothing, holds nobody up, and the next one makes it whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from qa.index.backend import IndexBackend
from tests.conftest import ROOT
from tests.index_conformance.backends import held, let_go, updated, write
from tests.unit.models import index_model

OLD = {"a.txt": "The gate is red.", "b.txt": "The tower is blue.", "c.txt": "The harbour is green."}
NEW = {"a.txt": "The gate is grey now.", "moved.txt": OLD["b.txt"], "d.txt": "A fourth gate.", "e.txt": "A fifth gate."}


def killed(backend: IndexBackend, corpus: Path, phase: str, step: int) -> bool:
    """Update in a process of its own, which kills itself at that step; whether it came to that."""
    command = [
        sys.executable,
        "-m",
        "tests.index_conformance.killed",
        str(backend.place),
        str(corpus),
        phase,
        str(step),
    ]
    let_go(backend)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(["src", "."])}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    assert (done.returncode == 0) == done.stdout.startswith("done")
    return done.returncode != 0


@pytest.mark.parametrize(
    ("phase", "step"), [("encoding", 0), *(("writing", step) for step in (1, 20, 60, 120, 200, 300, 420, 10**9))]
)
def test_a_writer_that_is_killed_leaves_the_old_state_or_the_new_one(
    backend: IndexBackend, corpus: Path, phase: str, step: int
) -> None:
    updated(backend, corpus, OLD)
    old = held(backend)
    write(corpus, NEW)
    was_killed = killed(backend, corpus, phase, step)
    assert was_killed or step > 1
    assert not (was_killed and step == 10**9)
    new = {path: [text] for path, text in NEW.items()}
    found = held(backend)
    assert found in ([old, new] if was_killed else [new])
    assert phase == "writing" or found == old
    assert backend.verify().sound
    backend.update(corpus, index_model())
    assert held(backend) == new
    assert backend.verify().sound


def test_a_first_build_that_is_killed_leaves_no_index(backend: IndexBackend, corpus: Path) -> None:
    write(corpus, NEW)
    assert killed(backend, corpus, "encoding", 0)
    assert not backend.exists()
    assert backend.state() is None
    backend.update(corpus, index_model())
    assert held(backend).keys() == NEW.keys()
