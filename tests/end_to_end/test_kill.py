"""SIGKILL at random moments of an index build and of an update: afterwards it is the old index or the new, and answers."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from qa.index.index_reader import IndexReader
from qa.index.maintenance.verify import verify
from qa.index.writing.writer import update
from tests.conftest import ROOT
from tests.unit.models import card, encoder, index_folder, index_model

_MOMENTS = 15
_UPDATE = """
import sys
from pathlib import Path
from tests.end_to_end.test_kill import index_afresh
from tests.unit.models import encoder
encoder().encode(["warm"])
print("started", flush=True)
index_afresh(Path(sys.argv[1]), Path(sys.argv[2]))
print("done", flush=True)
"""


def fill(corpus: Path, files: range, word: str) -> None:
    corpus.mkdir(exist_ok=True)
    for number in files:
        text = "\n\n".join(
            f"The {word} of place {number} row {row} is painted in colour {row * number}." for row in range(12)
        )
        (corpus / f"{number}.txt").write_text(text)


def state(folder: Path) -> tuple[int, int, int] | None:
    """Documents, passages and vectors; None where there is no index."""
    if not (folder / "index.sqlite").exists():
        return None
    reader = IndexReader(folder, card())
    with reader.snapshot():
        nearest = reader.dense_search(encoder().encode(["colour of the gate"])[0], 10_000)
        passages = reader.passages([passage for passage, _ in nearest])
        assert all(passage.text for passage in passages)
        assert len(reader.bm25_search("painted", 10_000)) == reader.passage_count()
        found = (len(reader.documents()), reader.passage_count(), len(nearest))
    reader.close()
    return found


def run_killed(corpus: Path, folder: Path, after: float) -> bool:
    """Update in a process of its own and kill it; whether it had ended before."""
    with subprocess.Popen(
        [sys.executable, "-c", _UPDATE, corpus, folder],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "."},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        return process.stdout.read() == b"done\n"


def index_afresh(corpus: Path, folder: Path) -> None:
    """With the encoder itself, so that an update takes as long the second time."""
    update(corpus, folder, replace(index_model(), open_encoder=encoder))


def duration(corpus: Path, folder: Path) -> float:
    started = time.perf_counter()
    index_afresh(corpus, folder)
    return time.perf_counter() - started


@pytest.mark.parametrize("seed", range(_MOMENTS))
def test_a_build_that_is_killed(tmp_path: Path, seed: int) -> None:
    corpus, folder = tmp_path / "corpus", tmp_path / "index"
    fill(corpus, range(4), "gate")
    whole = duration(corpus, tmp_path / "reference")
    new = state(tmp_path / "reference")
    run_killed(corpus, folder, random.Random(seed).uniform(0, 1.3 * whole))
    assert state(folder) in (None, new)
    index_folder(corpus, folder)
    assert state(folder) == new


@pytest.mark.parametrize("seed", range(_MOMENTS))
def test_an_update_that_is_killed(tmp_path: Path, seed: int) -> None:
    corpus, folder, reference = tmp_path / "corpus", tmp_path / "index", tmp_path / "reference"
    fill(corpus, range(4), "gate")
    index_folder(corpus, folder)
    index_folder(corpus, reference)
    old = state(folder)
    fill(corpus, range(2, 8), "tower and the bridge")
    (corpus / "0.txt").unlink()
    whole = duration(corpus, reference)
    new = state(reference)
    assert old != new
    run_killed(corpus, folder, random.Random(seed).uniform(0, 1.3 * whole))
    assert state(folder) in (old, new)
    index_folder(corpus, folder)
    assert state(folder) == new
    assert len(list(folder.glob("*.faiss"))) == 1
    assert not list(folder.glob("*.new"))
    assert verify(folder).sound


def steps_of_writing(corpus: Path, folder: Path, at: Callable[[int], None]) -> None:
    """Update `folder`; once documents are taken in, `at` is told the number of each call and return of a function."""
    steps = itertools.count(1)

    def encoded(done: int, total: int) -> None:
        sys.setprofile(lambda *_: at(next(steps)))

    try:
        update(corpus, folder, index_model(), progress=encoded)
    finally:
        sys.setprofile(None)


def killed_at(step: int, corpus: Path, folder: Path) -> bool:
    """Update in a child process that kills itself at a step of its writing; whether it came to that."""
    child = os.fork()
    if child == 0:
        try:
            steps_of_writing(corpus, folder, lambda now: os.kill(os.getpid(), signal.SIGKILL) if now == step else None)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def kills_while_writing(scratch: Path, times: int) -> Iterator[str]:
    """Kill an update at `times` steps, evenly from the first to the last, each time from the same old index."""
    corpus, before, reference, folder = (scratch / name for name in ("corpus", "before", "reference", "index"))
    fill(corpus, range(3), "gate")
    index_folder(corpus, before)
    old = state(before)
    (corpus / "new.txt").write_text("The gate of a new place is painted.")
    (corpus / "0.txt").unlink()
    (corpus / "1.txt").rename(corpus / "one.txt")
    last = 0

    def note(step: int) -> None:
        nonlocal last
        last = step

    # Twice: what is done once in a process is no step of those that are killed.
    for copy in (scratch / "first", reference):
        shutil.copytree(before, copy)
        steps_of_writing(corpus, copy, note)
    new = state(reference)
    for number in range(times):
        shutil.copytree(before, folder)
        killed = killed_at(1 + number * (last - 1) // max(1, times - 1), corpus, folder)
        now, sound = state(folder), verify(folder).sound
        index_folder(corpus, folder)
        mended = state(folder) == new and verify(folder).sound
        left = [file.name for file in folder.iterdir() if file.suffix in (".new", ".part")]
        whole = killed and sound and mended and not left and len(list(folder.glob("*.faiss"))) == 1
        yield "old" if whole and now == old else "new" if whole and now == new else f"wrong at step {number} of {last}"
        shutil.rmtree(folder)


def test_an_update_that_is_killed_at_any_step_of_its_writing(tmp_path: Path) -> None:
    came = Counter(kills_while_writing(tmp_path, 40))
    assert set(came) == {"old", "new"}
