from __future__ import annotations

from collections.abc import Iterator

import pytest

from qa import Assistant
from qa.answers import Answer, Certainty, Citation, Part, RetrievedPassage, Timings
from qa.generation.support import Cosine

QUESTION = "When does the lease of the mill end?"
LEASE = (
    "The lease of the mill ends on 31 March 2027. The rent is 1,250 euros a month. "
    "Anna Weber signed the contract for the owner. Dogs are not allowed in the yard."
)
BOATS = "The rowing club has two boats and three canoes. The boathouse opens at 7.30 in summer."


@pytest.fixture(scope="session")
def cosine() -> Iterator[Cosine]:
    """The real encoder."""
    with Assistant.open() as assistant:
        yield assistant.cosine_similarity


def answered(*texts: str, question: str = QUESTION, span: str = "31 March 2027") -> Answer:
    """As the reader would answer it: `span` in the first of the passages `texts`."""
    passages = tuple(
        RetrievedPassage(path=f"notes-{number}.txt", start=0, end=len(text), line=1, score=0.9, text=text)
        for number, text in enumerate(texts or (LEASE, BOATS), 1)
    )
    first = passages[0]
    start = max(0, first.text.find(span))
    sentence = first.text[: first.text.find(".", start) + 1] or first.text
    citation = Citation(
        first.path, start, start + len(span), 1, None, None, sentence, first.text, first.text[start : start + len(span)]
    )
    return Answer(
        question=question,
        standalone_question=question,
        answered=True,
        text=span,
        confidence=0.9,
        citation=citation,
        alternatives=(),
        passages=passages,
        timings=Timings(1, 1, 1, 3),
        certainty=Certainty.FIRM,
        parts=(Part(span, citation),),
        absent_probability=0.05,
    )


def refused() -> Answer:
    from dataclasses import replace

    return replace(answered(), answered=False, text=None, citation=None, parts=(), certainty=None)
