from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from qa.errors import IndexMissing
from qa.index.backend import IndexBackend
from tests.index_conformance.backends import BACKENDS, MakeBackend, Opened, alone, let_go, merged
from tests.index_conformance.library import CHANGED, LIBRARY


def _parameter(name: str) -> ParameterSet:
    """What an engine does takes seconds each time."""
    return pytest.param(name, marks=[] if name == "embedded" else pytest.mark.slow)


@pytest.fixture(scope="session", params=[_parameter(name) for name in BACKENDS])
def make(request: pytest.FixtureRequest) -> MakeBackend:
    return BACKENDS[request.param]


@pytest.fixture
def backend(make: MakeBackend, tmp_path: Path) -> Iterator[IndexBackend]:
    """An index that is not there yet."""
    backend = make(tmp_path / "index")
    yield backend
    with suppress(IndexMissing):
        backend.remove()
    let_go(backend)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return tmp_path / "corpus"


@pytest.fixture(scope="session", params=["alone", "merged"])
def library(
    request: pytest.FixtureRequest, make: MakeBackend, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    """LIBRARY, open for reading: in one index, and in those of two collections."""
    opening = {"alone": alone, "merged": merged}[request.param]
    with opening(make, tmp_path_factory.mktemp("library"), LIBRARY, CHANGED) as opened:
        yield opened
