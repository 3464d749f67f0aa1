"""What is said where there is no cluster, and that a small one of this machine is enough."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from qa.index.backends import backend_of
from qa.index.service import Indexer
from qa.settings import Settings
from tests.conftest import RunQa
from tests.distributed.clusters import assert_same


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "auto"])
def test_an_address_where_nothing_answers_is_one_line(qa: RunQa, tmp_path: Path, address: str) -> None:
    (tmp_path / "notes.txt").write_text("The key hangs behind the clock.")
    done = qa("index", "--ray", address, "--index", tmp_path / "index", tmp_path / "notes.txt")
    assert (done.code, done.out) == (3, "")
    (line,) = done.err.splitlines()
    assert line.startswith(f"qa: The Ray cluster at {address} cannot be reached (")
    assert not (tmp_path / "index").exists()


@pytest.mark.slow
def test_a_cluster_of_this_machine_ends_with_the_command(qa: RunQa, corpus: Path, tmp_path: Path) -> None:
    before = set(Path("/tmp").glob("qa-ray-*"))
    done = qa("index", "--ray", "local", "--index", tmp_path / "far", corpus, QA_THREADS="2")
    assert done.code == 0, done.err
    Indexer(Settings(corpus=corpus, index=tmp_path / "near")).update()
    assert_same(backend_of(tmp_path / "far"), backend_of(tmp_path / "near"))
    assert set(Path("/tmp").glob("qa-ray-*")) <= before
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "/tmp/qa-ray-" not in running


def test_other_work_of_the_command_has_no_cluster(qa: RunQa, tmp_path: Path) -> None:
    done = qa("index", "--ray", "local", "--watch", tmp_path)
    assert (done.code, done.err.splitlines()[0][:30]) == (2, "qa: --ray is for indexing docu")


@pytest.mark.parametrize("address", ["somewhere", "host:0", "host:99999", "http://host:6379", "a b:1"])
def test_what_is_no_address_is_wrong_use(qa: RunQa, tmp_path: Path, address: str) -> None:
    done = qa("index", "--ray", address, tmp_path)
    assert done.code == 2
    assert "is no address of a Ray cluster" in done.err


def test_without_ray_one_line_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("The key hangs behind the clock.")
    code = (
        "import sys; sys.modules['ray'] = None\n"
        "from qa.cli.main import run\nprint(run(['index', '--ray', 'local', '--index', 'index', 'notes.txt']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.split() == ["3"], done.stderr
    assert done.stderr == "qa: Indexing on a cluster needs Ray, which is not installed. pip install 'qa[ray]'\n"


def test_nothing_of_ray_is_imported_where_it_is_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("The key hangs behind the clock.")
    code = (
        "import sys\nfrom qa.cli.main import run\nassert run(['index', '--index', 'index', 'notes.txt']) == 0\n"
        "assert 'ray' not in sys.modules and 'qa.index.distributed' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, capture_output=True)
