from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.distributed.clusters import DOCUMENTS, cluster_of, fill


@pytest.fixture(scope="session")
def ray_installed() -> None:
    pytest.importorskip("ray", reason="pip install 'qa[ray]' for the tests with Ray")


@pytest.fixture(scope="module")
def cluster(ray_installed: None) -> Iterator[Any]:
    """Three nodes, which live as long as the tests of the module."""
    with cluster_of(3) as nodes:
        yield nodes


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    fill(tmp_path / "corpus", DOCUMENTS)
    return tmp_path / "corpus"
