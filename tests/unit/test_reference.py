"""The man page and docs/commands.md say what the commands' help says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from qa.cli.main import cli
from tests.conftest import ROOT

MADE = ("qa.1", "commands.md")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference")
    subprocess.run([sys.executable, ROOT / "docs" / "reference.py", folder], check=True, timeout=120)
    return folder


@pytest.mark.parametrize("name", MADE)
def test_it_is_what_the_help_says_today(made: Path, name: str) -> None:
    now, kept = ((folder / name).read_text(encoding="utf-8") for folder in (made, ROOT / "docs"))
    assert now == kept, "make it anew with: python docs/reference.py"


@pytest.mark.parametrize("name", MADE)
def test_it_names_every_command_and_every_option(made: Path, name: str) -> None:
    text = (made / name).read_text(encoding="utf-8").replace("\\-", "-")
    for command in cli.list_commands(cli.make_context("qa", ["status"], resilient_parsing=True)):
        found = cli.get_command(None, command)  # type: ignore[arg-type]
        assert found is not None
        assert re.search(rf"^(\.SS|##) qa {command}$", text, re.MULTILINE)
        for parameter in found.params:
            if parameter.param_type_name == "option":
                assert parameter.opts[-1] in text


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff here")
def test_groff_finds_nothing_wrong_with_the_man_page(made: Path) -> None:
    checked = ["groff", "-man", "-ww", "-z", "-Kutf8", made / "qa.1"]
    done = subprocess.run(checked, capture_output=True, text=True, check=True, timeout=120)
    assert done.stderr == ""
    shown = subprocess.run(
        ["groff", "-man", "-Tutf8", "-Kutf8", "-P-cbou", made / "qa.1"], capture_output=True, check=True, timeout=120
    )
    text = shown.stdout.decode()
    assert "qa ask --path 'minutes/**' --after 2024-01-01 \"Who chairs the board?\"" in text
    assert "QA_MIN_CONFIDENCE" in text


def test_a_wheel_installs_the_man_page() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared == {"docs/qa.1": "share/man/man1/qa.1"}
