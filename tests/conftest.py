"""What several kinds of tests need: the data beside the checkout, the installed command, small indexes."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
SURE = ("How many Russian military personnel are at the Kant airbase?", "400")
"""A question over the article that the shipped reader answers with confidence, and what must be in its answer."""
ARTICLE = ROOT / "corpus" / "russia-and-central-asia.txt"
QA = str(Path(sys.executable).with_name("qa"))
"""The installed command."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One process for benchmarks: what runs beside them would be measured as well."""
    return 0 if "benchmark" in config.option.markexpr.replace("not benchmark", "") else None


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """`folder` with text files in it, by their paths relative to it."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Run:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


RunQa = Callable[..., Run]


@pytest.fixture
def qa(tmp_path: Path) -> RunQa:
    """Runs the installed `qa` in an empty folder, with nothing of the user's environment."""

    def run(
        *arguments: str | bytes | Path, stdin: bytes = b"", cwd: Path = tmp_path, timeout: float = 120, **env: str
    ) -> Run:
        command = [QA, *arguments]
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "HF_HUB_OFFLINE": "1",
            "LANG": "C.UTF-8",
            **{name: value for name, value in os.environ.items() if name.startswith(("OPENBLAS", "PYTHONPATH"))},
            **env,
        }
        done = subprocess.run(command, input=stdin, capture_output=True, cwd=cwd, env=environment, timeout=timeout)
        return Run(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))

    return run


@pytest.fixture
def qa_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> RunQa:
    """Runs `qa` as the fixture `qa` does, but in this process: much quicker, where it is not about streams or processes."""

    def run_here(*arguments: str | Path, stdin: bytes = b"", cwd: Path = tmp_path, **env: str) -> Run:
        from qa.cli.main import run

        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        capsys.readouterr()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(cwd)
            for name in [name for name in os.environ if name.startswith(("QA_", "XDG_", "COLUMNS"))]:
                patch.delenv(name)
            for name, value in {"HOME": str(home), "LANG": "C.UTF-8", **env}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            code = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Run(code, said.out, said.err)

    return run_here


@pytest.fixture
def article_copy(tmp_path: Path) -> Path:
    """A folder with the article in `corpus` and its index in `index`, to be damaged."""
    for name in ("corpus", "index"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture(scope="session")
def article() -> str:
    return ARTICLE.read_bytes().decode("utf-8")


@pytest.fixture(scope="session")
def squad() -> list[dict[str, Any]]:
    """The open half of SQuAD 2.0 dev; it lies beside the checkout of developers only."""
    path = SHARED / "eval" / "squad2_open.jsonl.gz"
    if not path.exists():
        pytest.skip("../shared/data is not here")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]
