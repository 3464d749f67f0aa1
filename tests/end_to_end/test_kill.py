"""SIGKILL at any step of the writing of an update: afterwards it is the old index or the new, and answers."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from qa.index.index_reader import IndexReader
from qa.index.maintenance.verify import verify
from qa.index.writing.writer import update
from tests.unit.models import card, encoder, index_folder, index_model


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
