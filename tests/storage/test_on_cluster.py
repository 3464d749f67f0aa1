"""The nodes of a cluster of Ray read a bucket by themselves."""

from __future__ import annotations

import pytest

from tests.conftest import RunQa
from tests.storage.conftest import Storage


@pytest.mark.slow
def test_the_nodes_read_the_objects(storage: Storage, qa: RunQa) -> None:
    pytest.importorskip("ray", reason="pip install 'qa[ray]' for the tests with Ray")
    storage.put_all({f"2024/{number}.txt": f"Cart {number} carried barley.".encode() for number in range(5)})
    done = qa("index", "--ray", "local", "--json", "s3://notes/2024", **storage.environment, timeout=300)
    assert done.code == 0, done.err
    assert (len(done.json["added"]), done.json["skipped"]) == (5, [])
    assert "2024/3.txt" in storage.requests.reads()
    again = qa("index", "--ray", "local", "--json", "s3://notes/2024", **storage.environment, timeout=300)
    assert (again.json["unchanged"], storage.requests.reads()) == (5, [])
