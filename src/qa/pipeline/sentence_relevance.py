"""How probably a sentence says something of what was asked: what an extract of a topic is chosen by.

A logistic regression over what is known of each sentence of the best passages: how near it is to the question, how its passage
was ranked, what the reader makes of it, its neighbours, its form. It was fitted on the facts that people want quoted in answer
to open questions: `python -m qa.training extracts` says how, and prints WEIGHTS.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.text.passages import with_heading
from qa.text.sentences import sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.index.records import StoredPassage
    from qa.pipeline.reader import Reading
    from qa.pipeline.retriever import Hit

    Encode = Callable[[Sequence[str]], NDArray[np.float32]]
    """Texts to unit vectors, shape (n, d)."""

HITS = 8
"""Passages whose sentences are weighed. With twelve no more of the facts are quoted."""
_LEAST_WORDS = 3
_NOT_READ = -15.0
_NEIGHBOUR_CHARACTERS = 60
_NO_NEIGHBOUR = -0.5
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\S*\d\S*")
_NAME = re.compile(r"(?<=[^.!?\s] )[A-Z][\w-]+")
_MAIL_FIELD = re.compile(r"(?:From|To|Cc|Bcc|Reply-To|Date|Sent|Subject): ")
LIST_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s")

FEATURES = (
    "cosine", "passage_logit", "passage_rank", "answer_probability", "span_margin", "density", "words", "is_listed", "is_row",
    "document_rank", "neighbour_cosine", "likeness_to_best",
)  # fmt: skip
WEIGHTS = (1.58, 0.37, -1.43, 0.41, 0.9, -0.38, 0.61, 0.07, 0.29, -0.92, 2.15, 0.29, -0.45)
"""Of FEATURES and 1: `python -m qa.training extracts` over the fourteen sets of data/questions that have open questions, and
code, money and study, 928 questions. With each set held out 66 of 100 facts are quoted within 120 words (100 on the average);
79 stand among the sentences that are weighed. Weights set by hand, of five features, quoted 53 on 320 of these questions."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """A run of sentences of a passage: characters `start` to `end` of its text."""

    passage: StoredPassage
    start: int
    end: int

    @property
    def text(self) -> str:
        """As the document has it."""
        return self.passage.text[self.start : self.end]

    def overlaps(self, other: Extracted) -> bool:
        """Whether both have characters of a document in common."""
        return (
            self.passage.path == other.passage.path
            and self.passage.start + self.start < other.passage.start + other.end
            and other.passage.start + other.start < self.passage.start + self.end
        )


@dataclass(frozen=True, slots=True)
class WeighedSentence:
    """A sentence with its vector, shape (d,), and what speaks for it, in the order of FEATURES; `weights` are of these and of
    1."""

    place: Extracted
    vector: NDArray[np.float32]
    features: tuple[float, ...]
    weights: tuple[float, ...] = WEIGHTS

    @property
    def logit(self) -> float:
        return sum(weight * feature for weight, feature in zip(self.weights, (*self.features, 1.0), strict=True))

    @property
    def probability(self) -> float:
        """That it says something of what was asked."""
        return 1 / (1 + math.exp(-self.logit))


def weighed_sentences(
    question: NDArray[np.float32],
    hits: Sequence[Hit],
    readings: Sequence[Reading],
    answers: Sequence[tuple[Extracted, float]],
    encode: Encode,
) -> list[WeighedSentence]:
    """The sentences of the best `hits`. `question` is its vector, shape (d,); `readings` are those of the first hits, and
    `answers` the reader's spans with the probability that each is right."""
    read = hits[:HITS]
    placed = [(number, place) for number, hit in enumerate(read) for place in sentence_places(hit.passage)]
    if not placed:
        return []
    places = [place for _, place in placed]
    vectors = encode([with_heading(place.passage.heading, place.text) for place in places])
    cosines = [float(vector @ question) for vector in vectors]
    beside = _of_neighbours(places, cosines)
    nearest, best = max(cosines), max(hit.logit for hit in read)
    documents = list(dict.fromkeys(place.passage.path for place in places))
    chances = [_chance(place, answers) for place in places]
    likeliest = vectors[max(range(len(places)), key=lambda one: cosines[one] + chances[one])]
    found = []
    for one, (number, place) in enumerate(placed):
        margin = _best_margin(place, readings[number]) if number < len(readings) else _NOT_READ
        features = (
            cosines[one] - nearest,
            (read[number].logit - best) / 5,
            number / HITS,
            chances[one],
            min(max(margin, _NOT_READ), -_NOT_READ) / 10,
            density(place.text),
            min(len(place.text.split()), 50) / 20,
            float(is_list_item(place)),
            float(" | " in (place.passage.heading or "")),
            min(documents.index(place.passage.path), 4) / 2,
            max(beside[one]) - nearest if beside[one] else _NO_NEIGHBOUR,
            float(vectors[one] @ likeliest),
        )
        found.append(WeighedSentence(place, vectors[one], features))
    return found


def sentence_places(passage: StoredPassage) -> list[Extracted]:
    """The sentences of a passage that say something beside its heading and the fields of a mail, each with the number or dash
    of its list."""
    found = [
        Extracted(passage, _with_marker(passage.text, start), end)
        for start, end in sentences(passage.text)
        if not _MAIL_FIELD.match(passage.text, start)
    ]
    heading = plain_words((passage.heading or "").rpartition(" > ")[2])
    return [place for place in found if len(words := plain_words(place.text)) >= _LEAST_WORDS and words != heading]


def density(text: str) -> float:
    """How many of its words are numbers or, counted half, names."""
    return (len(_NUMBER.findall(text)) + len(_NAME.findall(text)) / 2) / max(4, len(text.split()))


def is_list_item(place: Extracted) -> bool:
    return LIST_ITEM.match(place.text) is not None


def plain_words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _chance(place: Extracted, answers: Sequence[tuple[Extracted, float]]) -> float:
    """The probability that an answer stands in `place`."""
    return max((right for answer, right in answers if place.overlaps(answer)), default=0.0)


def _best_margin(place: Extracted, reading: Reading) -> float:
    """How much likelier the best span that stands in `place` is than that its passage has no answer."""
    scores = (span.score for span in reading.spans if span.start < place.end and span.end > place.start)
    return max((score - reading.no_answer_score for score in scores), default=_NOT_READ)


def _of_neighbours(places: Sequence[Extracted], cosines: Sequence[float]) -> list[list[float]]:
    """For each place the cosines of those of its document with hardly anything between."""
    found: list[list[float]] = [[] for _ in places]
    order = sorted(range(len(places)), key=lambda one: (places[one].passage.path, _begin(places[one])))
    for at, one in enumerate(order):
        end = places[one].passage.start + places[one].end
        for other in order[at + 1 :]:
            is_near = _begin(places[other]) - end < _NEIGHBOUR_CHARACTERS
            if places[other].passage.path != places[one].passage.path or not is_near:
                break
            found[one].append(cosines[other])
            found[other].append(cosines[one])
    return found


def _begin(place: Extracted) -> int:
    """Its first character in the document."""
    return place.passage.start + place.start


def _with_marker(text: str, start: int) -> int:
    """Where the line begins, if nothing but the number or dash of a list stands between."""
    line = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    marker = LIST_ITEM.match(text, line)
    return line + len(marker[0]) - len(marker[0].lstrip()) if marker and marker.end() == start else start
