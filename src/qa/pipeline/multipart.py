"""Answers of several parts, lists and extracts: when one is given, and what is made of what was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qa.answers import Answer, AnswerKind, Certainty, Citation, Part, RetrievedPassage
from qa.documents.lines import line_ends
from qa.index.records import StoredPassage
from qa.pipeline.extracts import Extract
from qa.pipeline.intents import Intent
from qa.pipeline.lists import Listing
from qa.pipeline.pipeline import Findings
from qa.pipeline.sentence_relevance import Extracted
from qa.text.sentences import sentence_around

_SURELY = 0.85
_PROBABLY = 0.5
"""Of 880 questions that the classifier has not seen, 96 % of those that reach 0.85 for an extract want one, 91 % at 0.5."""
_LEAST = 0.65
"""Of being covered: of the topics that the documents do not have eight of ten are refused, nine of ten others are given."""
_FIRM = 0.8
_LIKELY_LIST = 0.5
"""94 % of those that reach it want several items."""
_OVERVIEW = 0.95
_LEAST_LIST = 0.3
_FIRM_LIST = 0.65
"""Nearly as of spans: of the lists that reach it three of four are right. Items that a condition of the question leaves out are
the usual mistake, and are not seen in the features."""


def wants_extract(findings: Findings, answer: Answer) -> bool:
    """Whether the question surely wants several sentences; or probably, and the best span is no firm answer; or probably
    several items, and there is nothing else to give."""
    sentences = findings.intents.get(Intent.EXTRACT, 0.0)
    if sentences >= _SURELY or (sentences >= _PROBABLY and answer.certainty is not Certainty.FIRM):
        return True
    return findings.intents.get(Intent.LIST, 0.0) >= _PROBABLY and not answer.answered


def wants_list(findings: Findings) -> bool:
    """Whether the question probably wants several items."""
    return findings.intents.get(Intent.LIST, 0.0) >= _LIKELY_LIST


def extract_answer(answer: Answer, extract: Extract, min_confidence: float | None) -> Answer | None:
    """`answer` with the extract in place of its span; None where the documents do not seem to have the topic."""
    sure = extract.covered
    if not extract.runs or sure < (_LEAST if min_confidence is None else min_confidence):
        return None
    certainty = Certainty.FIRM if sure >= _FIRM else Certainty.TENTATIVE
    return replace(
        _of_parts(answer, extract.runs, " "),
        kind=AnswerKind.EXTRACT,
        confidence=sure,
        absent_probability=1 - sure,
        certainty=certainty,
    )


def list_answer(answer: Answer, listing: Listing, is_covered: float, min_confidence: float | None) -> Answer | None:
    """`answer` with the items in place of its span; None where they are not likely enough."""
    sure = min(listing.sure, is_covered)
    if sure < (_LEAST_LIST if min_confidence is None else min_confidence):
        return None
    between = "; " if any("," in item.text for item in listing.items) else ", "
    certainty = Certainty.FIRM if sure >= _FIRM_LIST else Certainty.TENTATIVE
    return replace(
        _of_parts(answer, listing.items, between),
        kind=AnswerKind.LIST,
        confidence=sure,
        absent_probability=1 - is_covered,
        certainty=certainty,
    )


def overview_answer(answer: Answer, beginnings: Sequence[Extracted]) -> Answer:
    """`answer` with how each document begins in place of its span."""
    made = _of_parts(answer, beginnings, "; ")
    return replace(
        made, kind=AnswerKind.LIST, confidence=_OVERVIEW, absent_probability=1 - _OVERVIEW, certainty=Certainty.FIRM
    )


def _of_parts(answer: Answer, pieces: Sequence[Extracted], between: str) -> Answer:
    parts = tuple(Part(" ".join(one.text.split()), citation_of(one.passage, one.start, one.end)) for one in pieces)
    text = between.join(part.text for part in parts)
    return replace(answer, answered=True, text=text, citation=parts[0].citation, parts=parts)


def citation_of(passage: StoredPassage | RetrievedPassage, start: int, end: int) -> Citation:
    """Where characters `start` to `end` of a passage stand."""
    return Citation(
        path=passage.path,
        start=passage.start + start,
        end=passage.start + end,
        line=passage.line + line_ends(passage.text, 0, start),
        page=passage.page,
        heading=passage.heading,
        sentence=sentence_around(passage.text, start, end),
        passage=passage.text,
        quote=passage.text[start:end],
        collection=passage.collection,
    )
