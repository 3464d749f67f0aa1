"""Servers over two small collections, which are indexed once for all tests."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="the extra qa[web] is not installed")
pytest.importorskip("prometheus_client", reason="the extra qa[web] is not installed")

from qa.collections import CollectionsFile
from qa.tokens import TokensFile
from tests.conftest import QA, write_files
from tests.web.postgres_server import PostgresServer, running_postgres
from tests.web.serving import ServedQa, environment_in, serving

DOCUMENTS = {
    "notes/flat.md": "# The flat\n\nOur landlord is Mr Petrov.\nThe rent is 900 euros a month.\n",
    "notes/2024/Grüße & <b>.md": "The greeting card for Ms Ødegård costs 4 euros.\n",
    "notes/long.txt": "".join(
        f"Line {number} of the long list names the item {number * 7}.\n" for number in range(1, 1501)
    ),
    "work/alpha.md": "The manager of the Alpha project is Ines Okafor.\nThe password of the vault is kumquat.\n",
}
RENT = ("How much is the rent?", "900 euros a month")
VAULT = ("What is the password of the vault?", "kumquat")


@dataclass(frozen=True, slots=True)
class Home:
    """A user's home folder with the collections notes and work, and what runs in it."""

    folder: Path
    documents: Path

    @property
    def environment(self) -> dict[str, str]:
        return environment_in(self.folder)

    def qa(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [QA, *arguments], env=self.environment, cwd=self.folder, capture_output=True, text=True, timeout=120
        )

    def token(self, name: str, *collections: str) -> str:
        """Made anew, for these collections or for all."""
        file = TokensFile(self.folder / ".config" / "qa" / "tokens.json")
        if any(one.name == name for one in file.all()):
            file.revoke(name)
        return file.create(name, collections or None)

    @contextmanager
    def serving(self, *arguments: str, scheme: str = "http") -> Iterator[ServedQa]:
        with serving(*arguments, environment=self.environment, cwd=self.folder, scheme=scheme) as served:
            yield served


def made_home(place: Path) -> Home:
    home = Home(place / "home", place / "documents")
    home.folder.mkdir()
    write_files(home.documents, DOCUMENTS)
    for name in ("notes", "work"):
        CollectionsFile(home.folder / ".config" / "qa" / "collections.toml").add(name, home.documents / name)
    assert home.qa("index").returncode == 0
    return home


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return made_home(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="session")
def served(home: Home) -> Iterator[ServedQa]:
    """A server that everybody on this machine may ask everything."""
    with home.serving() as served:
        served.until_ready()
        yield served


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """For all tests; who kills it starts it again."""
    with running_postgres() as server:
        yield server


Serving = Callable[..., AbstractContextManager[ServedQa]]
