"""How an answer, or its absence, is put in words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from qa.answers import Answer
from tests.unit.test_chats import ANSWER, REFUSAL, TENTATIVE


@pytest.mark.parametrize(
    ("searched", "said"),
    [
        (0, "I found no answer to this."),
        (1, "I found no answer to this in the document."),
        (1234, "I found no answer to this in 1,234 documents."),
    ],
)
def test_a_refusal_claims_no_more_than_was_done(searched: int, said: str) -> None:
    refusal = replace(REFUSAL, confidence=0.86, searched=searched)
    assert (refusal.refusal, refusal.refusal_sure) == (said, "86 % sure that there is none.")
    assert refusal.as_dict()["searched"] == searched


@pytest.mark.parametrize(
    ("answer", "hedge", "certainty"), [(ANSWER, "", "firm"), (TENTATIVE, "Perhaps: ", "tentative"), (REFUSAL, "", None)]
)
def test_only_a_tentative_answer_is_hedged(answer: Answer, hedge: str, certainty: str | None) -> None:
    assert answer.hedge == hedge
    assert json.loads(json.dumps(answer.as_dict()))["certainty"] == certainty
