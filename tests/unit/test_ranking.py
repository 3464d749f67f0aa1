from __future__ import annotations

import pytest

from qa.index.records import StoredPassage
from qa.pipeline.ranking import normalised, rank
from qa.pipeline.reader import Reading
from qa.pipeline.retriever import Hit
from qa.pipeline.spans import Span


def hit(text: str, score: float = 0.5, *, path: str | None = None, start: int = 0) -> Hit:
    """A passage of a document of its own, unless a path is given."""
    passage = StoredPassage(1, path or text, start, start + len(text), 1, None, None, text)
    return Hit(passage, score, cosine=score, relevance=score)


def reading(text: str, no_answer: float, **scores: float) -> Reading:
    spans = [Span(text.index(words), text.index(words) + len(words), score) for words, score in scores.items()]
    return Reading(tuple(spans), no_answer)


def test_the_margin_over_no_answer_decides_not_the_score() -> None:
    hits = [hit("alpha"), hit("beta")]
    readings = [reading("alpha", 9.0, alpha=10.0), reading("beta", -3.0, beta=4.0)]
    assert [candidate.text for candidate in rank(hits, readings, 5)] == ["beta", "alpha"]


def test_between_equals_the_better_passage_wins() -> None:
    hits = [hit("alpha", 0.4), hit("beta", 0.8)]
    readings = [reading("alpha", 0.0, alpha=5.0), reading("beta", 0.0, beta=5.0)]
    assert rank(hits, readings, 1)[0].text == "beta"


def test_a_document_that_was_replaced_must_be_far_better() -> None:
    hits = [hit("alpha"), hit("beta")]
    for better, order in ((5.0, ["beta", "alpha"]), (15.0, ["alpha", "beta"])):
        readings = [reading("alpha", 0.0, alpha=1.0 + better), reading("beta", 0.0, beta=1.0)]
        assert [candidate.text for candidate in rank(hits, readings, 5, superseded={"alpha"})] == order
        assert [candidate.text for candidate in rank(hits, readings, 5)] == ["alpha", "beta"]


def test_the_same_words_are_one_candidate() -> None:
    hits = [hit("the cat"), hit("Cat!"), hit("dog")]
    readings = [reading("the cat", 0, **{"the cat": 6.0}), reading("Cat!", 0, Cat=5.0), reading("dog", 0, dog=1.0)]
    ranked = rank(hits, readings, 5)
    assert [candidate.text for candidate in ranked] == ["the cat", "dog"]
    assert ranked[0].evidence.lead == pytest.approx(5.0)
    assert ranked[1].evidence.lead == pytest.approx(-5.0)


def test_the_same_place_of_a_document_is_one_candidate_whichever_passage_it_is_read_in() -> None:
    hits = [
        hit("It ends. For another 49 years.", path="a"),
        hit("For another 49 years. Then", path="a", start=9),
        hit("x"),
    ]
    readings = [
        reading(hits[0].passage.text, 0, **{"For another 49 years": 6.0}),
        reading(hits[1].passage.text, 0, **{"49 years": 5.5}),
        reading("x", 0, x=1.0),
    ]
    ranked = rank(hits, readings, 5)
    assert [candidate.text for candidate in ranked] == ["For another 49 years", "x"]
    assert ranked[0].evidence.lead == pytest.approx(5.0)


def test_nothing_to_rank() -> None:
    assert rank([], [], 5) == []
    assert rank([hit("a")], [Reading((), 1.0)], 5) == []


def test_normal_form() -> None:
    assert normalised("The  “U.S.” Army, a (big) one") == "“us” army big one"
