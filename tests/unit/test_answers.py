"""How an answer, or its absence, is put in words."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from qa.answers import Answer, Candidate, RefusalReason
from tests.unit.test_chats import ANSWER, CITATION, REFUSAL, TENTATIVE


@pytest.mark.parametrize(
    ("searched", "said"),
    [
        (0, "I found no answer to this."),
        (1, "I found no answer to this in the document."),
        (1234, "I found no answer to this in 1,234 documents."),
    ],
)
def test_a_refusal_claims_no_more_than_was_done(searched: int, said: str) -> None:
    refusal = replace(REFUSAL, absent_probability=0.86, searched=searched)
    assert (refusal.refusal, refusal.refusal_sure) == (said, "86 % sure that there is none.")
    assert refusal.as_dict()["searched"] == searched


def test_a_refusal_in_some_of_the_documents_says_so() -> None:
    refusal = replace(REFUSAL, searched=3, reason=RefusalReason.FILTERED)
    assert refusal.refusal == "I found no answer to this in the 3 documents that you chose."
    assert replace(refusal, searched=1).refusal == "I found no answer to this in the document that you chose."


def test_a_refusal_that_is_not_sure_does_not_say_how_sure_it_is_that_there_is_none() -> None:
    refusal = replace(REFUSAL, absent_probability=0.27, searched=3)
    assert refusal.refusal_sure == "There may be one, but I am not sure enough of it."


def test_what_an_option_refused_is_said_to_be_so() -> None:
    refusal = replace(REFUSAL, absent_probability=0.27, searched=3, refused_below=0.62)
    assert refusal.refusal == "I found no answer to this that is sure enough."
    assert refusal.refusal_sure == "Answers that are less than 62 % sure are refused (--strict, --min-confidence)."


@pytest.mark.parametrize(
    ("answer", "hedge", "certainty"), [(ANSWER, "", "firm"), (TENTATIVE, "Perhaps: ", "tentative"), (REFUSAL, "", None)]
)
def test_only_a_tentative_answer_is_hedged(answer: Answer, hedge: str, certainty: str | None) -> None:
    assert answer.hedge == hedge
    assert json.loads(json.dumps(answer.as_dict()))["certainty"] == certainty


def test_what_is_said_of_absence_is_no_confidence() -> None:
    values = json.loads(json.dumps(REFUSAL.as_dict()))
    assert (values["confidence"], values["absent_probability"], values["reason"]) == (0.2, 0.8, "not_found")


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({}, (0.2, 0.8)),
        ({"alternatives": []}, (0.0, 0.8)),
        ({"alternatives": [], "kind": "talk", "said": "You are welcome."}, (0.0, None)),
    ],
)
def test_refusals_of_earlier_versions_are_read(changed: dict[str, object], kept: tuple[float, float | None]) -> None:
    values = {**asdict(REFUSAL), **changed, "confidence": 0.8}
    del values["absent_probability"], values["reason"]
    read = Answer.restored(values)
    assert (read.confidence, read.absent_probability) == kept
    assert Answer.restored(json.loads(json.dumps(asdict(read)))) == read


def test_nothing_is_known_of_absence_where_an_earlier_version_answered() -> None:
    values = asdict(ANSWER)
    del values["absent_probability"], values["reason"]
    assert Answer.restored(values) == ANSWER


def candidate(text: str, confidence: float, sentence: str) -> Candidate:
    return Candidate(text, confidence, replace(CITATION, sentence=sentence))


OTHERS = (
    candidate("49", 0.3, CITATION.sentence),
    candidate("800 euros", 0.2, "It was 800 euros."),
    candidate("It", 0.19, "It was 800 euros."),
    candidate("7", 0.18, "Or 7."),
    candidate("8", 0.17, "Or 8."),
    candidate("9", 0.01, "Or 9."),
)


def texts(answer: Answer, member: str) -> list[str]:
    return [one["answer"] for one in json.loads(json.dumps(answer.as_dict()))[member]]


def test_beside_a_tentative_answer_stand_the_likely_candidates_of_other_sentences() -> None:
    tentative = replace(TENTATIVE, alternatives=OTHERS)
    assert texts(tentative, "rivals") == [one.text for one in tentative.rivals] == ["800 euros", "7"]
    assert texts(replace(tentative, other_values=OTHERS[1:2]), "rivals") == ["7", "8"]
    assert texts(replace(tentative, confidence=0.65), "rivals") == ["800 euros"]
    for without in (replace(ANSWER, alternatives=OTHERS), replace(REFUSAL, alternatives=OTHERS)):
        assert texts(without, "rivals") == []


def test_with_a_refusal_stand_the_candidates_that_come_closest_one_of_each_sentence() -> None:
    refusal = replace(REFUSAL, alternatives=OTHERS)
    assert texts(refusal, "closest") == [one.text for one in refusal.closest] == ["49", "800 euros", "7"]
    assert texts(replace(refusal, alternatives=OTHERS[-1:]), "closest") == []
    assert texts(replace(TENTATIVE, alternatives=OTHERS), "closest") == []
