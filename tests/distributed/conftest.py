from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.distributed.clusters import DOCUMENTS, cluster_of, fill


@pytest.fixture(scope="session", autouse=True)
def _ray() -> None:
    pytest.importorskip("ray", reason="pip install 'qa[ray]' for the tests with Ray")


@pytest.fixture(scope="module")
def cluster(_ray: None) -> Iterator[Any]:
    """Three nodes, which live as long as the tests of the module."""
    with cluster_of(3) as nodes:
        yield nodes


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    fill(tmp_path / "corpus", DOCUMENTS)
    return tmp_path / "corpus"
