"""Extracts: the few sentences that say most of a topic or of a document, word for word.

Of a topic the sentences of the best passages are taken by how probably they say something of it
(qa.pipeline.sentence_relevance); each is the less worth the more it repeats what is chosen already (maximal marginal relevance,
Carbonell and Goldstein 1998, doi:10.1145/290941.291025). Of a whole document centrality among its sentences (LexRank, Erkan and
Radev 2004, doi:10.1613/jair.1523), names and numbers, nearness to the question and the place count instead.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qa.documents.lines import line_ends
from qa.pipeline.sentence_relevance import (
    Extracted,
    WeighedSentence,
    density,
    is_list_item,
    plain_words,
    sentence_places,
    weighed_sentences,
)
from qa.text.sentences import sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.index.records import StoredPassage
    from qa.pipeline.reader import Reading
    from qa.pipeline.retriever import Hit
    from qa.pipeline.sentence_relevance import Encode

MAX_WORDS = 120
_MAX_SENTENCES = 6
"""Of _SHORT words and more: lines that have less, the items of a list and the rows of a table are not counted."""
_SHORT = 8
_MAX_DOCUMENTS = 3
_LEAST_OF_SENTENCE = 5
"""Words that are no numbers."""
_RELEVANCE_OF_DOCUMENT = 0.6
_RELEVANCE = 0.9
"""Against redundancy; of the sentences of a topic, whose worth is _LOGIT_WEIGHT times their logit. With 0.75 one of 100 facts
less is quoted, with 0.6 two."""
_LOGIT_WEIGHT = 0.2
_LEAST_OF_LIKELIEST = 0.1
"""Sentences with a smaller share of the likeliest one's probability are left out: of 100 facts one is lost so, and of the
sentences that are given 29 of 100 hold one that was asked for, without it 26."""
_CENTRALITY_WEIGHT = 0.2
_DENSITY_WEIGHT_OF_DOCUMENT = 0.8
_NEARNESS_WEIGHT_OF_DOCUMENT = 0.3
_LATENESS_WEIGHT = 0.3
_ALIKE = 0.3
_DAMPING = 0.85
_ROUNDS = 30
STEPS_CHOSEN = 0.3
"""A numbered list is given whole if so much of it was chosen: of thirteen that were right to give at least 0.39 was."""
ITEMS_CHOSEN = 0.5
"""The same where nothing is asked that has steps: numbered, too, are the items of minutes, which are about other things."""
_COVERED_INTERCEPT, _COVERED_WEIGHT = 0.225, 0.2437
_LINE = re.compile(r"[^\r\n]*[^\s][^\r\n]*")
_NUMBERED = re.compile(r"\s*\d{1,3}[.)]\s")
_HEADER = re.compile(r"\W{0,3}[A-Z][\w -]{1,24}:\W{0,3}\s")
_HEADING_MARKER = re.compile(r"#{1,6}\s+|[*_=]{1,3}\s*")
_LONGEST_BEGINNING = 100


@dataclass(frozen=True, slots=True)
class Extract:
    """Runs of sentences in order, and the probability that the documents have what they are an extract of."""

    runs: Sequence[Extracted]
    covered: float


@dataclass(frozen=True, slots=True)
class _Sentence:
    place: Extracted
    worth: float
    vector: NDArray[np.float32]

    @property
    def words(self) -> int:
        return len(self.place.text.split())


def about(
    question: NDArray[np.float32],
    hits: Sequence[Hit],
    readings: Sequence[Reading],
    answers: Sequence[tuple[Extracted, float]],
    encode: Encode,
) -> list[Extracted]:
    """What the best `hits` say of a topic, in the documents' order. `question` is its vector, shape (d,); `readings` are those
    of the first hits, `answers` are the reader's spans with the probability that each is right."""
    return chosen_runs(weighed_sentences(question, hits, readings, answers, encode))


def chosen_runs(weighed: Sequence[WeighedSentence]) -> list[Extracted]:
    """Of sentences that were weighed the best, in the documents' order."""
    least = _LEAST_OF_LIKELIEST * max((one.probability for one in weighed), default=0.0)
    found = [_Sentence(one.place, _LOGIT_WEIGHT * one.logit, one.vector) for one in weighed if one.probability >= least]
    return _in_order(_chosen(found, _RELEVANCE))


def summary(question: NDArray[np.float32], passages: Sequence[StoredPassage], encode: Encode) -> list[Extracted]:
    """What a document says, `passages` in its order; `question` is the question's vector, shape (d,)."""
    found_places = [place for passage in passages for place in sentence_places(passage)]
    # Of a document that has nothing else its rows and names say what it is about.
    places = [place for place in found_places if _says_something(place.text)] or found_places
    if not places:
        return []
    vectors = encode([place.text for place in places])
    central = centrality(vectors)
    found = [
        _Sentence(
            place,
            _CENTRALITY_WEIGHT * float(central[number])
            + _DENSITY_WEIGHT_OF_DOCUMENT * density(place.text)
            + _NEARNESS_WEIGHT_OF_DOCUMENT * float(vectors[number] @ question)
            - _LATENESS_WEIGHT * number / len(places),
            vectors[number],
        )
        for number, place in enumerate(places)
    ]
    return _in_order(_chosen(found, _RELEVANCE_OF_DOCUMENT))


def beginning(passage: StoredPassage) -> Extracted:
    """The first sentence of a passage, or the beginning of a long one: of the first passage of a document its title, mostly."""
    start, end = next(iter(sentences(passage.text)), (0, len(passage.text)))
    marker = _HEADING_MARKER.match(passage.text, start, end)
    start = marker.end() if marker else start
    if end - start > _LONGEST_BEGINNING:
        cut = passage.text.rfind(" ", start, start + _LONGEST_BEGINNING)
        end = cut if cut > start else start + _LONGEST_BEGINNING
    return Extracted(passage, start, end)


def with_whole_steps(
    runs: Sequence[Extracted], document_text: Callable[[str], str], least_chosen: float = STEPS_CHOSEN
) -> list[Extracted]:
    """`runs`, those that stand in a numbered list replaced by all of the list, if they have a share of `least_chosen` of its
    words and more; `document_text` gives a document by its path.

    A procedure with a step left out is worse than none. Where the list takes the room, other runs go, the last first.
    """
    found: list[Extracted] = []
    for run in runs:
        whole = _whole_list(run, document_text(run.passage.path))
        if whole is None or _share_of(whole, runs) < least_chosen:
            found.append(run)
            continue
        before = whole.passage.start - run.passage.start
        if run.start < before and run.passage.text[run.start : before].strip():
            found.append(
                Extracted(run.passage, run.start, before - _blanks_at_end(run.passage.text[run.start : before]))
            )
        if not any(whole.overlaps(other) for other in found):
            found.append(whole)
    lists = [run for run in found if _NUMBERED.match(run.text)]
    room = MAX_WORDS - sum(len(run.text.split()) for run in lists)
    kept: list[Extracted] = []
    for run in found:
        words = 0 if run in lists else len(run.text.split())
        if run in lists or words <= room:
            kept.append(run)
            room -= words
    return kept


def _share_of(whole: Extracted, runs: Sequence[Extracted]) -> float:
    """How many of its words those of `runs` have that stand in it."""
    return sum(len(run.text.split()) for run in runs if whole.overlaps(run)) / len(whole.text.split())


def _whole_list(run: Extracted, text: str) -> Extracted | None:
    """The numbered list that `run` stands in, or comes to; None where there is none, or it has more than 240 words."""
    steps = (match for match in _LINE.finditer(run.passage.text, run.start, run.end) if _NUMBERED.match(match[0]))
    step = next(steps, None)
    start = run.passage.start + (step.start() if step is not None else run.start)
    lines = [(match.start(), match.end()) for match in _LINE.finditer(text)]
    numbered = [_NUMBERED.match(text, *line) is not None for line in lines]
    here = next((place for place, line in enumerate(lines) if line[0] <= start < line[1]), None)
    if here is None:
        return None
    first, last = here, here
    # What follows a step without a number, up to a blank line, is more of it.
    while first > 0 and not numbered[first] and not _is_parted(text, lines[first - 1], lines[first]):
        first -= 1
    if not numbered[first]:
        return None
    while (before := _step_before(text, lines, numbered, first)) is not None:
        first = before
    while last + 1 < len(lines) and (numbered[last + 1] or not _is_parted(text, lines[last], lines[last + 1])):
        last += 1
    begin, end = lines[first][0], lines[last][1]
    body = text[begin:end].rstrip()
    if len(body.split()) > 2 * MAX_WORDS:
        return None
    line = run.passage.line + line_ends(text, run.passage.start, begin) - line_ends(text, begin, run.passage.start)
    passage = replace(run.passage, start=begin, end=begin + len(body), line=line, text=body)
    return Extracted(passage, 0, len(body))


def _step_before(text: str, lines: Sequence[tuple[int, int]], numbered: Sequence[bool], place: int) -> int | None:
    """The line of the step before the one at `place`, if that belongs to the same list."""
    before = place - 1
    while before >= 0 and not numbered[before]:
        if before == 0 or _is_parted(text, lines[before - 1], lines[before]):
            return None
        before -= 1
    return before if before >= 0 else None


def _blanks_at_end(text: str) -> int:
    return len(text) - len(text.rstrip())


def _is_parted(text: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether a blank line stands between two lines."""
    return line_ends(text, one[1], other[0]) > 1


def centrality(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """LexRank of texts by their unit vectors, shape (n, d); shape (n,), 1 for a text as central as
    most."""
    import numpy as np

    count = len(vectors)
    alike = vectors @ vectors.T
    alike[alike < _ALIKE] = 0
    np.fill_diagonal(alike, 0)
    steps = alike / np.maximum(alike.sum(axis=1, keepdims=True), np.float32(1e-9))
    rank = np.full(count, 1 / count, np.float32)
    for _ in range(_ROUNDS):
        rank = (1 - _DAMPING) / count + _DAMPING * (steps.T @ rank)
    return np.asarray(rank * count, np.float32)


def _says_something(text: str) -> bool:
    """Whether it may be a sentence: no row of a table, no "From: Ada", no "5. On the course"."""
    return (
        not _HEADER.match(text) and "|" not in text and sum(map(str.isalpha, plain_words(text))) >= _LEAST_OF_SENTENCE
    )


def _chosen(found: Sequence[_Sentence], relevance: float) -> list[_Sentence]:
    """By maximal marginal relevance, as many as there is room for."""
    left = list(found)
    chosen: list[_Sentence] = []
    while left:
        best = max(left, key=lambda one: relevance * one.worth - (1 - relevance) * _most_alike(one, chosen))
        left = [one for one in left if one is not best]
        # Neighbouring passages share a sentence.
        if _fits(best, chosen) and not any(best.place.overlaps(other.place) for other in chosen):
            chosen.append(best)
    return chosen


def _most_alike(one: _Sentence, chosen: Sequence[_Sentence]) -> float:
    return max((float(one.vector @ other.vector) for other in chosen), default=0.0)


def _fits(one: _Sentence, chosen: Sequence[_Sentence]) -> bool:
    if sum(other.words for other in chosen) + one.words > MAX_WORDS:
        return False
    documents = {place.passage.path for place in (one.place, *(other.place for other in chosen))}
    if len(documents) > _MAX_DOCUMENTS:
        return False
    # The steps of a list are short, and all of them are wanted.
    return not _counts(one) or sum(map(_counts, chosen)) < _MAX_SENTENCES


def _counts(one: _Sentence) -> bool:
    """Whether it is a sentence, and no item, row or short line."""
    return one.words >= _SHORT and not is_list_item(one.place) and " | " not in (one.place.passage.heading or "")


def _in_order(chosen: Sequence[_Sentence]) -> list[Extracted]:
    """Documents by their best sentence, each in its own order; sentences that follow one another are one run."""
    rank: dict[str, int] = {}
    for one in chosen:
        rank.setdefault(one.place.passage.path, len(rank))
    ordered = sorted(
        (one.place for one in chosen), key=lambda place: (rank[place.passage.path], place.passage.start + place.start)
    )
    runs: list[Extracted] = []
    for place in ordered:
        last = runs[-1] if runs else None
        if last is not None and last.passage.id == place.passage.id and not _between(last, place).strip():
            runs[-1] = Extracted(last.passage, last.start, place.end)
        else:
            runs.append(place)
    return runs


def _between(one: Extracted, other: Extracted) -> str:
    return one.passage.text[one.end : other.start]


def covered(hits: Sequence[Hit]) -> float:
    """The probability that the documents have the topic of a question, of which `hits` are the passages, best first.

    A logistic regression on the best one's logit, fitted on code, study and money (76 open questions that they answer, 15 that
    they do not, weighted as three to one).
    """
    if not hits:
        return 0.0
    return 1 / (1 + math.exp(-(_COVERED_INTERCEPT + _COVERED_WEIGHT * hits[0].logit)))
