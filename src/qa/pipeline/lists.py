"""Lists: all items that a question asks for, each where it stands.

Two ways are tried, and a regression says which gives the better list. What a document lists together (qa.pipeline.blocks) is
read item by item, and what answers is taken: of rows the cells of one column, of lines the lines themselves. And the spans of
all passages that are nearly as good as the best are taken, each parted where it is an enumeration.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING

from qa.documents.lines import line_ends
from qa.pipeline.blocks import Block, Unit, blocks
from qa.pipeline.enumerations import labelled_enumeration, parted
from qa.pipeline.retriever import Hit
from qa.pipeline.sentence_relevance import Extracted
from qa.text.passages import with_heading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.index.records import StoredPassage
    from qa.pipeline.pipeline import Models
    from qa.pipeline.reader import Reading

_HITS = 8
_LINES = 4
"""Passages that are looked at for lines that enumerate."""
_MOST_BLOCKS = 4
_MOST_READ = 16
"""Units of a block that are read; where most of them answer, so do the others."""
_MOST_UNITS_READ = 48
_UNIT_DROP = 12.0
_SPAN_DROP = 4.0
"""Logits below the best of them: those that fall further behind are no items."""
_FIRST_COLUMN = 0.7
_NAME_OF_COLUMN = 0.5
"""What a column gains that names the rows, and one whose name is like the question, against all votes for one."""
_WHOLE_UNIT = 25
"""Words of a line that is an item as it stands; of a longer one it is what stands before its first stop."""
_HEAD_CHARACTERS = 500
_HEAD_UNITS = 8
_INTRO_CHARACTERS = 80
_ALIKE = 0.6
_CONDITION_LETTERS = 4
"""Words of a question that are as long may be what tells rows apart. Without this item F1, held out, is 0.618."""
_WORD = re.compile(r"\w+")
_AFTER_NAME = re.compile(r":\s|\s[-–(]\s?|\.\s|;\s|,\s")
_ROW_HEADING = re.compile(r"(?: > )?[^>]* \| [^>]* > rows? \d+.*$|(?: > )?(?:row|item|line) \d+.*$", re.DOTALL)

WEIGHTS = (-0.241, 0.028, -0.236, 0.292, 0.015, -0.048, -0.043, 0.045, 0.104, 0.019, 0.091, 0.0, 0.497)
"""Of `ListCandidate.features` and 1: the item F1 to expect. `python -m qa.training lists` over code, study, money (125 lists);
with each set held out, what is chosen has item F1 0.62, the best of the candidates would have 0.74. Lines that enumerate behind
a label came later, and have no weight of their own yet."""
_SURE_INTERCEPT, _SURE_WEIGHT = -3.2, 5.72
"""A logistic regression of "item F1 is two thirds and more" on the score, of 436 lists of fourteen sets: between 0.3 and 0.5 37
of 100 are, between 0.5 and 0.62 65, above it 73."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Items in the order of the documents, and what item F1 is expected of them."""

    items: Sequence[Extracted]
    score: float

    @property
    def sure(self) -> float:
        """The probability that two thirds of it are right, and of what it should have two thirds are there."""
        return 1 / (1 + math.exp(-(_SURE_INTERCEPT + _SURE_WEIGHT * self.score)))


@dataclass(frozen=True, slots=True)
class ListCandidate:
    """A list that may be meant, and what speaks for it."""

    items: Sequence[Extracted]
    features: tuple[float, ...]

    @property
    def score(self) -> float:
        return sum(weight * feature for weight, feature in zip(WEIGHTS, (*self.features, 1.0), strict=True))


def listing(
    question: str,
    vector: NDArray[np.float32],
    hits: Sequence[Hit],
    readings: Sequence[Reading],
    models: Models,
    document_text: Callable[[str], str],
) -> Listing | None:
    """The best list of two items or more, None where one thing answers. `vector` is the question's, shape (d,), `readings` are
    those of the first `hits`."""
    found = candidates(question, vector, hits, readings, models, document_text)
    best = max(found, key=lambda candidate: candidate.score, default=None)
    return Listing(best.items, best.score) if best is not None and len(best.items) > 1 else None


def candidates(
    question: str,
    vector: NDArray[np.float32],
    hits: Sequence[Hit],
    readings: Sequence[Reading],
    models: Models,
    document_text: Callable[[str], str],
) -> list[ListCandidate]:
    """All lists that are weighed, the spans of all passages first."""
    read = list(zip(hits[:_HITS], readings[:_HITS], strict=False))
    if not read:
        return []
    found = [_of_spans(read)]
    lines = (_of_line(hit, reading, number, read[0][0].logit) for number, (hit, reading) in enumerate(read[:_LINES]))
    found += [line for line in lines if line is not None]
    for place in _places(read, document_text):
        candidate = _of_block(question, vector, place, read[0][0].logit, models)
        if candidate is not None:
            found.append(candidate)
    return found


@dataclass(frozen=True, slots=True)
class _PlacedBlock:
    """A block near the passage `hit`, the `number`-th best; `has_best`: whether the best span of that passage is in it."""

    block: Block
    hit: Hit
    number: int
    has_best: bool
    text: str


def _places(read: Sequence[tuple[Hit, Reading]], document_text: Callable[[str], str]) -> Iterator[_PlacedBlock]:
    """The first blocks, as many as there is time to read."""
    documents: dict[str, tuple[str, list[Block]]] = {}
    seen: set[tuple[str, int]] = set()
    units = 0
    for number, (hit, reading) in enumerate(read):
        passage = hit.passage
        if passage.path not in documents:
            text = document_text(passage.path)
            documents[passage.path] = text, blocks(text)
        text, found = documents[passage.path]
        for block in found:
            first, last = block.units[0].start, block.units[-1].end
            if not block.touches(passage.start, passage.end) or (passage.path, first) in seen:
                continue
            seen.add((passage.path, first))
            units += min(len(block.units), _MOST_READ)
            if len(seen) > _MOST_BLOCKS or units > _MOST_UNITS_READ:
                return
            best = reading.spans[0] if reading.spans else None
            inside = best is not None and first <= passage.start + best.start and passage.start + best.end <= last
            yield _PlacedBlock(block, hit, number, inside, text)


def _of_spans(read: Sequence[tuple[Hit, Reading]]) -> ListCandidate:
    """The spans that are nearly as good as the best, parted where they are enumerations, and each thing once."""
    spans = [
        (span.score - reading.no_answer_score - hit.margin + hit.logit, hit.passage, span)
        for hit, reading in read
        for span in reading.spans
    ]
    spans.sort(key=lambda one: -one[0])
    items: list[Extracted] = []
    parts_of_best = 0
    for score, passage, span in spans:
        if score < spans[0][0] - _SPAN_DROP:
            break
        parts = list(_parted(passage, span.start, span.end))
        parts_of_best = parts_of_best or len(parts)
        items += [part for part in parts if not any(_alike(part.text, other.text) for other in items)]
    features = (1.0, *[0.0] * 7, float(min(parts_of_best, 5)), float(min(len(items), 8)), 0.0, 0.0)
    return ListCandidate(items, features)


def _parted(passage: StoredPassage, start: int, end: int) -> Iterator[Extracted]:
    """The things that an enumeration names; a row, which enumerates its columns, is left whole."""
    if _ROW_HEADING.search(passage.heading or ""):
        yield Extracted(passage, start, end)
        return
    for first, last in parted(passage.text, start, end):
        yield Extracted(passage, first, last)


def _of_line(hit: Hit, reading: Reading, number: int, best_logit: float) -> ListCandidate | None:
    """What the line "Present: Ann, Bob and Cy" names in which the best span of the passage stands; None where there is none.
    The passage is the `number`-th best."""
    if not reading.spans or _ROW_HEADING.search(hit.passage.heading or ""):
        return None
    best = reading.spans[0]
    items = [Extracted(hit.passage, *place) for place in labelled_enumeration(hit.passage.text, best.start, best.end)]
    if len(items) < 2:
        return None
    margin = best.score - reading.no_answer_score
    features = (
        0.0, (hit.logit - best_logit) / 5, number / _HITS, margin / 10, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0,
        min(len(items), 8) / 8, 1.0,
    )  # fmt: skip
    return ListCandidate(items, features)


def _of_block(
    question: str, vector: NDArray[np.float32], place: _PlacedBlock, best_logit: float, models: Models
) -> ListCandidate | None:
    """What of a block answers; None where hardly anything does."""
    block, hit = place.block, place.hit
    heading = _heading(hit.passage.heading, block.intro)
    some = block.units[:_MOST_READ]
    shown = [_unit_passage(hit.passage, unit, place.text, heading) for unit in some]
    readings = models.reader.read(question, shown)
    margins = [
        reading.spans[0].score - reading.no_answer_score if reading.spans else -_UNIT_DROP for reading in readings
    ]
    best = max(margins)
    kept = [margin > best - _UNIT_DROP for margin in margins]
    # What was not read is as what was.
    rest = [sum(kept) * 2 > len(kept)] * (len(block.units) - len(some))
    column = _column(block, some, readings, margins, vector, models, place.text)
    meant = _meant(question, block.units, column, place.text)
    items = [
        item
        for unit, keeps in zip(block.units, [*kept, *rest], strict=True)
        if keeps and unit in meant and (item := _item(hit.passage, unit, column, place.text)) is not None
    ]
    items = list({" ".join(item.text.split()): item for item in reversed(items)}.values())[::-1]
    if len(items) < 2:
        return None
    head = place.text[block.units[0].start : block.units[min(len(block.units), _HEAD_UNITS) - 1].end][:_HEAD_CHARACTERS]
    whole = Hit(replace(hit.passage, text=head, heading=heading, before=""), hit.score, hit.cosine)
    relevance = models.reranker.rerank(question, [whole])[0].relevance
    cosine = float(models.encoder.encode([with_heading(heading, head)])[0] @ vector)
    features = (
        0.0, (hit.logit - best_logit) / 5, place.number / _HITS, fmean(sorted(margins, reverse=True)[:2]) / 10,
        relevance / 10, cosine, float(place.has_best), float(column is not None), 0.0, 0.0, min(len(items), 8) / 8, 0.0,
    )  # fmt: skip
    return ListCandidate(items, features)


def _heading(heading: str | None, intro: str) -> str | None:
    """Of the whole block: without a row, with the line above it."""
    outer = _ROW_HEADING.sub("", heading or "")
    return " > ".join(filter(None, (outer, intro[:_INTRO_CHARACTERS]))) or None


def _unit_passage(passage: StoredPassage, unit: Unit, text: str, heading: str | None) -> StoredPassage:
    before, after = sorted((passage.start, unit.start))
    lines = line_ends(text, before, after)
    line = passage.line + (lines if unit.start >= passage.start else -lines)
    body = text[unit.start : unit.end]
    return replace(passage, start=unit.start, end=unit.end, line=line, text=body, heading=heading, before="")


def _column(
    block: Block,
    units: Sequence[Unit],
    readings: Sequence[Reading],
    margins: Sequence[float],
    vector: NDArray[np.float32],
    models: Models,
    text: str,
) -> int | None:
    """The column that is meant, None of lines: that which most rows answer with, surest ones first; in doubt the one that names
    the rows, or that has the question's words for its name."""
    count = max(len(unit.cells) for unit in units)
    if count < 2:
        return None
    votes: Counter[int] = Counter()
    for unit, reading, margin in zip(units, readings, margins, strict=True):
        for span in reading.spans[:1]:
            start, end = unit.start + span.start, unit.start + span.end
            touched = [place for place, (first, last) in enumerate(unit.cells) if start < last and end > first]
            for place in touched:
                votes[place] += 2 ** ((margin - max(margins)) / 2)  # type: ignore[assignment]
    names = [text[start:end] for start, end in block.names][:count]
    likeness: dict[int, float] = defaultdict(float)
    if names:
        likeness |= enumerate(map(float, models.encoder.encode(names) @ vector))
    whole = sum(votes.values()) or 1
    return max(
        range(count),
        key=lambda place: (
            votes[place] / whole + _FIRST_COLUMN * (place == 0) + _NAME_OF_COLUMN * likeness[place],
            -place,
        ),
    )


def _meant(question: str, units: Sequence[Unit], column: int | None, text: str) -> Sequence[Unit]:
    """Of rows, those that say in another column what the question says, if some do and some do not: "at Dale & Sons"."""
    if column is None:
        return units
    asked = {word for word in _WORD.findall(question.casefold()) if len(word) >= _CONDITION_LETTERS}
    said = [
        {
            word
            for place, (start, end) in enumerate(unit.cells)
            if place != column
            for word in _WORD.findall(text[start:end].casefold())
        }
        & asked
        for unit in units
    ]
    most = max(map(len, said))
    return [unit for unit, words in zip(units, said, strict=True) if len(words) == most]


def _item(passage: StoredPassage, unit: Unit, column: int | None, text: str) -> Extracted | None:
    shown = _unit_passage(passage, unit, text, _heading(passage.heading, ""))
    if column is not None:
        if column >= len(unit.cells):
            return None
        start, end = unit.cells[column]
        return Extracted(shown, start - unit.start, end - unit.start) if text[start:end].strip() else None
    if len(_WORD.findall(shown.text)) <= _WHOLE_UNIT:
        return Extracted(shown, 0, len(shown.text.rstrip()))
    stop = _AFTER_NAME.search(shown.text)
    return Extracted(shown, 0, stop.start() if stop else len(shown.text.rstrip()))


def _alike(one: str, other: str) -> bool:
    """Whether two items say the same: token F1 (Rajpurkar et al. 2016)."""
    mine, theirs = Counter(_WORD.findall(one.casefold())), Counter(_WORD.findall(other.casefold()))
    shared = sum((mine & theirs).values())
    return 2 * shared > _ALIKE * (mine.total() + theirs.total())
