"""Rows, answers and outcomes with only what a test cares about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from qa.answers import Answer, Candidate, Citation, RetrievedPassage, Timings
from qa.evaluation.outcome import Outcome

CITATION = Citation("a.txt", 0, 4, 1, None, None, "Oslo.", "Oslo.")


def outcome(number: int = 0, **values: Any) -> Outcome:
    """An answerable question, answered right with 90 %."""
    made = Outcome(
        id=str(number),
        question="Where?",
        kind="where",
        golds=("Oslo",),
        answered=True,
        answer="Oslo",
        confidence=0.9,
        exact=1.0,
        f1=1.0,
        best="Oslo",
        best_confidence=0.9,
        best_exact=1.0,
        best_f1=1.0,
        rank=1,
        total_ms=10.0,
    )
    return replace(made, **values)


def spanned(number: int, confidence: float, score: float | None) -> Outcome:
    """A row whose best span has this confidence and score; with None, one without an answer."""
    golds = () if score is None else ("Oslo",)
    return outcome(number, golds=golds, best_confidence=confidence, best_exact=score or 0.0, best_f1=score or 0.0)


def answer(text: str | None, confidence: float, *, best: tuple[str, float] | None = None, paths: int = 0) -> Answer:
    """A refusal when `text` is None: then `confidence` is that there is no answer, and `best` the span that was not given."""
    closest = best[1] if best else 0.0
    return Answer(
        question="Where?",
        standalone_question="Where?",
        answered=text is not None,
        text=text,
        confidence=closest if text is None else confidence,
        citation=CITATION if text is not None else None,
        alternatives=(Candidate(best[0], best[1], CITATION),) if best else (),
        passages=tuple(passage(f"{number}.txt", "text") for number in range(paths)),
        timings=Timings(1.0, 2.0, 3.0, 6.5),
        absent_probability=confidence if text is None else None,
    )


def passage(path: str, text: str, start: int = 0) -> RetrievedPassage:
    return RetrievedPassage(path, start, start + len(text), 1, 0.5, text)
