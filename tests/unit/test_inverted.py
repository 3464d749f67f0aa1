"""An index of many passages: vectors in lists, of which a question needs few, and each of them proved before it is used."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import apsw
import numpy as np
import pytest

from qa.errors import QaError
from qa.filters import Filter
from qa.index import vectors
from qa.index.checksums import checking_vfs
from qa.index.database import FILE_NAME
from qa.index.inverted import LEAST_PROBED, InvertedVectors, number_of_lists
from qa.index.reader import IndexReader
from qa.index.repair import repair
from qa.index.verify import verify
from qa.retriever import retrieve
from tests.damage import damage
from tests.unit.models import card, encoder, index_folder, index_model

QUESTIONS = ("Which gate is blue?", "Where does the road to the harbour end?", "gate 117")
SUBJECTS = ("gate", "road", "harbour", "tower", "bridge", "garden", "wall", "well")
COLOURS = ("blue", "red", "green", "white", "black")


def fill(corpus: Path, files: range) -> None:
    corpus.mkdir(exist_ok=True)
    for number in files:
        # Each a sentence that fills a passage.
        rows = (
            f"The {SUBJECTS[(number + row) % 8]} {number * 40 + row} is {COLOURS[row % 5]} and ends at house {row * 7}"
            f"{' beside the old mill that the river drives' * 8}."
            for row in range(40)
        )
        (corpus / f"{number}.txt").write_text("\n\n".join(rows))


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "MOST_FLAT", 100)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus, its index with lists, and beside it one without."""
    place = tmp_path_factory.mktemp("inverted")
    fill(place / "corpus", range(12))
    index_folder(place / "corpus", place / "flat")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(vectors, "MOST_FLAT", 100)
        index_folder(place / "corpus", place / "index")
    return place


@pytest.fixture
def index(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built / "index", tmp_path / "index"))


def found(folder: Path, only: Filter | None = None) -> list[list[tuple[int, float]]]:
    """Ids and scores of what is found for each of the questions."""
    reader = IndexReader(folder, card())
    try:
        hits = [retrieve(reader, text, encoder().encode([text])[0], 20, only) for text in QUESTIONS]
    finally:
        reader.close()
    return [[(hit.passage.id, round(hit.score, 4)) for hit in each] for each in hits]


def test_it_is_kept_in_lists(index: Path) -> None:
    assert len(list(index.glob("*.lists"))) == 1
    reader = IndexReader(index, card())
    assert isinstance(reader._state.vectors, InvertedVectors)
    reader.close()
    assert {path.suffix for path in index.iterdir()} <= {".faiss", ".lists", ".sqlite", ""}
    assert verify(index).sound


def test_where_all_lists_are_looked_into_it_finds_what_a_flat_index_finds(index: Path, built: Path) -> None:
    assert number_of_lists(12 * 40) <= LEAST_PROBED
    assert found(index) == found(built / "flat")


@pytest.mark.parametrize("only", [Filter(path="3.txt"), Filter(path=("1*.txt", "2.txt"))])
@pytest.mark.parametrize("few", [0, 50_000])
def test_a_filter_finds_what_a_flat_index_finds(
    index: Path, built: Path, only: Filter, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.index.reader._FEW", few)
    assert found(index, only) == found(built / "flat", only)


def test_a_change_is_found_and_the_files_of_before_go(index: Path, built: Path, tmp_path: Path) -> None:
    corpus = Path(shutil.copytree(built / "corpus", tmp_path / "corpus"))
    index_folder(corpus, index)
    (corpus / "new.txt").write_text("The lighthouse is striped like a zebra.")
    report = index_folder(corpus, index)
    assert (report.added, report.encoded) == (("new.txt",), 1)
    assert len(list(index.glob("vectors-*"))) == 2
    reader = IndexReader(index, card())
    best = retrieve(reader, "What is striped?", encoder().encode(["What is striped?"])[0], 1)
    assert best[0].passage.path == "new.txt"
    reader.close()
    assert verify(index).sound


def test_an_index_that_shrinks_has_no_lists_any_more(index: Path, built: Path, tmp_path: Path) -> None:
    corpus = Path(shutil.copytree(built / "corpus", tmp_path / "corpus"))
    for number in range(1, 12):
        (corpus / f"{number}.txt").unlink()
    index_folder(corpus, index)
    assert [path.suffix for path in index.glob("vectors-*")] == [".faiss"]
    assert verify(index).sound


@pytest.mark.parametrize("kind", ["flip", "cut", "delete"])
@pytest.mark.parametrize("file", ["*.lists", "*.faiss"])
def test_whatever_happens_to_the_files_what_is_found_is_right(built: Path, index: Path, kind: str, file: str) -> None:
    right = found(built / "flat")
    chance = random.Random(f"{kind} {file}")
    for _ in range(6 if kind != "delete" else 1):
        shutil.rmtree(index)
        shutil.copytree(built / "index", index)
        done = damage(index, kind, chance, next(index.glob(file)))
        assert found(index) == right, done
        assert not verify(index).sound, done
        repair(built / "corpus", index, index_model())
        assert verify(index).sound
        assert found(index) == right


def test_a_list_that_was_right_when_the_index_was_opened_may_go_wrong(index: Path, built: Path) -> None:
    reader = IndexReader(index, card())
    file = next(index.glob("*.lists"))
    with file.open("r+b") as opened:
        opened.write(bytes(file.stat().st_size))
    vector = encoder().encode([QUESTIONS[0]])[0]
    flat = IndexReader(built / "flat", card())
    with reader.snapshot(), flat.snapshot():
        near, right = reader.nearest(vector, 20), flat.nearest(vector, 20)
    assert [passage for passage, _ in near] == [passage for passage, _ in right]
    for each in (reader, flat):
        each.close()


def test_a_vector_of_the_wrong_size_is_a_named_error(index: Path, built: Path) -> None:
    connection = apsw.Connection(str(index / FILE_NAME), vfs=checking_vfs())
    connection.execute("UPDATE vectors SET vector = x'00' WHERE passage = 7")
    connection.close()
    next(index.glob("*.lists")).unlink()
    with pytest.raises(QaError, match="wrong size"):
        found(index)


def test_more_vectors_have_more_lists_and_each_list_can_be_trained() -> None:
    assert [number_of_lists(total) for total in (1, 200, 100_000, 1_000_000)] == [1, 3, 512, 2048]


def test_the_digests_say_nothing_of_the_machine(index: Path) -> None:
    head = next(index.glob("*.faiss")).read_bytes()
    assert str(index.parent).encode() not in head


def test_unit_vectors_come_back_as_they_were_stored(index: Path) -> None:
    reader = IndexReader(index, card())
    held = reader._state.vectors
    lengths = np.concatenate([np.linalg.norm(rows, axis=1) for _, rows in held.blocks()])
    assert lengths == pytest.approx(1, abs=2e-3)
    assert len(lengths) == len(held) == 480
    reader.close()
