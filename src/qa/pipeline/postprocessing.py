"""Spans as people want them said: to a question that asks yes or no, the sentence that decides it; a date in figures, a
number of letters and figures (TT-88213-K), a web or mail address whole.

Tried on the open half of SQuAD 2.0 and left out, since the reader does it by itself: growing a number by the unit behind it
(none of 42 answers changed) and a name by the list that it stands in (2 of 497 changed, one for the better).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from qa.pipeline.ranking import normalised
from qa.pipeline.reader import Reading
from qa.pipeline.spans import Span, non_maximum_suppression
from qa.text.question_kinds import kind_of
from qa.text.sentences import Place, sentence_place
from qa.text.table_rows import NAMED_CELL

_DATE = re.compile(r"(?<!\d)(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([./])\d{1,2}\1\d{2,4})(?!\d)")
"""2018-05-23, 23.5.2018, 5/23/18: a reader of prose takes the year alone."""
_CODE = re.compile(
    r"(?<![\w/-])(?=[A-Z/_-]*\d)(?=[\d/_-]*[A-Z])[A-Z\d]+(?:[-/_][A-Z\d]+)+(?![\w/-])"
    r"|https?://\S*[\w/]|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
)
"""Letters and figures joined, an address: to the reader's tokenizer they are many words. Letters are capitals, since "500" may
be meant of "500-year-old"."""
_NO_ANSWER_ALONE = frozenset(
    "a an the and or but nor of to in on at by for from with as into onto over under between among about against through"
    " during since until before after near than that which who is are was were be been".split()
)
"""None of SQuAD's 5,515 gold answers (open half, with those of NQ) is made of these words alone."""
_LIST_NUMBER = re.compile(r"[^\S\r\n]*\d{1,3}[.)](?=\s)")
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"\w+")
_LEAST_REPEATED = 3
"""Words: "A or B?" may be answered by one or two of its own."""
_PART_OF_A_DATE = re.compile(r"\b(?:what|which) (?:year|month|day)\b", re.IGNORECASE)


def postprocess(question: str, text: str, reading: Reading) -> Reading:
    """The reading of the passage `text`, its spans grown to what `question` asks for.

    A span that comes to overlap a better one is dropped, one without a word that could answer anything or that is the number
    of a list's item, and one that only
    repeats words of the question: in a list of questions and answers the question itself fits best. (Of the 9,100 gold
    answers of SQuAD's open half two do that.)
    """
    kind = kind_of(question)
    spans: Sequence[Span] = reading.spans
    if _CODE.search(text):
        spans = _grown(partial(_with_whole, _CODE), text, spans)
    if NAMED_CELL.search(text):
        spans = _grown(partial(_not_its_name, question), text, spans)
    if kind in _GROWN and not (kind == "when" and _PART_OF_A_DATE.search(question)):
        spans = _grown(_GROWN[kind], text, spans)
    kept = (span for span in spans if _says_something(text, span) and not _repeats(question, text, span))
    return replace(reading, spans=tuple(kept))


def _says_something(text: str, span: Span) -> bool:
    number = _LIST_NUMBER.match(text, text.rfind("\n", 0, span.start) + 1)
    if number and span.end <= number.end():
        return False
    words = _WORD.findall(text[span.start : span.end].lower())
    # No words at all: "*" may well be what is asked for.
    return not words or not _NO_ANSWER_ALONE.issuperset(words)


def _repeats(question: str, text: str, span: Span) -> bool:
    said = normalised(text[span.start : span.end])
    return said.count(" ") >= _LEAST_REPEATED - 1 and f" {said} " in f" {normalised(question)} "


def _grown(grow: Callable[[str, int, int], Place], text: str, spans: Sequence[Span]) -> Sequence[Span]:
    return non_maximum_suppression([Span(*grow(text, span.start, span.end), span.score) for span in spans], len(spans))


def _deciding_sentence(text: str, start: int, end: int) -> Place:
    """Of a span over more than one paragraph only the last is meant: a heading decides nothing."""
    for gap in _SPACES.finditer(text, start, end):
        if gap[0].replace("\r\n", "\n").replace("\r", "\n").count("\n") > 1 and gap.end() < end:
            start = gap.end()
    return sentence_place(text, start, end)


def _with_whole(pattern: re.Pattern[str], text: str, start: int, end: int) -> Place:
    for found in pattern.finditer(text):
        if found.start() < end and found.end() > start:
            start, end = min(start, found.start()), max(end, found.end())
    return start, end


def _not_its_name(question: str, text: str, start: int, end: int) -> Place:
    """Of a span that is the name of a cell the cell: "allergies" answers nothing, "allergies: chicken" does."""
    for found in NAMED_CELL.finditer(text):
        if found.span("name") == (start, end) and normalised(found["cell"]) not in normalised(question):
            return found.span("cell")
    return start, end


_GROWN: Mapping[str, Callable[[str, int, int], Place]] = {
    "yes/no": _deciding_sentence,
    "when": partial(_with_whole, _DATE),
}
"""By the kind of question: what becomes of a span."""
