"""A long build that is killed loses seconds of work, not hours; what it left is used for the same purpose only."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from qa.errors import IndexNotWritable
from qa.index.maintenance.verify import verify
from qa.index.writing import encoding, pending
from qa.index.writing.writer import IndexModel, UpdateReport, update
from qa.inference.encoder import passage_tokenizer
from qa.text.passages import Splitter
from tests.unit.models import CountingEncoder, index_folder, index_model
from tests.unit.test_index import texts
from tests.unit.test_updates import files_of_at_most

PASSAGES = 60


@pytest.fixture(autouse=True)
def kept_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything small: each slab is ten passages, and what is done is kept after each."""
    monkeypatch.setattr(pending, "_KEPT_EVERY", 0.0)
    monkeypatch.setattr(encoding, "_SLAB", 10)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "corpus").mkdir()
    for number in range(6):
        write(tmp_path / "corpus", number, "gate")
    return tmp_path / "corpus"


def write(corpus: Path, number: int, subject: str) -> None:
    # One sentence that fills a passage.
    long = " and every house behind it has a roof of red tiles" * 7
    rows = (f"The {subject} {number} {row} is open{long}." for row in range(10))
    (corpus / f"{number}.txt").write_text("\n\n".join(rows))


class Stopping(CountingEncoder):
    """Stops everything when it is asked for more than `most` texts."""

    def __init__(self, most: int, stop: Callable[[], None]) -> None:
        super().__init__()
        self.most, self.stop = most, stop

    def encode(self, given):  # type: ignore[no-untyped-def]
        if len(self.encoded) + len(given) > self.most:
            self.stop()
        return super().encode(given)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(corpus: Path, folder: Path, after: int, model: IndexModel | None = None, **options: bool) -> None:
    """Update in a child process that is killed when it has encoded `after` texts."""
    child = os.fork()
    if child == 0:
        try:
            model = model or index_model()
            update(corpus, folder, replace(model, open_encoder=lambda: Stopping(after, kill)), **options)
        finally:
            os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert left(folder)


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*.new*")]


def resumed(corpus: Path, folder: Path, model: IndexModel | None = None, **options: bool) -> tuple[UpdateReport, int]:
    """The report of an update, and how many texts were encoded for it."""
    counting = CountingEncoder()
    model = model or index_model()
    report = update(corpus, folder, replace(model, open_encoder=lambda: counting), **options)
    assert not left(folder)
    assert verify(folder).sound
    return report, len(counting.encoded)


def same_as_anew(corpus: Path, folder: Path) -> bool:
    anew = folder.parent / "anew"
    index_folder(corpus, anew, rebuild=True)
    return texts(anew) == texts(folder) and texts(anew, "gate") == texts(folder, "gate")


@pytest.mark.parametrize("after", [0, 10, 40, 50])
def test_a_build_goes_on_where_it_was_killed(corpus: Path, tmp_path: Path, after: int) -> None:
    killed(corpus, tmp_path / "index", after)
    assert not (tmp_path / "index" / "index.sqlite").exists()
    report, encoded = resumed(corpus, tmp_path / "index")
    assert encoded == report.encoded == PASSAGES - after
    assert report.passages == PASSAGES
    assert report.added == tuple(sorted(path.name for path in corpus.iterdir())), "all are new to who asks"
    assert report.unchanged == 0
    assert same_as_anew(corpus, tmp_path / "index")


def test_a_build_may_be_killed_again_and_again(corpus: Path, tmp_path: Path) -> None:
    for _ in range(4):
        killed(corpus, tmp_path / "index", 10)
    assert resumed(corpus, tmp_path / "index")[1] == PASSAGES - 40


def test_an_update_goes_on_where_it_was_killed_and_the_old_index_answers_meanwhile(
    corpus: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    index_folder(corpus, folder)
    old = texts(folder)
    for number in range(3, 9):
        write(corpus, number, "tower")
    killed(corpus, folder, 30)
    assert texts(folder) == old
    assert verify(folder).sound
    report, encoded = resumed(corpus, folder)
    assert (encoded, report.passages) == (30, 90)
    assert same_as_anew(corpus, folder)


def test_what_changed_since_is_taken_in(corpus: Path, tmp_path: Path) -> None:
    killed(corpus, tmp_path / "index", 40)
    write(corpus, 0, "tower")
    (corpus / "1.txt").unlink()
    (corpus / "2.txt").rename(corpus / "two.txt")
    report, encoded = resumed(corpus, tmp_path / "index")
    assert (report.changed, report.removed, report.renamed) == (("0.txt",), ("1.txt",), (("2.txt", "two.txt"),))
    assert encoded == 10 + PASSAGES - 40
    assert same_as_anew(corpus, tmp_path / "index")


def test_an_interrupted_build_goes_on_too(corpus: Path, tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update(corpus, tmp_path / "index", replace(index_model(), open_encoder=lambda: Stopping(20, interrupt)))
    assert resumed(corpus, tmp_path / "index")[1] == PASSAGES - 20


def test_what_was_cut_otherwise_or_for_another_corpus_is_not_used(corpus: Path, tmp_path: Path) -> None:
    other = replace(index_model(), splitter=Splitter(passage_tokenizer(), 128))
    killed(corpus, tmp_path / "index", 20, other)
    assert resumed(corpus, tmp_path / "index")[1] == PASSAGES
    moved = corpus.rename(tmp_path / "moved")
    write(moved, 7, "tower")
    killed(moved, tmp_path / "two", 20)
    assert resumed(moved.rename(corpus), tmp_path / "two")[1] == PASSAGES + 10


def test_rebuild_begins_anew(corpus: Path, tmp_path: Path) -> None:
    killed(corpus, tmp_path / "index", 20)
    assert resumed(corpus, tmp_path / "index", rebuild=True)[1] == PASSAGES


@pytest.mark.parametrize("where", [0.0, 0.3, 0.6, 0.99])
def test_what_was_left_may_be_damaged(corpus: Path, tmp_path: Path, where: float) -> None:
    killed(corpus, tmp_path / "index", 40)
    file = next((tmp_path / "index").glob("*.new"))
    data = bytearray(file.read_bytes())
    start = int(where * len(data))
    data[start : start + 5000] = bytes(5000)
    file.write_bytes(data)
    (tmp_path / "index" / f"{file.name}-journal").unlink(missing_ok=True)
    assert resumed(corpus, tmp_path / "index")[1] == PASSAGES
    assert same_as_anew(corpus, tmp_path / "index")


def test_a_full_disk_leaves_nothing_behind(corpus: Path, tmp_path: Path) -> None:
    with files_of_at_most(100_000), pytest.raises(IndexNotWritable):
        index_folder(corpus, tmp_path / "index")
    assert not left(tmp_path / "index")
