"""Clusters of Ray on this machine, each node with its processes, and what an index built on one must hold."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from qa.index.backend import IndexBackend
from qa.index.writing.writer import UpdateReport
from tests.documents import made
from tests.index_conformance.library import LIBRARY
from tests.unit.models import card

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


@contextmanager
def cluster_of(nodes: int) -> Iterator[Any]:
    """So many nodes with one processor each; the first is the head."""
    from ray.cluster_utils import Cluster

    each = {"num_cpus": 1, "object_store_memory": 100 << 20, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=each)
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


def contents(backend: IndexBackend) -> dict[str, tuple[Any, ...]]:
    """All that a state says of each document, but for ids."""
    assert backend.verify().sound
    found = {}
    with closing(backend.open(card())) as index, index.snapshot():
        remarks = index.remarks()
        for path, *of_file in index.documents():
            passages = sorted(index.passages_in(path), key=lambda one: one.id)
            cut = [(one.start, one.end, one.line, one.page, one.heading, one.text, one.before) for one in passages]
            vectors = index.vectors_of([one.id for one in passages])
            said = [remark for named, remark in remarks if named == path]
            found[path] = (of_file, index.document_text(path), cut, said, vectors)
    return found


def assert_same(one: IndexBackend, other: IndexBackend) -> None:
    """Both say the same, the vectors up to rounding."""
    mine, theirs = contents(one), contents(other)
    assert mine.keys() == theirs.keys()
    for path, (*said, vectors) in mine.items():
        assert said == list(theirs[path][:-1]), path
        np.testing.assert_allclose(vectors.astype("float32"), theirs[path][-1].astype("float32"), atol=2e-3)


def assert_same_report(one: UpdateReport, other: UpdateReport) -> None:
    assert _comparable(one) == _comparable(other)


def _comparable(report: UpdateReport) -> dict[str, Any]:
    names = ("removed", "renamed", "unchanged", "skipped", "remarks", "passages", "encoded", "left_out")
    ordered = {name: sorted(getattr(report, name)) for name in ("added", "changed")}
    return ordered | {name: getattr(report, name) for name in names}
