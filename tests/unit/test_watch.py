from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue

import pytest

from qa.index.writing.watch import changes_of


class Watched:
    """Listens to `changes_of` in a thread."""

    def __init__(self, corpus: Path, index: Path) -> None:
        self._seen: Queue[float] = Queue()
        threading.Thread(target=self._listen, args=(corpus, index), daemon=True).start()
        # The one at once, and the one when the watch stands.
        assert self.seen_within(30)
        assert self.seen_within(30)

    def _listen(self, corpus: Path, index: Path) -> None:
        for _ in changes_of(corpus, index):
            self._seen.put(time.monotonic())

    def seen_within(self, seconds: float) -> bool:
        try:
            self._seen.get(timeout=seconds)
        except Empty:
            return False
        return True

    def count_in(self, seconds: float) -> int:
        time.sleep(seconds)
        return self._seen.qsize()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "notes" / "deep").mkdir(parents=True)
    (tmp_path / "notes" / "a.txt").write_text("One.")
    return tmp_path / "notes"


@pytest.mark.parametrize(
    "change",
    [
        lambda corpus: (corpus / "new.txt").write_text("New."),
        lambda corpus: (corpus / "a.txt").write_text("Two."),
        lambda corpus: (corpus / "deep" / "new.txt").write_text("New."),
        lambda corpus: (corpus / "a.txt").unlink(),
        lambda corpus: (corpus / "a.txt").rename(corpus / "b.txt"),
    ],
    ids=["new", "edited", "deep", "deleted", "renamed"],
)
def test_every_kind_of_change_is_seen(corpus: Path, tmp_path: Path, change: Callable[[Path], object]) -> None:
    watched = Watched(corpus, tmp_path / "index")
    change(corpus)
    assert watched.seen_within(30)


def test_many_changes_at_once_are_one_and_its_own_writing_is_none(corpus: Path) -> None:
    (corpus / "index").mkdir()
    watched = Watched(corpus, corpus / "index")
    (corpus / "index" / "index.sqlite").write_bytes(b"x")
    assert watched.count_in(2) == 0
    for number in range(50):
        (corpus / f"{number}.txt").write_text("New.")
    assert watched.seen_within(30)
    assert watched.count_in(2) <= 1


def test_a_single_file_is_followed_when_an_editor_replaces_it(corpus: Path, tmp_path: Path) -> None:
    watched = Watched(corpus / "a.txt", tmp_path / "index")
    (corpus / "b.txt").write_text("Another file.")
    assert watched.count_in(2) == 0
    for text in ("Two.", "Three."):
        (corpus / ".a.txt.swp").write_text(text)
        (corpus / ".a.txt.swp").replace(corpus / "a.txt")
        assert watched.seen_within(30)
        time.sleep(1)


def test_a_corpus_that_goes_away_is_waited_for(corpus: Path, tmp_path: Path) -> None:
    watched = Watched(corpus, tmp_path / "index")
    corpus.rename(tmp_path / "away")
    while watched.seen_within(3):
        pass
    (tmp_path / "away").rename(corpus)
    assert watched.seen_within(30)
    assert watched.seen_within(30)
    (corpus / "new.txt").write_text("New.")
    assert watched.seen_within(30)


def test_it_yields_at_once(corpus: Path, tmp_path: Path) -> None:
    watching: Iterator[None] = changes_of(corpus, tmp_path / "index")
    started = time.process_time()
    next(watching)
    assert time.process_time() - started < 0.1
