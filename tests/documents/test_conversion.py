"""The worker process: started when it is needed, used for all files, replaced when it dies, and gone at the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from qa.documents.conversion import ConversionLimits, Converter
from qa.documents.formats import converted
from qa.documents.model import Unreadable
from tests.documents import made

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are watched through /proc")


@pytest.fixture
def converter() -> Iterator[Converter]:
    made_here = Converter(ConversionLimits())
    yield made_here
    made_here.close()


def children() -> set[int]:
    """Process ids of the children of this process."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        # A thread may end between being listed and being asked.
        with suppress(FileNotFoundError, ProcessLookupError):
            found |= {int(pid) for pid in (task / "children").read_text().split()}
    return found


def test_one_worker_serves_all_files_and_is_gone_at_the_end(converter: Converter) -> None:
    before = children()
    for _ in range(3):
        assert "Ada Orla" in converter.convert(converted("CSV"), made.csv()).text
        (worker,) = children() - before
    assert "900 crowns" in converter.convert(converted("Word"), made.word()).text
    assert children() - before == {worker}
    converter.close()
    assert children() == before


def test_a_folder_of_plain_text_starts_no_worker(tmp_path: Path) -> None:
    from qa.documents import Loader, sources

    for name in ("a.txt", "b.md", "c.py", "d.txt.gz"):
        (tmp_path / name).write_bytes(made.gzipped(b"text") if name.endswith(".gz") else b"text")
    before = children()
    with Loader() as loader:
        assert [loader.load(source).text for source in sources(tmp_path, skip=print)] == ["text"] * 4
        assert children() == before


def test_a_worker_that_dies_takes_one_file_with_it(converter: Converter) -> None:
    before = children()
    converter.convert(converted("CSV"), made.csv())
    (worker,) = children() - before
    killer = threading.Timer(0.2, os.kill, (worker, signal.SIGSEGV))
    killer.start()
    with pytest.raises(Unreadable, match="ended the process that ran it \\(signal 11\\)"):
        converter.convert(converted("JSON"), b"[" + b'{"a": [1, 2, {"b": 3}]},' * 500_000 + b"0]")
    assert "Ada Orla" in converter.convert(converted("CSV"), made.csv()).text


def test_a_worker_that_died_between_two_files_is_replaced(converter: Converter) -> None:
    before = children()
    converter.convert(converted("CSV"), made.csv())
    (worker,) = children() - before
    os.kill(worker, signal.SIGKILL)
    os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
    assert "Ada Orla" in converter.convert(converted("CSV"), made.csv()).text


def test_a_worker_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import time; from qa.documents.conversion import Converter, ConversionLimits;"
            "from qa.documents.formats import converted; from tests.documents import made;"
            "c = Converter(ConversionLimits()); c.convert(converted('CSV'), made.csv()); print(c._worker.pid, flush=True);"
            "time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        if not is_running(worker):
            return
        time.sleep(0.1)
    raise AssertionError("the worker is still there")


def is_running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_nothing_beside_the_corpus_is_imported(tmp_path: Path) -> None:
    """A file named like a library, where one stands, is not taken for it."""
    (tmp_path / "csv.py").write_text("open('imported', 'w')")
    (tmp_path / "docx.py").write_text("open('imported', 'w')")
    code = (
        "from qa.documents.conversion import Converter, ConversionLimits; from qa.documents.formats import converted; import sys;"
        "c = Converter(ConversionLimits()); print(c.convert(converted('Word'), open(sys.argv[1], 'rb').read()).text); c.close()"
    )
    (tmp_path / "a.docx").write_bytes(made.word())
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, "a.docx"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "900 crowns" in done.stdout
    assert not (tmp_path / "imported").exists()
