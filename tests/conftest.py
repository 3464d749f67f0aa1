"""What several kinds of tests need: the data beside the checkout, the installed command, small indexes."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
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


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One process for benchmarks: what runs beside them would be measured as well."""
    return 0 if "benchmark" in config.option.markexpr.replace("not benchmark", "") else None


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
        command = [Path(sys.executable).with_name("qa"), *arguments]
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
