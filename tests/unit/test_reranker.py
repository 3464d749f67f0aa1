"""Passages that answer come before those that only share the question's words."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.errors import ModelUnusable
from qa.index.records import StoredPassage
from qa.pipeline.reranker import CANDIDATES, WITHIN, Reranker, promising, shipped_reranker_folder
from qa.pipeline.retriever import Hit


@cache
def reranker() -> Reranker:
    return Reranker(shipped_reranker_folder())


def hits(*texts: str, score: float = 0.5) -> list[Hit]:
    return [
        Hit(StoredPassage(n, f"{n}.txt", 0, len(text), 1, None, None, text), score, cosine=0.4)
        for n, text in enumerate(texts)
    ]


ASKED = {
    "Who holds the key of the boat house?": "Greta Lind holds the key of the boat house.",
    "What does parking cost at the mill?": "At the mill a car pays 4 euros a day.",
    "When does the ferry leave on Sundays?": "On Sundays the boat leaves at 9.15.",
    "Why was the bridge closed?": "It was shut because two cables had rusted.",
    "How many pupils does the school have?": "312 children are taught in seven classes.",
    "Where are the spare fuses kept?": "Fuses lie in the drawer under the stairs.",
}


def test_what_answers_comes_before_what_is_about_something_else() -> None:
    right = list(ASKED.values())
    first = [reranker().rerank(question, hits(*right))[0].passage.text for question in ASKED]
    assert sum(found == wanted for found, wanted in zip(first, right, strict=True)) >= 5


@given(st.lists(st.floats(-1, 1), max_size=60), st.integers(1, 50))
def test_what_is_near_the_best_is_reranked_and_never_too_much_or_too_little(scores: list[float], least: int) -> None:
    found = [hit for score in sorted(scores, reverse=True) for hit in hits("A text.", score=score)]
    count = promising(found, least)
    assert min(least, CANDIDATES, len(found)) <= count <= min(CANDIDATES, len(found))
    for hit in found[count:CANDIDATES]:
        assert hit.score < found[0].score - WITHIN


def test_all_passages_come_back_and_nothing_else_of_them_changes() -> None:
    given_hits = hits("One.", "Two.", "Three.")
    found = reranker().rerank("What is two?", given_hits)
    assert {(hit.passage.id, hit.score, hit.cosine) for hit in found} == {
        (hit.passage.id, hit.score, hit.cosine) for hit in given_hits
    }
    assert reranker().rerank("What is two?", []) == []


def test_a_score_does_not_depend_on_the_other_passages() -> None:
    texts = ["The key lies under the mat.", "Cats sleep most of the day. " * 30, "x"]
    together = reranker().scores("Where is the key?", texts)
    alone = [reranker().scores("Where is the key?", [text])[0] for text in texts]
    assert together == pytest.approx(alone, abs=1e-4)


def test_scores_do_not_depend_on_the_number_of_threads() -> None:
    one = Reranker(shipped_reranker_folder(), threads=1)
    texts = [f"Room {number} is let to the {number}th society." for number in range(20)]
    assert one.scores("Who has room 7?", texts) == pytest.approx(reranker().scores("Who has room 7?", texts), abs=1e-4)


@settings(deadline=None, max_examples=25)
@given(question=st.text(min_size=1, max_size=300), texts=st.lists(st.text(max_size=300), max_size=4))
def test_any_text_has_a_score(question: str, texts: list[str]) -> None:
    assert len(reranker().scores(question, texts)) == len(texts)


def test_a_folder_without_a_model_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable):
        Reranker(tmp_path)


def test_a_question_longer_than_what_is_read_is_cut_and_not_the_passage() -> None:
    question = "please tell me about the gate and when it opens " * 40
    answers, other = reranker().scores(question, ["The gate opens at nine.", "x"])
    assert answers > other
