"""With very many passages a query is looked up by its rarer words."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.index.index_reader import IndexReader
from qa.index.maintenance.verify import verify
from qa.index.sqlite import frequent_terms as common
from tests.unit.models import card, index_folder


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twenty passages with the word gate, five of them with tower as well, one with lighthouse."""
    for name, value in (("_SMALL", 10), ("_FREQUENT", 5), ("MOST_SCORED", 12)):
        monkeypatch.setattr(common, name, value)
    (tmp_path / "corpus").mkdir()
    for number in range(20):
        more = " by the towers" * (number % 4 == 0) + " of the lighthouse" * (number == 3)
        (tmp_path / "corpus" / f"{number:02}.txt").write_text(f"Gate {number} is open{more}.")
    index_folder(tmp_path / "corpus", tmp_path / "index")
    return tmp_path / "index"


def found(index: Path, query: str) -> list[str]:
    reader = IndexReader(index, card())
    with reader.snapshot():
        passages = reader.passages([passage for passage, _ in reader.bm25_search(query, 100)])
    reader.close()
    return [passage.path for passage in passages]


def test_frequent_words_are_left_out_where_a_rarer_one_says_more(index: Path) -> None:
    assert found(index, "Is a gate open at a lighthouse?") == ["03.txt"]
    assert set(found(index, "Which gate is by a tower?")) == {"00.txt", "04.txt", "08.txt", "12.txt", "16.txt"}


def test_of_frequent_words_alone_the_rarest_is_looked_up(index: Path) -> None:
    assert len(found(index, "Which gate?")) == 20
    assert found(index, "") == found(index, "?!") == []


def test_a_word_that_stands_nowhere_does_not_hide_the_others(index: Path) -> None:
    assert len(found(index, "gate zebra")) == 20


def test_words_of_several_stems_are_quoted_as_ever(index: Path) -> None:
    assert found(index, 'the_lighthouse NEAR(a* "') == ["03.txt"]


def test_the_index_is_sound_and_a_small_one_notes_nothing(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verify(index).sound
    monkeypatch.setattr(common, "_SMALL", 1000)
    index_folder(index.parent / "corpus", index, rebuild=True)
    assert len(found(index, "Is the gate open at the lighthouse?")) == 20
