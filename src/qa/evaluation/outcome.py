"""What came of one row: the decision, the best span behind it, their scores, and the rank of the right passage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.answers import Answer, Certainty, RetrievedPassage
from qa.evaluation.ranks import holds_words, rank_of_right
from qa.evaluation.scores import exact, f1
from qa.evaluation.squad_rows import Row
from qa.text.question_kinds import kind_of

RIGHT_FROM_F1 = 0.5
"""An answer that shares this much with a gold one counts as right; the confidence is fitted to the same (qa.training)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row after asking.

    `answer` is what was given ("" on a refusal), `exact` and `f1` its scores, `confidence` that of the decision, `certainty`
    how it was given (None on a refusal, and in runs saved before there was any). `best` is the best span, given or not (the
    script's prediction before any threshold), with its own confidence and scores.
    `rank` counts from 1 and is None when no right passage was found, or when nothing was to be found.
    `in_parts`: a list or an extract was given, which is right if it holds a gold answer word for word (`holds`); its token F1
    says nothing.
    """

    id: str
    question: str
    kind: str
    golds: tuple[str, ...]
    answered: bool
    answer: str
    confidence: float
    exact: float
    f1: float
    best: str
    best_confidence: float
    best_exact: float
    best_f1: float
    rank: int | None
    total_ms: float
    certainty: Certainty | None = None
    in_parts: bool = False
    holds: bool = False

    @classmethod
    def of(cls, row: Row, answer: Answer, passages: Sequence[RetrievedPassage], path: str | None) -> Outcome:
        """`passages` as ranked, none when nothing was retrieved; `path` is the right document, None when not known."""
        best = answer.best.text if answer.best is not None else ""
        given = answer.text if answer.answered and answer.text is not None else ""
        golds = row.gold_texts
        return cls(
            id=row.id,
            question=row.question,
            kind=kind_of(row.question),
            golds=tuple(golds),
            answered=answer.answered,
            answer=given,
            confidence=answer.confidence if answer.answered else _that_there_is_none(answer),
            exact=exact(given, golds),
            f1=f1(given, golds),
            best=best,
            best_confidence=answer.confidence,
            best_exact=exact(best, golds),
            best_f1=f1(best, golds),
            rank=rank_of_right(passages, row.golds, path),
            total_ms=answer.timings.total,
            certainty=answer.certainty,
            in_parts=answer.in_parts,
            holds=answer.in_parts and any(holds_words(given, gold) for gold in golds),
        )

    @property
    def answerable(self) -> bool:
        return bool(self.golds)

    @property
    def right(self) -> bool:
        """The decision was right: a good answer, or a refusal where there is none."""
        if not self.answered:
            return not self.answerable
        return self.answerable and (self.holds if self.in_parts else self.f1 >= RIGHT_FROM_F1)

    @property
    def strictly_right(self) -> bool:
        return self.exact == 1 if self.answered else not self.answerable

    @property
    def best_right(self) -> bool:
        """What was given, or else the best span, would be right if it were given. It never is where there is no answer."""
        if self.in_parts:
            return self.holds
        return self.answerable and bool(self.best) and self.best_f1 >= RIGHT_FROM_F1


def _that_there_is_none(refusal: Answer) -> float:
    """What a refusal claims; in full where nothing was looked for."""
    return 1.0 if refusal.absent_probability is None else refusal.absent_probability
