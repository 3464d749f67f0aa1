"""Readings of several passages -> candidate answers, best first, each with the evidence that its confidence rests on."""

from __future__ import annotations

import re
import string
from collections.abc import Container, Sequence
from dataclasses import dataclass

from qa.pipeline.reader import Reading
from qa.pipeline.retriever import Hit
from qa.pipeline.spans import Span
from qa.text.sentences import sentence_around

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_MOST_LEAD = 10.0
_SUPERSEDED = 8.0
"""Logits that a span must be better by if its document no longer holds: right ones score 8 to 18, others mostly below 3."""


@dataclass(frozen=True, slots=True)
class ConfidenceFeatures:
    """What speaks for a candidate.

    `margin`: span score minus the no-answer score of its passage. `lead`: how far its rank score is above the best
    candidate with other words (below zero for all but the first). `retrieval`: the fused score of its passage.
    """

    margin: float
    lead: float
    retrieval: float


@dataclass(frozen=True, slots=True)
class RankedSpan:
    """A span of the passage `hit`, ranked by `score`."""

    hit: Hit
    span: Span
    score: float
    evidence: ConfidenceFeatures

    @property
    def text(self) -> str:
        return self.hit.passage.text[self.span.start : self.span.end]

    @property
    def sentence(self) -> str:
        """The one that it stands in."""
        return sentence_around(self.hit.passage.text, self.span.start, self.span.end)


def rank(
    hits: Sequence[Hit], readings: Sequence[Reading], limit: int, superseded: Container[str] = ()
) -> list[RankedSpan]:
    """The `limit` best candidates that say different things, best first.

    Spans with the same words, or that overlap in their document (passages share a sentence), are one candidate: the best of
    them stands for all, and the others are no rivals of it. `superseded`: paths of documents that others have replaced, whose
    spans count for less.
    """
    found = [
        _Found(span.score - reading.no_answer_score, hit, span, _SUPERSEDED if hit.passage.path in superseded else 0.0)
        for hit, reading in zip(hits, readings, strict=True)
        for span in reading.spans
    ]
    found.sort(key=lambda one: -one.score)
    candidates: list[_Found] = []
    for one in found:
        if not any(one.says_the_same_as(better) for better in candidates):
            candidates.append(one)
    scores = [one.score for one in candidates]
    return [
        RankedSpan(one.hit, one.span, one.score, ConfidenceFeatures(one.margin, _lead(scores, place), one.hit.score))
        for place, one in enumerate(candidates[:limit])
    ]


@dataclass(frozen=True, slots=True)
class _Found:
    """A span of the passage `hit`, with its margin over no answer there, and by how much it counts for less."""

    margin: float
    hit: Hit
    span: Span
    less: float

    @property
    def score(self) -> float:
        return self.margin - self.hit.margin + self.hit.logit - self.less

    @property
    def words(self) -> str:
        return normalised(self.hit.passage.text[self.span.start : self.span.end])

    def says_the_same_as(self, other: _Found) -> bool:
        if self.words == other.words:
            return True
        mine, theirs = self.hit.passage, other.hit.passage
        return (
            mine.path == theirs.path
            and mine.start + self.span.start < theirs.start + other.span.end
            and theirs.start + other.span.start < mine.start + self.span.end
        )


def normalised(text: str) -> str:
    """As SQuAD compares answers (Rajpurkar et al. 2016): lower case, no punctuation, no articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def _lead(scores: Sequence[float], place: int) -> float:
    """Of the candidate at `place` over the best of the others; `scores` are sorted, highest first."""
    if len(scores) == 1:
        return _MOST_LEAD
    rival = scores[1] if place == 0 else scores[0]
    return max(-_MOST_LEAD, min(_MOST_LEAD, scores[place] - rival))
