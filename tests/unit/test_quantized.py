"""An index of many passages: a short code of each vector says which vectors of the database are compared."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import apsw
import numpy as np
import pytest

from qa.errors import QaError
from qa.filters import Filter
from qa.index.index_reader import IndexReader
from qa.index.maintenance.verify import verify
from qa.index.sqlite.checksums import checking_vfs
from qa.index.sqlite.database import FILE_NAME
from qa.index.vectors import faiss_file as faissfile
from qa.index.vectors import quantized
from qa.index.vectors import vector_file as vectors
from qa.index.vectors.flat import FlatVectors
from qa.index.vectors.quantized import QuantizedVectors
from qa.pipeline.retriever import retrieve
from tests.damage import damage
from tests.unit.models import card, encoder, index_folder

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
    """A corpus, its index with codes, and beside it one without."""
    place = tmp_path_factory.mktemp("quantized")
    fill(place / "corpus", range(6))
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


def test_it_is_kept_in_codes(index: Path, built: Path) -> None:
    reader = IndexReader(index, card())
    assert isinstance(reader._state.vectors, QuantizedVectors)
    assert len(reader._state.vectors) == 240
    reader.close()
    sizes = [next(folder.glob("*.faiss")).stat().st_size for folder in (index, built / "flat")]
    rotation = 4 * 384 * 384
    assert sizes[0] - rotation < sizes[1] / 15
    assert verify(index).sound


@pytest.mark.parametrize("most_read", [0, faissfile.MOST_READ])
def test_where_all_are_candidates_it_finds_what_a_flat_index_finds(
    index: Path, built: Path, most_read: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faissfile, "MOST_READ", most_read)
    assert found(index) == found(built / "flat")


def test_of_few_candidates_most_of_the_nearest_are_found_and_no_cosine_is_a_guess(
    index: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantized, "CANDIDATES", 60)
    readers = IndexReader(index, card()), IndexReader(built / "flat", card())
    for vector in encoder().encode(list(QUESTIONS)):
        near, right = (dict(reader.dense_search(vector, 10)) for reader in readers)
        assert len(near.keys() & right.keys()) >= 7
        assert list(near.values()) == sorted(near.values(), reverse=True)
        for passage in near.keys() & right.keys():
            assert near[passage] == pytest.approx(right[passage], abs=1e-6)
    for reader in readers:
        reader.close()


@pytest.mark.parametrize("only", [Filter(path="3.txt"), Filter(path=("1*.txt", "2.txt"))])
@pytest.mark.parametrize("candidates", [1, 1_000])
def test_a_filter_finds_what_a_flat_index_finds(
    index: Path, built: Path, only: Filter, candidates: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantized, "CANDIDATES", candidates)
    near, right = found(index, only), found(built / "flat", only)
    assert [len(each) for each in near] == [len(each) for each in right]
    if candidates > 480:
        assert near == right


def test_an_index_made_twice_has_the_same_file(index: Path, tmp_path: Path) -> None:
    file = next(index.glob("*.faiss"))
    before = file.read_bytes()
    file.unlink()
    found(index)
    assert file.read_bytes() == before


def test_a_change_is_found_and_the_files_of_before_go(index: Path, built: Path, tmp_path: Path) -> None:
    corpus = Path(shutil.copytree(built / "corpus", tmp_path / "corpus"))
    index_folder(corpus, index)
    (corpus / "new.txt").write_text("The lighthouse is striped like a zebra.")
    report = index_folder(corpus, index)
    assert (report.added, report.encoded) == (("new.txt",), 1)
    assert len(list(index.glob("vectors-*"))) == 1
    reader = IndexReader(index, card())
    best = retrieve(reader, "What is striped?", encoder().encode(["What is striped?"])[0], 1)
    assert best[0].passage.path == "new.txt"
    reader.close()
    assert verify(index).sound


def test_an_index_that_shrinks_has_no_codes_any_more(index: Path, built: Path, tmp_path: Path) -> None:
    corpus = Path(shutil.copytree(built / "corpus", tmp_path / "corpus"))
    for number in range(1, 6):
        (corpus / f"{number}.txt").unlink()
    index_folder(corpus, index)
    reader = IndexReader(index, card())
    assert isinstance(reader._state.vectors, FlatVectors)
    reader.close()
    assert verify(index).sound


@pytest.mark.parametrize("kind", ["flip", "cut", "delete"])
def test_whatever_happens_to_the_file_what_is_found_is_right(built: Path, index: Path, kind: str) -> None:
    right = found(built / "flat")
    chance = random.Random(kind)
    for _ in range(6 if kind != "delete" else 1):
        shutil.rmtree(index)
        shutil.copytree(built / "index", index)
        done = damage(index, kind, chance, next(index.glob("*.faiss")))
        assert not verify(index).sound, done
        assert found(index) == right, done
        assert verify(index).sound, "asking has written it again"


def test_a_file_that_is_overwritten_while_it_is_in_use_does_no_harm(index: Path, built: Path) -> None:
    reader = IndexReader(index, card())
    file = next(index.glob("*.faiss"))
    with file.open("r+b") as opened:
        opened.write(bytes(file.stat().st_size))
    vector = encoder().encode([QUESTIONS[0]])[0]
    flat = IndexReader(built / "flat", card())
    with reader.snapshot(), flat.snapshot():
        near, right = reader.dense_search(vector, 20), flat.dense_search(vector, 20)
    assert [passage for passage, _ in near] == [passage for passage, _ in right]
    for each in (reader, flat):
        each.close()


def test_vectors_that_are_not_those_of_the_codes_are_noticed(index: Path) -> None:
    connection = apsw.Connection(str(index / FILE_NAME), vfs=checking_vfs())
    stored = connection.execute("SELECT vector FROM vectors WHERE passage = 7").get
    turned = (-np.frombuffer(stored, np.float16)).tobytes()
    connection.execute("UPDATE vectors SET vector = ? WHERE passage = 7", (turned,))
    connection.close()
    found_wrong = [problem for check in verify(index).checks for problem in check.problems]
    assert any("passage 7 differs" in problem for problem in found_wrong), found_wrong


def test_a_vector_of_the_wrong_size_is_a_named_error(index: Path, built: Path) -> None:
    connection = apsw.Connection(str(index / FILE_NAME), vfs=checking_vfs())
    connection.execute("UPDATE vectors SET vector = x'00' WHERE passage = 7")
    connection.close()
    with pytest.raises(QaError, match="wrong size"):
        found(index)
