"""Small views of text that preparing rows needs: words, sentences, names and numbers."""

from __future__ import annotations

import re
from functools import lru_cache

from qa.pipeline.ranking import normalised

_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|Prof|Gen|Col|Lt|No|vs|etc|ca|approx|Inc|Ltd|Co|al))\.$"
)
_NAME = re.compile(r"\b[A-Z][\w’'-]*[\w](?:\s+(?:of\s+(?:the\s+)?)?[A-Z][\w’'-]*\w){0,3}")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w])")

FUNCTION_WORDS = frozenset(
    "a an the this that these those it its he she they we i you his her their our my your him them there here in on "
    "at by for from with without of to as and or but not if when while where who whom whose which what why how after "
    "before during since until although though because however also both each all some many most more other another "
    "one two is are was were be been has have had do does did can could will would may might must should than then so "
    "such no into over under between among about against through according".split()
)


def words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def content_words(text: str) -> list[str]:
    return [word for word in words(text) if word not in FUNCTION_WORDS]


@lru_cache(maxsize=4096)
def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """The sentences' (start, end), in order, together covering all of the text but the blanks between them."""
    spans: list[tuple[int, int]] = []
    start = 0
    for gap in _SENTENCE_END.finditer(text):
        if "\n" not in gap.group() and _ABBREVIATION.search(text[max(start, gap.start() - 8) : gap.start()]):
            continue
        closing = gap.start() + len(gap.group().rstrip())
        if closing > start:
            spans.append((start, closing))
        start = gap.end()
    if text[start:].strip():
        spans.append((start, len(text)))
    return tuple(spans)


def names(text: str) -> list[tuple[int, int]]:
    """Spans that look like proper names: runs of capitalised words, less a sentence's first word if it is a function word."""
    found = []
    for match in _NAME.finditer(text):
        start, end = match.span()
        first = match.group().split()[0]
        if first.lower() in FUNCTION_WORDS:
            rest = match.group()[len(first) :]
            start = end - len(rest.lstrip())
        if end - start > 2:
            found.append((start, end))
    return found


def numbers(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _NUMBER.finditer(text)]


def looks_like_year(number: str) -> bool:
    return len(number) == 4 and number.isdigit() and 1000 <= int(number) <= 2099


def holds(context: str, golds: tuple[str, ...]) -> bool:
    """Whether any gold answer occurs in the context, compared in normal form and by whole words."""
    where = f" {normalised(context)} "
    return any(f" {normalised(gold)} " in where for gold in golds if normalised(gold))
