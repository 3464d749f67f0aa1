"""What runs around the project, by hand or by a server: the hooks, the workflows, the notes of a release."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from tests.conftest import ROOT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
CHANGELOG = (
    "# Changelog\n\n## 0.2.0 (2027-01-05)\n\n- Second.\n- More.\n\n## 0.1.0 (2026-12-01)\n\n- First.\n\n## 0.0.9\n"
)
YAML_FILES = [ROOT / ".pre-commit-config.yaml", *sorted((ROOT / ".github").rglob("*.yml"))]


@pytest.fixture(scope="module")
def release_notes() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release_notes", ROOT / ".github" / "release_notes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("file", YAML_FILES, ids=lambda file: file.name)
def test_configuration_is_yaml(file: Path) -> None:
    assert yaml.safe_load(file.read_text("utf-8"))


def test_the_hooks_are_the_static_checks_of_ci() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"][0]["hooks"]
    checks = [
        line
        for line in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
        if line.startswith(".venv/bin/") and not line.startswith((".venv/bin/pip", ".venv/bin/qa", ".venv/bin/pytest"))
    ]
    assert [hook["entry"] for hook in hooks] == checks
    assert all(hook["language"] == "system" for hook in hooks)


def test_ci_runs_on_every_python_that_is_supported() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["classifiers"]
    supported = [line.rpartition(" ")[2] for line in classifiers if ":: Python ::" in line]
    assert workflow["jobs"]["checks"]["strategy"]["matrix"]["python"] == supported


def test_the_notes_of_a_release_are_its_part_of_the_changelog(release_notes: ModuleType) -> None:
    assert release_notes.notes_of("0.2.0", CHANGELOG) == "- Second.\n- More."
    assert release_notes.notes_of("0.1.0", CHANGELOG) == "- First."


@pytest.mark.parametrize("version", ["0.3.0", "0.0.9", "0.2"])
def test_a_version_without_changes_is_not_released(release_notes: ModuleType, version: str) -> None:
    with pytest.raises(ValueError, match=f"says nothing about {version}"):
        release_notes.notes_of(version, CHANGELOG)


def test_what_is_unreleased_is_not_released(release_notes: ModuleType) -> None:
    with pytest.raises(ValueError, match="put the date there"):
        release_notes.notes_of("0.2.0", CHANGELOG.replace("2027-01-05", "unreleased"))


def test_a_tag_is_the_version(release_notes: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert release_notes.main("v99.0.0") == 1
    assert VERSION in capsys.readouterr().err
