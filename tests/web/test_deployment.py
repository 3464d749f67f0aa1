"""The files of docs/deploy are what systemd and qa take."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from qa.cli.serve import serve
from tests.conftest import QA, ROOT

UNIT = ROOT / "docs" / "deploy" / "qa.service"
CONTAINERFILE = ROOT / "docs" / "deploy" / "Containerfile"
OPTIONS = {option for parameter in serve.params for option in parameter.opts}


def test_the_unit_is_one(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    (tmp_path / "qa.service").write_text(UNIT.read_text().replace("/opt/qa/bin/qa", QA))
    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "qa.service"], capture_output=True, text=True, timeout=60
    )
    if "Failed to" in done.stderr and "bus" in done.stderr:
        pytest.skip("systemd-analyze cannot run here")
    assert (done.returncode, [line for line in done.stderr.splitlines() if "qa.service" in line]) == (0, [])


@pytest.mark.parametrize("page", ["http-api.md", "deployment.md", "deploy/qa.service", "deploy/Containerfile"])
def test_every_option_that_is_named_is_there(page: str) -> None:
    text = (ROOT / "docs" / page).read_text()
    commands = [*re.findall(r"\bqa serve ([^\n`#]*)", text), " ".join(re.findall(r'"(--[\w-]+)"', text))]
    named = {word for command in commands for word in shlex.split(command) if word.startswith("-")}
    assert named <= OPTIONS, named - OPTIONS


def test_the_container_file_has_nothing_to_complain_of() -> None:
    if shutil.which("hadolint") is None:
        pytest.skip("hadolint is not installed")
    done = subprocess.run(["hadolint", CONTAINERFILE], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")
