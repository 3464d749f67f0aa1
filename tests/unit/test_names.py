"""One name, one thing: whoever reads `Source` need not ask which one."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

PACKAGE = ROOT / "src" / "qa"
FILES = sorted(PACKAGE.rglob("*.py"))
EVERY_PACKAGE_HAS = {"__init__", "__main__"}
WIRE_MODELS = {PACKAGE / "web" / "schemas.py", PACKAGE / "mcp" / "results.py"}
"""Their classes are named in the OpenAPI and MCP schemas, where clients read them: an answer is an `Answer` there, too."""


def test_no_two_modules_have_one_name() -> None:
    found = defaultdict(list)
    for file in FILES:
        if file.stem not in EVERY_PACKAGE_HAS:
            found[file.stem].append(str(file.relative_to(PACKAGE)))
    assert {name: files for name, files in found.items() if len(files) > 1} == {}


def test_no_two_classes_have_one_name() -> None:
    found = defaultdict(list)
    for file in FILES:
        if file not in WIRE_MODELS:
            for name in _classes(file):
                found[name].append(str(file.relative_to(PACKAGE)))
    assert {name: files for name, files in found.items() if len(files) > 1} == {}


def test_a_type_alias_has_no_name_of_something_else() -> None:
    meanings = defaultdict(set)
    for file in FILES:
        if file not in WIRE_MODELS:
            for name in _classes(file):
                meanings[name].add(f"the class of {file.relative_to(PACKAGE)}")
            for name, meaning in _aliases(file):
                meanings[name].add(meaning)
    assert {name: meant for name, meant in meanings.items() if len(meant) > 1} == {}


def _classes(file: Path) -> Iterator[str]:
    """Also those inside of others, such as the messages of a widget."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef):
            yield node.name


def _aliases(file: Path) -> Iterator[tuple[str, str]]:
    """Names in CamelCase that a module gives to what is no class of its own, and what that is."""
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name.lstrip("_")[:1].isupper() and not name.isupper():
                yield name, ast.unparse(node.value)
