"""Readings of several passages -> candidate answers, best first, each with the evidence that its confidence rests on."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from qa.reader import Reading
from qa.retriever import Hit
from qa.spans import Span

RETRIEVAL_WEIGHT = 10.0
"""How many logits a fused retrieval score of 1 is worth against the reader's margin (RANKING_MEASURED)."""

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_MOST_LEAD = 10.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a candidate.

    `margin`: span score minus the no-answer score of its passage. `lead`: how far its rank score is above the best
    candidate with other words (below zero for all but the first). `retrieval` and `cosine`: of its passage.
    `agreement`: how many other passages give the same words as their best answer.
    """

    margin: float
    lead: float
    retrieval: float
    cosine: float
    agreement: float


@dataclass(frozen=True, slots=True)
class RankedSpan:
    """A span of the passage `hit`, ranked by `score`."""

    hit: Hit
    span: Span
    score: float
    evidence: Evidence

    @property
    def text(self) -> str:
        return self.hit.passage.text[self.span.start : self.span.end]


def rank(hits: Sequence[Hit], readings: Sequence[Reading], limit: int) -> list[RankedSpan]:
    """The `limit` best candidates with different words. A span overlapping a better one of its passage is left out."""
    scored = [
        (span.score - reading.no_answer_score + RETRIEVAL_WEIGHT * hit.score, hit, span, reading)
        for hit, reading in zip(hits, readings, strict=True)
        for span in _apart(reading.spans)
    ]
    scored.sort(key=lambda row: -row[0])
    best: dict[str, tuple[float, Hit, Span, Reading]] = {}
    for row in scored:
        best.setdefault(normalised(_words(row[1], row[2])), row)
    votes = Counter(
        normalised(_words(hit, reading.spans[0])) for hit, reading in zip(hits, readings, strict=True) if reading.spans
    )
    scores = [row[0] for row in best.values()]
    return [
        RankedSpan(
            hit,
            span,
            score,
            Evidence(
                margin=span.score - reading.no_answer_score,
                lead=_lead(scores, place),
                retrieval=hit.score,
                cosine=hit.cosine,
                agreement=float(max(votes[words] - 1, 0)),
            ),
        )
        for place, (words, (score, hit, span, reading)) in enumerate(list(best.items())[:limit])
    ]


def normalised(text: str) -> str:
    """As SQuAD compares answers (Rajpurkar et al. 2016): lower case, no punctuation, no articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def _words(hit: Hit, span: Span) -> str:
    return hit.passage.text[span.start : span.end]


def _apart(spans: Sequence[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in spans:
        if all(span.end <= other.start or span.start >= other.end for other in kept):
            kept.append(span)
    return kept


def _lead(scores: Sequence[float], place: int) -> float:
    """Of the candidate at `place` over the best of the others; `scores` are sorted, highest first."""
    if len(scores) == 1:
        return _MOST_LEAD
    rival = scores[1] if place == 0 else scores[0]
    return max(-_MOST_LEAD, min(_MOST_LEAD, scores[place] - rival))
