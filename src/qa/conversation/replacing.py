"""A fragment ("And Tajikistan?") in the places of the earlier question's things, the likeliest first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qa.conversation.places import Place, phrases_in, shape, without_tail, word_before
from qa.conversation.words import POSSESSIVE, PREPOSITIONS, words

Likeness = Callable[[str, Sequence[str]], Sequence[float]]
"""How alike in meaning a text is to each of others."""

_BEGINNINGS = 3
_REPLACEMENTS = 3
_SHARPNESS = 6.0
"""How fast a place grows unlikely with the likeness it lacks against the best: a third for 0.2 less."""
_SECOND = 0.8
"""The most that any but the likeliest completion is worth against it."""
_SAME_KIND = 0.45
"""The likeness from which on two things are of one kind: the names of two countries have 0.6, a name and a common word 0.2."""
_TAKES = {"number": ("number",), "name": ("name",), "noun": ("noun", "name")}
_THEN = frozenset("later earlier ago afterwards today now".split())
_DETERMINERS = POSSESSIVE | frozenset("a an the this that these those my your our".split())
_COUNTS = frozenset("how many much which what whose".split())


@dataclass(frozen=True, slots=True)
class CompletedQuestion:
    """A question made whole, and how `likely` it is meant (0 to 1) against the likeliest."""

    text: str
    likely: float


def replaced(fragment: str, question: str, like: Likeness) -> list[CompletedQuestion]:
    """`question` with `fragment` in the place of each phrase of its kind, the most like it first."""
    text = without_tail(question.strip())
    found = words(fragment)
    preposition = found[0].text if found[0].lower in PREPOSITIONS and len(found) > 1 else ""
    thing = fragment[found[1].start :] if preposition else fragment
    if found[-1].lower in _THEN:
        return [CompletedQuestion(f"{text} {fragment}?", 1.0)]
    places = phrases_in(text)
    if words(thing)[0].lower in _DETERMINERS:
        places = [place for place in places if word_before(text, place[0]) not in _COUNTS]
    if shape(thing) == "number":
        places = [place for place in places if shape(text[place[0] : place[1]]) == "number"]
    governed = [place for place in places if preposition and word_before(text, place[0]) == preposition.lower()]
    appended = f"{text} {fragment}?"
    if not places:
        return [CompletedQuestion(appended, 1.0)]
    ranked = _most_like(thing, text, governed or places, like)[:_REPLACEMENTS]
    best = ranked[0][1]
    swapped = [
        CompletedQuestion(_put(thing, text, place), _likely(number, best - score))
        for number, (place, score) in enumerate(ranked)
    ]
    if governed or not preposition:
        return swapped
    if best >= _SAME_KIND:
        return [*swapped, CompletedQuestion(appended, _SECOND)]
    return [CompletedQuestion(appended, 1.0), *(CompletedQuestion(one.text, one.likely * _SECOND) for one in swapped)]


def _likely(number: int, less_alike: float) -> float:
    return 1.0 if number == 0 else min(_SECOND, math.exp(-_SHARPNESS * less_alike))


def _put(thing: str, text: str, place: Place) -> str:
    start, end = place
    return f"{text[:start]}{_owned(_with_noun(thing, text[start:end]), text, start, end)}{text[end:]}?"


def _owned(thing: str, text: str, start: int, end: int) -> str:
    """Without "its" where the question says whose: "Harvard's (its) campus", "the (his) son of Kublai"."""
    first = next(iter(words(thing)), None)
    if first is None or first.lower not in POSSESSIVE or first.end == len(thing):
        return thing
    if text[:start].rstrip().endswith(("'s", "’s")):
        return thing[first.end :].lstrip()
    return f"the{thing[first.end :]}" if text[end:].startswith(" of ") else thing


def _most_like(thing: str, text: str, places: Sequence[Place], like: Likeness) -> list[tuple[Place, float]]:
    """With their likeness, best first. A name takes the place of a name, what may be one without its capital ("uzbekistan") of
    anything; then likeness in meaning decides. "A half one" takes the place of a noun with a word that tells of it."""
    kinds = _TAKES[shape(thing)]
    alike = [place for place in places if shape(text[place[0] : place[1]]) in kinds] or list(places)
    least = 2 if _ends_in_one(thing) else 1
    # "The hand one" stands against "the electric extractor", not against "the deposit".
    alike = [place for place in alike if _content_words(text, place) >= least] or alike
    alike = [shorter for place in alike for shorter in _beginnings(text, place, least)]
    olds = [text[start:end] for start, end in alike]
    scores = [like(_with_noun(thing, old), [old])[0] for old in olds] if least > 1 else like(thing, olds)
    return sorted(zip(alike, scores, strict=True), key=lambda found: -found[1])


def _content_words(text: str, place: Place) -> int:
    return sum(word.is_content for word in words(text[place[0] : place[1]]))


def _beginnings(text: str, place: Place, least: int) -> Iterator[Place]:
    """A run of common words may end in a verb ("old versions kept"): it and its beginnings, of `least` words that carry meaning
    and more if it has as many, are tried."""
    found = words(text[place[0] : place[1]])
    content = [word for word in found if word.is_content]
    if not content:
        return iter([place])
    ends = [content[-1]] if content[-1].is_capital else content[min(least, len(content)) - 1 :][-_BEGINNINGS:]
    return ((place[0], place[0] + word.end) for word in ends if not _owns(text[place[0] + word.end : place[1]]))


def _owns(behind: str) -> bool:
    """What is owned goes with its owner: "its campus" takes the place of "the university's library"."""
    return behind.startswith(("'s", "’s"))


def _ends_in_one(thing: str) -> bool:
    found = words(thing)
    return len(found) > 1 and found[-1].lower in ("one", "ones")


def _with_noun(thing: str, old: str) -> str:
    """ "a half one" in the place of "a full plot" is "a half plot"."""
    if not _ends_in_one(thing) or not words(old):
        return thing
    return f"{thing[: words(thing)[-1].start]}{words(old)[-1].text}"
