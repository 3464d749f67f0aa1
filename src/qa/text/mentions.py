"""What a text calls a thing the second time: "the Kant airbase" ... "the base" -> "the Kant base", for the reader's eyes only.

People ask by the name, and a document gives it once. A small reader loses the thread between the two, so a name is put in front
of a later word for its kind before the passage is read (decontextualisation, Choi et al. 2021, by rule). Answers are never
made of it: `Named.original` leads back to the passage's own characters.

Worth, on ten texts whose answering sentence has the kind and an earlier one the name (`pytest
tests/unit/test_reading_by_name.py -s`): asked by the name, 8 of 10 are answered rightly, 5 without; asked by another one, 1 of
10 is answered, 3 without. On SQuAD, whose questions were written with the passage in view, nothing moves (the reader's card).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_NAME = r"(?<![\w’'-])[A-Z][\w’'-]*(?: [A-Z][\w’'-]*){0,3}"
_NAME_AND_KIND = re.compile(rf"({_NAME}) ([a-z]{{4,}})\b")
_KIND_IN_NAME = re.compile(rf"({_NAME}) ([A-Z][a-z]{{3,}})\b")
_OF_NAME = re.compile(rf" of (?:the )?({_NAME})")
_LAST_WORD = re.compile(r"\b[A-Z]?[a-z]{3,40}$")
_AGAIN = re.compile(r"\b[Tt]he ([a-z]{4,})\b(?! of\b)")
_POSSESSIVE = re.compile(r"['’]s\b")
_SENTENCE_END = re.compile(r"[.!?]['\"”’)\]]*\s|\n")
_NO_NAMES = frozenset(
    "The A An This That These Those It Its He She They We I You His Her Their Our My In On At By For From With Of To As And Or"
    " But Not If When While Where Who Which What Why How After Before During Since Until Although Though Because However Also"
    " Both Each All Some Many Most More Other Another One Two Three".split()
)
_ONE_MORE = r"\b(?:an?|another|other|each|every|any|no|some|many|several|two|both)(?: [a-z]+)? {}s?\b"
_LEAST_OF_A_COMPOUND = 3
_REACH = 2000
"""Characters back to which a name is looked for."""


@dataclass(frozen=True, slots=True)
class Insertion:
    """`length` characters put in, from `start` of the new text on; so many were put in `before` it."""

    start: int
    length: int
    before: int


@dataclass(frozen=True, slots=True)
class Named:
    """A text with names put in, in order."""

    text: str
    inserted: tuple[Insertion, ...] = ()

    def original(self, position: int) -> int:
        """The place in the text as it was; of a place within a name put in, where that was put."""
        last = self._last(position)
        return position if last is None else position - last.before - min(last.length, position - last.start)

    def is_original(self, position: int) -> bool:
        """Whether the character there was in the text before."""
        last = self._last(position)
        return last is None or position >= last.start + last.length

    def placed(self, position: int) -> int:
        """The place in the new text of a character of the text as it was: the other way than `original`."""
        count = bisect_right(self.inserted, position, key=lambda one: one.start - one.before)
        last = self.inserted[count - 1] if count else None
        return position if last is None else position + last.before + last.length

    def _last(self, position: int) -> Insertion | None:
        """The last one that begins at `position` or before it."""
        place = bisect_right(self.inserted, position, key=lambda one: one.start)
        return self.inserted[place - 1] if place else None


@dataclass(frozen=True, slots=True)
class _Naming:
    """That where the text comes to `end` a thing of this kind has been named."""

    end: int
    name: str
    kind: str


def with_names(text: str, before: str = "", room: int | None = None) -> Named:
    """`text` with the names of what it, or the text `before` it, has named; at most `room` characters more, where given."""
    kinds = tuple({again[1] for again in _AGAIN.finditer(text)})
    if not kinds:
        return Named(text)
    whole = f"{before}\n{text}"
    offset = len(whole) - len(text)
    namings = sorted((one for one in _namings(whole) if one.kind.endswith(kinds)), key=lambda naming: naming.end)
    sentence_ends = [match.end() for match in _SENTENCE_END.finditer(whole)]
    parts: list[str] = []
    inserted: list[Insertion] = []
    last, grown = 0, 0
    for again in _AGAIN.finditer(text) if namings else ():
        name = _name_of(whole, again.start() + offset, again[1], namings, sentence_ends)
        if name is None or (room is not None and grown + len(name) >= room):
            continue
        at = again.start(1)
        parts += [text[last:at], f"{name} "]
        inserted.append(Insertion(at + grown, len(name) + 1, grown))
        last, grown = at, grown + len(name) + 1
    return Named("".join([*parts, text[last:]]), tuple(inserted))


def _namings(text: str) -> Iterator[_Naming]:
    for match in _NAME_AND_KIND.finditer(text):
        yield from _naming(match.end(), match[1], match[2])
    for match in _KIND_IN_NAME.finditer(text):
        yield from _naming(match.end(), match[1], match[2].lower())
    for match in _OF_NAME.finditer(text):
        kind = _LAST_WORD.search(text, max(0, match.start() - 40), match.start())
        if kind:
            yield from _naming(match.end(), match[1], kind[0].lower())


def _naming(end: int, name: str, kind: str) -> Iterator[_Naming]:
    words = _POSSESSIVE.sub("", name).split(" ")
    while words and words[0] in _NO_NAMES:
        words = words[1:]
    if words:
        yield _Naming(end, " ".join(words), kind)


def _name_of(text: str, place: int, kind: str, namings: Sequence[_Naming], sentence_ends: Sequence[int]) -> str | None:
    """What a thing of this kind has been named before `place`; None where nothing was, or more than one, and where its
    sentence has the name already."""
    first = bisect_left(namings, place - _REACH, key=lambda naming: naming.end)
    last = bisect_right(namings, place, key=lambda naming: naming.end)
    before = [naming for naming in namings[first:last] if _is_kind(naming.kind, kind)]
    if len({naming.name for naming in before}) != 1:
        return None
    latest = before[-1]
    sentence = bisect_right(sentence_ends, place) - 1
    if latest.name in text[max(sentence_ends[sentence], place - _REACH) : place]:
        return None
    one_more = re.search(_ONE_MORE.format(kind), text[latest.end : place], re.IGNORECASE)
    return None if one_more else latest.name


def _is_kind(named: str, kind: str) -> bool:
    """Whether what was named so can be called `kind`: itself, or the end of it as of "airbase"."""
    return named == kind or (named.endswith(kind) and len(named) - len(kind) >= _LEAST_OF_A_COMPOUND)
