"""The wheel by itself: built, installed into a new virtual environment, and asked, with nothing of the checkout in reach.

What qa depends on comes from this environment by a path in a .pth file, so that nothing is downloaded. The .pth file of an
editable installation there is not read by that, so that `qa` can only be the wheel's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow
Installed = Callable[..., str]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a virtual environment that has the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    _run([*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)])
    (wheel,) = folder.glob("qa-*.whl")
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")])
    python = str(folder / "venv" / "bin" / "python")
    _run([*pip, "--python", python, "install", "--quiet", "--no-deps", "--no-index", str(wheel)])
    packages = Path(_run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip())
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return folder / "venv"


@pytest.fixture
def installed(environment: Path, tmp_path: Path) -> Installed:
    """Runs a program of the environment in an empty folder, with an empty home."""
    home = tmp_path / "home"
    home.mkdir()

    def run(program: str, *arguments: str) -> str:
        variables = {"PATH": os.environ["PATH"], "HOME": str(home), "HF_HUB_OFFLINE": "1", "LANG": "C.UTF-8"}
        return _run([str(environment / "bin" / program), *arguments], cwd=tmp_path, env=variables)

    return run


def test_it_is_the_wheel_that_runs(environment: Path, installed: Installed) -> None:
    where = Path(installed("python", "-c", "import qa; print(qa.__file__)").strip())
    assert where.is_relative_to(environment)


def test_it_answers_the_question_of_the_readme_from_the_index_that_it_brings(
    installed: Installed, tmp_path: Path
) -> None:
    answer = json.loads(installed("qa", "ask", "--json", "For how long may Russia use the Kant base?"))
    assert answer["answer"] == "49 years"
    assert answer["citation"]["path"] == "russia-and-central-asia.txt"
    assert answer["stale"] == []
    assert list((tmp_path / "home").iterdir()) == []


def test_it_indexes_documents_and_understands_follow_ups(installed: Installed, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "boats.csv").write_text("Boat,Key\nCaspian,Ada Moore\nOrla,Tom Reed\n", "utf-8")
    (notes / "party.html").write_text("<h1>Party</h1><p>The summer party is on 12 July 2024.</p>", "utf-8")
    in_session = ("ask", "--session", "party", "--corpus", str(notes))
    assert "12 July 2024" in installed("qa", *in_session, "When is the summer party?")
    assert "12 July 2024" in installed("qa", *in_session, "Are you sure?")
    assert "Ada Moore" in installed("qa", "ask", "--corpus", str(notes), "Who has the key of Caspian?")
    assert json.loads(installed("qa", "status", "--json", "--verify", "--corpus", str(notes)))["sound"]


def test_it_scores_answers(installed: Installed, tmp_path: Path) -> None:
    rows = tmp_path / "questions.jsonl"
    rows.write_text('{"question": "How long may Russia use the base?", "answers": ["49 years"]}\n', "utf-8")
    assert "questions.jsonl · 1 questions" in installed("qa", "eval", str(rows))


def test_another_encoder_can_be_exported_with_what_is_in_it(installed: Installed) -> None:
    """Why qa.training is in the wheel."""
    assert "--model" in installed("python", "-m", "qa.training.encoder.export_encoder", "--help")


def _run(command: list[str], cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, timeout=600)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout
