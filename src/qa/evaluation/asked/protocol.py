"""Which question sets (../shared/data/asked, data/questions) may be trained on, tuned on and quoted: always whole sets.

A figure that is quoted comes from sets that nothing in the models has seen: no weight, no constant, no threshold. No model
file records what it has seen, so who measures says so (`--seen`). What ships was made with fifteen sets (weights of the
reranker and the reader, constants of the retriever and the ranking) and those of data/questions, so all of these count as
seen unless it is said otherwise. For other models too: to count a seen set as new flatters, to count a new one as seen only
wastes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qa.errors import UsageError
from qa.evaluation.question_sets import QuestionSet

TRAINED_ON = (
    "code", "company", "desktop", "handbook", "hobby", "home", "letters", "manpages", "manuals", "money", "office", "reading",
    "rules", "study", "wiki",
)  # fmt: skip
"""The sets of ../shared/data/asked that the shipped models have learned from."""
MEASURED_ONLY = ("news", "travel")
"""Nothing is ever trained or tuned on these."""
LEFT_FOR_THE_DECISION = ("code", "hobby", "money", "study")
"""Of TRAINED_ON, those that `python -m qa.training make` leaves out of the models with which it fits the decision."""
DECISION_FITTED_ON = ("valley", "institute")
"""Sets of data/questions that the shipped decision was fitted on (calibration.json: probabilities and thresholds), and nothing
else but what an extract's sentences are chosen by (qa.pipeline.sentence_relevance)."""
WRITTEN = (
    "almanac", "bulletin", "counter", "figures", "firm", "gazette", "handouts", "longread", "messages", "neighbours", "outings",
    "papers", "project", "scholars", "toolroom", *DECISION_FITTED_ON,
)  # fmt: skip
"""The sets of data/questions: one or the other of the shipped models has seen the first fifteen, its decision the last two."""
SEEN = frozenset({*TRAINED_ON, *WRITTEN})


def seen_among(sets: Sequence[QuestionSet], named: Iterable[str] | None) -> frozenset[str]:
    """The names of those of `sets` that were seen: those `named`, or with None those that the shipped models have seen.

    Raises UsageError for a name that no set has: a slip there would put a seen set among the new ones.
    """
    if named is None:
        return frozenset(one.name for one in sets if one.name in SEEN and _is_ours(one))
    there, seen = frozenset(one.name for one in sets), frozenset(named)
    unknown = sorted(seen - {*SEEN, *MEASURED_ONLY, *there})
    if unknown:
        raise UsageError(f"No set called {unknown[0]!r} can have been seen.", "Give the names of sets' folders.")
    return seen & there


def _is_ours(one: QuestionSet) -> bool:
    """Somebody's own set may lie in a folder named "home" or "letters" too; the rows of ours are numbered home-0001."""
    return all(question.id.startswith(f"{one.name}-") for question in one.questions)
