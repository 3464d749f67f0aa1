"""Rewording needs a WordNet: here one of three synsets, in the real files' format."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

pytest.importorskip("lemminflect", reason="the extra qa[train] is not installed")

from qa.errors import QaError
from qa.training.data.phrasing import Phrasing, misspelt, rephrased, reworded, swaps
from qa.training.data.training_rows import TrainingRow
from qa.training.data.wordnet import WordNet

DATA = {
    "noun": ["00000001 04 n 02 hire 0 leasing 1 000 | what one hires"],
    "verb": ["00000002 40 v 02 establish 0 found 0 000 | set up", "00000003 40 v 02 found 0 cast 0 000 | melt"],
    "adj": ["00000004 00 a 02 chief(a) 0 Major 0 000 | first of all"],
}
INDEX = {
    "noun": ["hire n 1 0 1 1 00000001", "leasing n 1 0 1 1 00000001"],
    "verb": ["establish v 1 0 1 1 00000002", "found v 2 0 2 2 00000002 00000003", "cast v 1 0 1 1 00000003"],
    "adj": ["chief a 1 0 1 1 00000004"],
}
COUNTS = [
    "establish%2:40:00:: 1 9",
    "found%2:40:00:: 1 8",
    "cast%2:40:00:: 1 7",
    "hire%1:04:00:: 1 5",
    "leasing%1:04:00:: 1 4",
]


@pytest.fixture
def wordnet(tmp_path: Path) -> WordNet:
    for pos in DATA:
        (tmp_path / f"data.{pos}").write_text("  1 a licence\n" + "\n".join(DATA[pos]) + "\n")
        (tmp_path / f"index.{pos}").write_text("  1 a licence\n" + "\n".join(INDEX[pos]) + "\n")
    (tmp_path / "cntlist.rev").write_text("\n".join(COUNTS) + "\n")
    return WordNet.read(tmp_path)


def row(question: str, *, answerable: bool = True) -> TrainingRow:
    return TrainingRow("1", "test", "", "Osh was founded.", question, 0 if answerable else -1, 3 if answerable else -1)


def test_only_the_commonest_sense_gives_synonyms(wordnet: WordNet) -> None:
    assert wordnet.synonyms["VERB", "found"] == ("establish",)
    assert ("ADJ", "chief") not in wordnet.synonyms


def test_without_wordnet_the_error_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(QaError, match="WordNet") as raised:
        WordNet.read(tmp_path)
    assert "wordnet-base" in str(raised.value.hint)


def test_a_synonym_takes_the_form_of_the_word_that_it_stands_for(wordnet: WordNet) -> None:
    made = reworded(row("When was Osh founded by Solomon?"), wordnet, random.Random(1))
    assert made is not None
    assert made.question == "When was Osh established by Solomon?"
    assert (made.context, made.start, made.end) == ("Osh was founded.", 0, 3)


def test_names_and_the_words_that_ask_are_left_alone(wordnet: WordNet) -> None:
    assert list(swaps("How many years long is the Found?", wordnet)) == []
    assert reworded(row("Who was Solomon?"), wordnet, random.Random(1)) is None


def test_rows_with_and_without_an_answer_are_put_alike(wordnet: WordNet) -> None:
    phrasing = Phrasing(reworded=0.5, marked=0.5)
    for answerable in (True, False):
        rng = random.Random(3)
        made = [
            rephrased(row("When was Osh founded?", answerable=answerable), phrasing, wordnet, rng) for _ in range(200)
        ]
        assert 70 < sum("established" in one.question for one in made) < 130
        assert 70 < sum(one.question.endswith("?") for one in made) < 130
        assert {one.answerable for one in made} == {answerable}


def test_a_typing_error_is_one_letter_of_one_longer_word() -> None:
    rng = random.Random(1)
    question = "Who rules the island of Penang?"
    for _ in range(200):
        typed = misspelt(question, rng)
        ((old, new),) = (pair for pair in zip(question.split(), typed.split(), strict=True) if pair[0] != pair[1])
        assert len(old.rstrip("?")) >= 5
        assert old[0] == new[0]
        assert abs(len(old) - len(new)) <= 1


def test_short_words_are_not_misspelt() -> None:
    assert misspelt("Who is the Pope?", random.Random(1)) == "Who is the Pope?"
