"""A build on a cluster of three nodes gives what a build in one process gives, whatever happens to nodes, files and the user."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa.documents import SourceFile
from qa.errors import CorpusNotShared
from qa.index.backends import backend_of
from qa.index.distributed.ray_connection import connected
from qa.index.distributed.ray_executor import RayExecutor
from qa.index.distributed.ray_tasks import ClusterBuild, cut_file
from qa.index.service import Indexer
from qa.index.writing.writer import UpdateReport
from qa.index_place import IndexPlace
from qa.settings import Settings
from tests.conftest import RunQa
from tests.distributed.clusters import DOCUMENTS, STORE_BYTES, cluster_of, fill
from tests.index_conformance.backends import BACKENDS, let_go
from tests.index_conformance.same_state import assert_same, contents
from tests.unit.models import card

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_installed")]


@contextmanager
def indexing(cluster: Any, settings: Settings) -> Iterator[tuple[Indexer, RayExecutor]]:
    with connected(cluster.address, settings) as executor:
        yield Indexer(settings, executor), executor


def on_cluster(cluster: Any, settings: Settings, **options: Any) -> UpdateReport:
    with indexing(cluster, settings) as (indexer, _):
        return indexer.update(**options)


def here(corpus: Path, place: IndexPlace, **options: Any) -> UpdateReport:
    return Indexer(Settings(corpus=corpus, index=place)).update(**options)


@pytest.mark.parametrize("kind", ["embedded", "milvus-lite"])
def test_it_says_what_the_index_says_that_this_process_builds(
    cluster: Any, corpus: Path, tmp_path: Path, kind: str
) -> None:
    backend = BACKENDS[kind](tmp_path / "far")
    near, settings = tmp_path / "near", Settings(corpus=corpus, index=backend.place)
    try:
        report = on_cluster(cluster, settings)
        assert report == here(corpus, near)
        assert {one.path for one in report.skipped} == {"broken.docx", "empty.html"}
        assert_same(backend, backend_of(near))
        assert on_cluster(cluster, settings).encoded == 0

        changes = {
            "more/3.txt": b"Cart 3 carried nothing.",
            "copy.txt": DOCUMENTS["long.txt"],
            "new.md": b"# New\n\nA day.",
        }
        fill(corpus, changes)
        (corpus / "more" / "4.txt").rename(corpus / "more" / "four.txt")
        (corpus / "kant.txt").unlink()
        report = on_cluster(cluster, settings)
        assert report == here(corpus, near)
        assert report.encoded == 2
        assert_same(backend, backend_of(near))
    finally:
        let_go(backend)


def test_the_command_needs_nothing_but_the_address(cluster: Any, corpus: Path, tmp_path: Path, qa: RunQa) -> None:
    done = qa("index", "--ray", cluster.address, "--json", "--index", tmp_path / "far", corpus)
    assert (done.code, done.json["passages"]) == (0, here(corpus, tmp_path / "near").passages)
    assert {line.split()[1] for line in done.err.splitlines()} == {"skipped"}
    assert_same(backend_of(tmp_path / "far"), backend_of(tmp_path / "near"))


def test_a_node_that_is_killed_costs_what_it_had_and_nothing_else(corpus: Path, tmp_path: Path) -> None:
    far, near = tmp_path / "far", tmp_path / "near"
    with cluster_of(3) as cluster:
        (victim,) = cluster.worker_nodes - {next(iter(cluster.worker_nodes))}
        killed = False

        def kill(done: int, total: int) -> None:
            nonlocal killed
            if not killed and done == 0 and total >= 10:
                cluster.remove_node(victim, allow_graceful=False)
                killed = True

        report = on_cluster(cluster, Settings(corpus=corpus, index=far), progress=kill)
        assert killed
    assert report == here(corpus, near)
    assert_same(backend_of(far), backend_of(near))


def test_a_file_that_ends_every_worker_or_for_whose_passages_no_disk_has_room_fails_alone(
    cluster: Any, corpus: Path, tmp_path: Path
) -> None:
    def harmful(build: ClusterBuild, intake: str, source: SourceFile) -> Any:
        if source.path == "kant.txt":
            # As the kernel does when memory is short.
            os.kill(os.getpid(), signal.SIGKILL)
        if source.path == "long.txt":
            return np.ones(2 * STORE_BYTES, "uint8")
        return cut_file(build, intake, source)

    with indexing(cluster, Settings(corpus=corpus, index=tmp_path / "far")) as (indexer, executor):
        import ray

        executor._cut_file = ray.remote(num_cpus=1, max_retries=0)(harmful)
        report = indexer.update()
        assert executor.sent_again == 6
    reasons = {one.path: one.reason for one in report.skipped}
    assert reasons["kant.txt"] == "reading it ended the process that did it, 4 times"
    assert reasons["long.txt"] == "reading it found the disk of a node full, 4 times"
    assert len(report.added) == len(DOCUMENTS) - 4
    with closing(backend_of(tmp_path / "far").open(card())) as index:
        # The next update tries again what may have been a node's fault.
        assert not index.memory().refused["kant.txt"].lasts
        assert not index.memory().refused["long.txt"].lasts
        assert index.memory().refused["broken.docx"].lasts


@pytest.mark.skipif(sys.platform != "linux", reason="a path that each process sees otherwise is made with /proc")
def test_what_the_nodes_do_not_see_is_named(cluster: Any, corpus: Path, tmp_path: Path) -> None:
    mine = 900
    os.dup2(os.open(corpus, os.O_RDONLY), mine)
    try:
        (corpus / "mine.txt").symlink_to(f"/proc/self/fd/{mine}/kant.txt")
        report = on_cluster(cluster, Settings(corpus=corpus, index=tmp_path / "far"))
        (reason,) = (one.reason for one in report.skipped if one.path == "mine.txt")
        assert "does not see it" in reason
        assert len(report.added) == len(DOCUMENTS) - 2
        settings = Settings(corpus=Path(f"/proc/self/fd/{mine}"), index=tmp_path / "none")
        with pytest.raises(CorpusNotShared, match=f"does not see /proc/self/fd/{mine}"):
            on_cluster(cluster, settings)
        assert not backend_of(tmp_path / "none").exists()
    finally:
        os.close(mine)


def test_an_interrupt_leaves_the_old_state_and_the_cluster_free(cluster: Any, corpus: Path, tmp_path: Path) -> None:
    settings = Settings(corpus=corpus, index=tmp_path / "far")
    on_cluster(cluster, settings)
    backend = backend_of(tmp_path / "far")
    old = contents(backend).keys()
    fill(corpus, {f"late/{number}.txt": b"Barge %d is late." % number for number in range(20)})

    def interrupt(done: int, total: int) -> None:
        if total >= 5:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        on_cluster(cluster, settings, progress=interrupt)
    assert contents(backend).keys() == old
    assert len(on_cluster(cluster, settings).added) == 20
    with closing(backend.open(card())) as index:
        assert index.document_text("late/7.txt") == "Barge 7 is late."
