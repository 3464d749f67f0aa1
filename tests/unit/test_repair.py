from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from qa.errors import IndexBeyondRepair, IndexMissing, IndexOfOtherProgram
from qa.index.index_reader import IndexReader
from qa.index.maintenance.repair import RepairReport, repair
from qa.index.maintenance.verify import verify
from qa.index.records import StoredPassage
from qa.index.sqlite.database import FILE_NAME, PAGE_BYTES
from tests.unit.models import card, index_folder, index_model
from tests.unit.test_index import everything, tamper

DOCUMENTS = 12


@pytest.fixture(scope="module")
def whole_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    (folder / "corpus").mkdir()
    for number in range(DOCUMENTS):
        words = " ".join(f"Row {row} of place {number} is painted in colour {row * number}." for row in range(30))
        (folder / "corpus" / f"{number}.md").write_text(f"# Place {number}\n\n{words}\n")
    index_folder(folder / "corpus", folder / "index")
    return folder / "index"


@pytest.fixture
def index(whole_index: Path, tmp_path: Path) -> Path:
    """An index whose documents are away."""
    return Path(shutil.copytree(whole_index, tmp_path / "index"))


def contents(folder: Path) -> set[StoredPassage]:
    """Every passage as it is read for an answer, whatever its id."""
    reader = IndexReader(folder, card())
    with reader.snapshot():
        found = {replace(passage, id=0) for passage in reader.passages(everything(reader))}
        assert len(reader.bm25_search("painted", 10_000)) == len(found) == reader.passage_count()
    reader.close()
    return found


def mended(folder: Path) -> RepairReport:
    return repair(folder.parent / "corpus", folder, index_model())


def damage_page(folder: Path, number: int, content: bytes) -> None:
    with (folder / FILE_NAME).open("r+b") as file:
        file.seek((number - 1) * PAGE_BYTES)
        file.write(content)


def problems(folder: Path) -> str:
    return "\n".join(line for check in verify(folder).checks for line in check.problems)


def test_a_sound_index_is_left_as_it_is(index: Path) -> None:
    before = (index / FILE_NAME).read_bytes()
    found = verify(index)
    assert found.sound
    assert {check.name: check.checked for check in found.checks}["documents"] == DOCUMENTS
    assert not mended(index).mended
    assert (index / FILE_NAME).read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE passages SET text = replace(text, 'place', 'space') WHERE id = 3", "the text of passage 3"),
        ('UPDATE passages SET start = start + 1, "end" = "end" + 1 WHERE id = 3', "the text of passage 3"),
        ("UPDATE passages SET line = line + 1 WHERE id = 3", "the line of passage 3"),
        ("UPDATE passages SET heading = 'Another' WHERE id = 3", "the page or heading of passage 3"),
        ("DELETE FROM passages WHERE id = 3", "were made of it"),
        ("DELETE FROM vectors WHERE passage = 3", "passage 3 has no vector"),
        ("UPDATE vectors SET vector = zeroblob(768) WHERE passage = 3", "the vector of passage 3 is not as it was"),
        ("UPDATE vectors SET key = x'00' WHERE passage = 3", "the vector of passage 3 is that of another text"),
        ("UPDATE documents SET path = 'x.md' WHERE id = 3", "x.md: its text is not the one"),
        ("INSERT INTO words(words, rowid, text) VALUES ('delete', 3, 'row')", "the words are not those"),
        ("INSERT INTO words(words) VALUES ('delete-all')", "the words are not those"),
        ("UPDATE manifest SET value = '1' WHERE name = 'next_passage_id'", "not given out yet"),
        ("DELETE FROM manifest WHERE name = 'dimension'", "manifest lacks"),
        ("DELETE FROM documents WHERE id = 3", "belongs to no row of documents"),
    ],
)
def test_every_disagreement_is_found_and_mended(index: Path, statement: str, said: str) -> None:
    whole = contents(index)
    tamper(index, statement)
    assert said in problems(index)
    report = mended(index)
    assert report.mended
    assert verify(index).sound
    lost = {passage for passage in whole if passage not in contents(index)}
    assert {passage.path for passage in lost} <= ({"10.md"} if "documents" in statement else set())
    assert contents(index) <= whole


def test_a_faiss_file_that_is_gone_or_changed_is_found_and_mended(index: Path) -> None:
    whole = contents(index)
    for damage in (lambda file: file.unlink(), lambda file: file.write_bytes(file.read_bytes()[:-1])):
        file = next(index.glob("*.faiss"))
        damage(file)
        assert file.name in problems(index)
        assert mended(index).encoded == 0
        assert verify(index).sound
    assert contents(index) == whole


def test_whichever_page_is_lost_the_rest_is_mended_without_the_documents(index: Path) -> None:
    whole, intact = contents(index), (index / FILE_NAME).read_bytes()
    pages = len(intact) // PAGE_BYTES
    beyond = []
    for number in [1, 2, 3, 4, *random.Random(6).sample(range(5, pages + 1), 10)]:
        (index / FILE_NAME).write_bytes(intact)
        damage_page(index, number, random.Random(number).randbytes(PAGE_BYTES))
        assert f"page {number} of" in problems(index)
        try:
            report = mended(index)
        except IndexBeyondRepair:
            beyond.append(number)
            continue
        assert verify(index).sound
        assert report.documents + len(report.lost) == DOCUMENTS
        assert contents(index) == {passage for passage in whole if passage.path not in report.lost}
    # Without the page from which all documents are reached, none is.
    assert len(beyond) <= 1


@pytest.mark.parametrize("share", [0.97, 0.6])
def test_a_database_that_was_cut_off(index: Path, share: float) -> None:
    whole, intact = contents(index), (index / FILE_NAME).read_bytes()
    (index / FILE_NAME).write_bytes(intact[: int(len(intact) * share)])
    assert not verify(index).sound
    report = mended(index)
    assert verify(index).sound
    assert report.documents
    assert contents(index) <= whole


def test_where_nothing_is_left_nothing_is_touched(index: Path, tmp_path: Path) -> None:
    garbage = random.Random(0).randbytes(50_000)
    for content in (b"", garbage):
        (index / FILE_NAME).write_bytes(content)
        assert not verify(index).sound
        with pytest.raises(IndexBeyondRepair, match="--rebuild"):
            mended(index)
        assert (index / FILE_NAME).read_bytes() == content
    with pytest.raises(IndexMissing):
        mended(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_the_database_of_another_program_is_not_mended(index: Path) -> None:
    import sqlite3

    (index / FILE_NAME).unlink()
    connection = sqlite3.connect(index / FILE_NAME)
    connection.execute("CREATE TABLE mine (x)")
    connection.close()
    before = (index / FILE_NAME).read_bytes()
    with pytest.raises(IndexOfOtherProgram):
        mended(index)
    assert (index / FILE_NAME).read_bytes() == before
