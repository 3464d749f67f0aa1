"""Clusters of Ray on this machine, each node with its processes, and documents for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.documents import made
from tests.index_conformance.library import LIBRARY

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
DOCUMENTS: dict[str, bytes] = {
    **{path: text.encode() for path, text in LIBRARY.items()},
    **{f"pages/{number}.html": made.html() + b"<p>Page %d.</p>" % number for number in range(5)},
    **{f"more/{number}.txt": f"Cart {number} carried {number * 3} sacks of barley.".encode() for number in range(30)},
    "built.pdf": made.pdf(),
    "report.docx": made.word(),
    "table.csv": made.csv(),
    "broken.docx": made.word()[:200],
    "empty.html": b"<html></html>",
}
"""Two of them cannot be read."""
STORE_BYTES = 100 << 20
"""Ray's memory for results, on each node."""
_FULL = {"local_fs_capacity_threshold": 0.001}
"""Of which share on Ray takes a disk for full: it needs one only when the memory for results does not do."""


@contextmanager
def cluster_of(nodes: int) -> Iterator[Any]:
    """So many nodes with one processor each and a full disk; the first is the head."""
    from ray.cluster_utils import Cluster

    each = {"num_cpus": 1, "object_store_memory": STORE_BYTES, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=each | {"_system_config": _FULL})
    try:
        for _ in range(nodes - 1):
            cluster.add_node(**each)
        cluster.wait_for_nodes()
        yield cluster
    finally:
        cluster.shutdown()


def fill(corpus: Path, documents: dict[str, bytes]) -> None:
    for path, data in documents.items():
        file = corpus / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
