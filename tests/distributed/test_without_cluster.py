"""What is said where there is no cluster, and that a small one of this machine is enough."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from qa.cli.main import run
from qa.errors import ClusterTooSmall, ClusterUnreachable, UsageError
from qa.index.backends import backend_of
from qa.index.distributed.ray_connection import connected
from qa.index.service import Indexer
from qa.settings import Settings
from tests.conftest import QA, RunQa
from tests.index_conformance.same_state import assert_same


def test_without_ray_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert run(["index", "--ray", "local", "--index", str(tmp_path / "index"), str(tmp_path)]) == 3
    said = capsys.readouterr()
    assert (said.out, said.err) == (
        "",
        "qa: Indexing on a cluster needs Ray, which is not installed. pip install 'qa[ray]'\n",
    )


@pytest.mark.parametrize("other", ["--watch", "--repair", "--remove", "--copy-to=x"])
def test_other_work_of_the_command_has_no_cluster(
    tmp_path: Path, other: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["index", "--ray", "local", other, str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("qa: --ray is for indexing documents.")


@pytest.mark.parametrize("address", ["somewhere", "host:0", "host:99999", "http://host:6379", "ray://host:1", "a b:1"])
def test_what_is_no_address_is_wrong_use(address: str) -> None:
    with pytest.raises(UsageError, match="is no address of a Ray cluster"), connected(address, Settings()):
        pass


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere.invalid:6379"])
def test_where_nothing_answers_there_is_no_cluster(address: str) -> None:
    with pytest.raises(ClusterUnreachable, match=f"at {address} cannot be reached"), connected(address, Settings()):
        pass


def test_where_a_web_server_answers_there_is_no_cluster() -> None:
    """Ray's dashboard is one."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server, ThreadPoolExecutor(1) as pool:
        answering = pool.submit(server.handle_request)
        address = f"127.0.0.1:{server.server_port}"
        with pytest.raises(ClusterUnreachable, match="something else answers there"), connected(address, Settings()):
            pass
        answering.result()


@pytest.mark.slow
@pytest.mark.usefixtures("ray_installed")
def test_where_no_cluster_runs_one_line_says_so(qa: RunQa, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("The key hangs behind the clock.")
    done = qa("index", "--ray", "auto", "--index", tmp_path / "index", tmp_path / "notes.txt")
    assert (done.code, done.out) == (3, "")
    (line,) = done.err.splitlines()
    assert line.startswith("qa: The Ray cluster at auto cannot be reached (")
    assert not (tmp_path / "index").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("ray_installed")
def test_a_cluster_of_this_machine_ends_with_the_command(qa: RunQa, corpus: Path, tmp_path: Path) -> None:
    with leaving_nothing():
        done = qa("index", "--ray", "local", "--index", tmp_path / "far", corpus, QA_THREADS="2")
    assert done.code == 0, done.err
    Indexer(Settings(corpus=corpus, index=tmp_path / "near")).update()
    assert_same(backend_of(tmp_path / "far"), backend_of(tmp_path / "near"))


@pytest.mark.slow
@pytest.mark.usefixtures("ray_installed")
def test_it_ends_with_an_interrupted_command_too(corpus: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    command = [QA, "index", "--ray", "local", "--index", index, corpus]
    with leaving_nothing():
        # A group of its own, which is what a terminal interrupts.
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
        while not index.exists():
            assert process.poll() is None
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 130
    assert said.startswith("qa: stopped; the next qa index goes on from what is done")
    assert not backend_of(index).exists()


@contextmanager
def leaving_nothing() -> Iterator[None]:
    """No folder of a cluster stays, and no process."""
    before = set(Path("/tmp").glob("qa-ray-*"))
    yield
    assert set(Path("/tmp").glob("qa-ray-*")) <= before
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "/tmp/qa-ray-" not in running


@pytest.mark.slow
@pytest.mark.usefixtures("ray_installed")
def test_a_cluster_that_no_task_fits_on_is_an_error_and_not_an_endless_wait(tmp_path: Path) -> None:
    settings = Settings(corpus=tmp_path, ray_task_memory=1 << 20)
    with pytest.raises(ClusterTooSmall, match="1,048,576 MB"), connected("local", settings):
        pass
