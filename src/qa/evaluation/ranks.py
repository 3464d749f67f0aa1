"""Whether the passage with the answer was found, and how far up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from qa.evaluation.question_sets import collapsed
from qa.evaluation.squad_rows import Gold
from qa.pipeline.ranking import normalised

if TYPE_CHECKING:
    from qa.answers import RetrievedPassage
    from qa.index.records import StoredPassage

CUTOFFS = (1, 3, 5, 10)


def rank_of_right(passages: Sequence[RetrievedPassage], golds: Sequence[Gold], path: str | None) -> int | None:
    """The rank, from 1, of the first right passage; None when there is none.

    A passage is right when it is of the right document (`path`, None when not known) and overlaps the place of a gold
    answer; for a gold answer whose place is not known, when it holds its words in normal form.
    """
    for rank, passage in enumerate(passages, 1):
        if path is not None and passage.path != path:
            continue
        if any(_holds(passage, gold, place_known=path is not None) for gold in golds):
            return rank
    return None


def rank_of_holding(passages: Iterable[StoredPassage], answers: Sequence[str], path: str | None) -> int | None:
    """The rank, from 1, of the first passage that holds one of `answers`, in the document `path` if that is known.

    A gold answer of a question set has no place: it is found by its words.
    """
    for rank, passage in enumerate(passages, 1):
        if path in (None, passage.path) and holds_answer(passage.text, answers):
            return rank
    return None


def holds_answer(text: str, answers: Sequence[str]) -> bool:
    """Whether one of `answers` stands in `text`: by its words in normal form, or to the letter but for white space and case.

    The letters find what normal form has no words for, such as "-A" and "%".
    """
    letters = collapsed(text)
    return any(collapsed(answer) in letters or holds_words(text, answer) for answer in answers)


def recall_at(ranks: Sequence[int | None], cutoff: int) -> float | None:
    """The share of questions with a right passage among the first `cutoff`; None without questions."""
    if not ranks:
        return None
    return sum(rank is not None and rank <= cutoff for rank in ranks) / len(ranks)


def mean_reciprocal_rank(ranks: Sequence[int | None]) -> float | None:
    """Mean of 1 / rank, 0 where no right passage was found (Voorhees 1999); None without questions."""
    if not ranks:
        return None
    return sum(1 / rank for rank in ranks if rank is not None) / len(ranks)


def _holds(passage: RetrievedPassage, gold: Gold, *, place_known: bool) -> bool:
    if place_known and gold.start is not None and gold.end is not None:
        return gold.start < passage.end and passage.start < gold.end
    return holds_words(passage.text, gold.text)


def holds_words(text: str, answer: str) -> bool:
    words = normalised(answer)
    return bool(words) and f" {words} " in f" {normalised(text)} "
