"""How an answer, or its absence, is put in words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from qa.answers import Answer, Candidate
from tests.unit.test_chats import ANSWER, REFUSAL, TENTATIVE


@pytest.mark.parametrize(
    ("closest", "said", "sure"),
    [
        (None, "The documents do not say.", "32 % sure."),
        (0.31, "The documents do not say.", "32 % sure."),
        (0.44, "Not sure enough to answer.", "32 % that the documents do not say."),
    ],
)
def test_a_refusal_never_says_what_is_less_likely_than_an_answer(closest: float | None, said: str, sure: str) -> None:
    assert ANSWER.citation is not None
    alternatives = () if closest is None else (Candidate("Almaty", closest, ANSWER.citation),)
    refusal = replace(REFUSAL, confidence=0.32, alternatives=alternatives)
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
