"""What is measured of the outcomes of question sets: shares of the questions that a measure is about, 0 to 1."""

from __future__ import annotations

from collections.abc import Callable

from qa.answers import Certainty
from qa.evaluation.compare import Measure, answerable, recall, unanswerable
from qa.evaluation.outcome import Outcome

CUTOFFS = (1, 3, 8, 50)
"""Eight passages are read, 50 are retrieved."""
WRONG_COSTS, TENTATIVE_COSTS = 0.5, 0.25
"""Of the worth of a right answer, what a wrong one costs: a firm one, and one that said "Perhaps"."""
SURE = 0.8
"""A refusal that claims as much is one that people rely on."""


def right_answer(outcome: Outcome) -> bool:
    """A right answer was given. To a question that the documents do not answer, every answer is wrong."""
    return outcome.answered and outcome.best_right


def score(outcome: Outcome) -> float:
    """1 for a right answer, 0 for a refusal, less than 0 for a wrong answer."""
    if not outcome.answered:
        return 0.0
    if right_answer(outcome):
        return 1.0
    return -TENTATIVE_COSTS if outcome.certainty is Certainty.TENTATIVE else -WRONG_COSTS


def _given(certainty: Certainty | None) -> Callable[[Outcome], bool]:
    return lambda outcome: outcome.certainty is certainty


def _met(name: str, certainty: Certainty | None, of: Callable[[Outcome], bool]) -> Measure:
    """How many of the questions that `of` chooses were met with an answer of this certainty, or with a refusal."""
    given = _given(certainty)
    return Measure(name, lambda outcome: float(given(outcome)), of)


MEASURES = (
    *(recall(cutoff) for cutoff in CUTOFFS),
    Measure("forced F1", lambda outcome: outcome.best_f1 if outcome.best else 0.0, answerable),
    Measure("forced EM", lambda outcome: outcome.best_exact if outcome.best else 0.0, answerable),
    Measure("F1", lambda outcome: outcome.f1 if outcome.answered else 0.0, answerable),
    Measure("firm precision", lambda outcome: float(right_answer(outcome)), _given(Certainty.FIRM)),
    Measure("tentative precision", lambda outcome: float(right_answer(outcome)), _given(Certainty.TENTATIVE)),
    _met("answerable firm", Certainty.FIRM, answerable),
    _met("answerable tentative", Certainty.TENTATIVE, answerable),
    _met("answerable refused", None, answerable),
    _met("unanswerable firm", Certainty.FIRM, unanswerable),
    _met("unanswerable tentative", Certainty.TENTATIVE, unanswerable),
    _met("unanswerable refused", None, unanswerable),
    Measure("unanswerable not firm", lambda outcome: float(outcome.certainty is not Certainty.FIRM), unanswerable),
    Measure("found but refused", lambda outcome: float(not outcome.answered), lambda outcome: outcome.best_right),
    Measure(
        "sure refusals wrong",
        lambda outcome: float(outcome.answerable),
        lambda outcome: not outcome.answered and outcome.confidence >= SURE,
    ),
    Measure("score", score),
)
"""In the order of the pipeline: found, read, given, refused, and what it is all worth. "forced" is of the best candidate, given
or not; "found but refused" is about questions whose best candidate is right."""
