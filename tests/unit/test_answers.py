"""How an answer, or its absence, is put in words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from qa.answers import Answer, Candidate
from tests.unit.test_chats import ANSWER, REFUSAL, TENTATIVE


@pytest.mark.parametrize(
    ("absent", "said", "sure"),
    [
        (0.86, "The documents do not say.", "86 % sure."),
        (0.5, "The documents do not say.", "50 % sure."),
        (0.49, "Not sure enough to answer.", "49 % that the documents do not say."),
        (0.1, "Not sure enough to answer.", "10 % that the documents do not say."),
    ],
)
def test_a_refusal_never_says_that_there_is_nothing_unless_that_is_likely(absent: float, said: str, sure: str) -> None:
    assert ANSWER.citation is not None
    refusal = replace(REFUSAL, confidence=absent, alternatives=(Candidate("Almaty", 0.3, ANSWER.citation),))
    assert (refusal.refusal, refusal.refusal_sure) == (said, sure)


def test_an_answer_is_no_refusal() -> None:
    assert not ANSWER.unsure
    assert not TENTATIVE.unsure


@pytest.mark.parametrize(
    ("answer", "hedge", "certainty"), [(ANSWER, "", "firm"), (TENTATIVE, "Perhaps: ", "tentative"), (REFUSAL, "", None)]
)
def test_only_a_tentative_answer_is_hedged(answer: Answer, hedge: str, certainty: str | None) -> None:
    assert answer.hedge == hedge
    assert json.loads(json.dumps(answer.as_dict()))["certainty"] == certainty
