"""A fragment ("And Tajikistan?") in the places of the earlier question's things, the likeliest first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qa.conversation.places import Place, phrases_in, shape, without_tail, word_before
from qa.conversation.times import is_named_time, is_time, times_in
from qa.conversation.words import POSSESSIVE, PREPOSITIONS, words

Likeness = Callable[[str, Sequence[str]], Sequence[float]]
"""How alike in meaning a text is to each of others."""

_BEGINNINGS = 3
_REPLACEMENTS = 3
_SHARPNESS = 6.0
"""How fast a place grows unlikely with the likeness it lacks against the best: a third for 0.2 less."""
_SECOND = 0.8
"""The most that any but the likeliest completion is worth against it."""
_SAME_KIND = 0.4
"""The likeness from which on two things are of one kind: the names of two countries have 0.6, a name and a common word 0.2."""
_TAKES = {"number": ("number",), "name": ("name",), "noun": ("noun", "name")}
_ARTICLES = frozenset("the a an".split())
_DETERMINERS = POSSESSIVE | frozenset("a an the this that these those my your our".split())
_DO = frozenset("do does did".split())
_COUNTS = frozenset("how many much which what whose".split())


@dataclass(frozen=True, slots=True)
class CompletedQuestion:
    """A question made whole, and how `likely` it is meant (0 to 1) against the likeliest."""

    text: str
    likely: float


def replaced(fragment: str, question: str, like: Likeness) -> list[CompletedQuestion]:
    """`question` with `fragment` in the place of each phrase of its kind, the most like it first; else behind it."""
    text = without_tail(question.strip())
    if not text:
        return []
    appended = CompletedQuestion(f"{text} {fragment}?", 1.0)
    if is_time(fragment):
        return [CompletedQuestion(_at_time(fragment, text, like), 1.0)]
    found = words(fragment)
    preposition = found[0].lower if found[0].lower in PREPOSITIONS and len(found) > 1 else ""
    thing = fragment[found[1].start :] if preposition else fragment
    places = _places(thing, text)
    governed = [place for place in places if preposition and word_before(text, place[0]) == preposition]
    if not places:
        return [appended]
    ranked = _most_like(thing, text, governed or places, like)[:_REPLACEMENTS]
    if preposition and not governed:
        # Without its preposition it is another thing: it takes the place of what is of its kind, or none.
        place, score = ranked[0]
        shorter = _without(text, place) if preposition == "for" else ""
        names = shape(thing) == shape(text[slice(*place)]) == "name"
        if not (shorter or names or score >= _SAME_KIND):
            return [appended]
        instead = f"{shorter} {fragment}?" if shorter else _put(thing, text, place)
        return [CompletedQuestion(instead, 1.0), CompletedQuestion(appended.text, _SECOND)]
    return [
        CompletedQuestion(_put(thing, text, place), _likely(number, ranked[0][1] - score))
        for number, (place, score) in enumerate(ranked)
    ]


def _at_time(time: str, text: str, like: Likeness) -> str:
    """In the place of the time most like it, with the preposition of that where it needs one; else behind the question."""
    spans = times_in(text)
    if not spans:
        return f"{text} {time}?"
    scores = like(time, [text[start:end] for start, end in spans])
    start, end = max(zip(scores, spans, strict=True))[1]
    first = words(text[start:end])[0]
    kept = f"{first.text} " if first.lower in PREPOSITIONS and is_named_time(time) else ""
    return f"{text[:start]}{kept}{time}{text[end:]}?"


def _likely(number: int, less_alike: float) -> float:
    return 1.0 if number == 0 else min(_SECOND, math.exp(-_SHARPNESS * less_alike))


def _places(thing: str, text: str) -> list[Place]:
    """Of the phrases of `text` those that `thing` may take the place of."""
    places = [place for place in _runs(text) if word_before(text, place[0]) != "how"]
    if words(thing)[0].lower in _DETERMINERS:
        places = [place for place in places if word_before(text, place[0]) not in _COUNTS]
    if shape(thing) == "number":
        places = [place for place in places if shape(text[place[0] : place[1]]) == "number"]
    return places


def _runs(text: str) -> list[Place]:
    """The phrases that are no times."""
    for start, end in times_in(text):
        text = f"{text[:start]}{',' * (end - start)}{text[end:]}"
    return phrases_in(text)


def _put(thing: str, text: str, place: Place) -> str:
    start, end = place
    thing = _owned(_with_noun(thing, text[start:end]), text, start, end)
    return f"{text[:start]}{_with_article(thing, text, place)}{text[end:]}?"


def _with_article(thing: str, text: str, place: Place) -> str:
    """With an article as the phrase has it whose place it takes, if it has none and is no name nor several."""
    start, end = place
    last = next((last for first, last in _runs(text) if first == start), end)
    article, own = words(text[start:])[0].lower, next(iter(words(thing)), None)
    if article not in _ARTICLES or own is None or own.lower in _DETERMINERS or not own.is_content:
        return thing
    one = shape(thing) == "noun" and not thing.endswith("s")
    if article == "the":
        return f"the {thing}" if one else thing
    return f"{_indefinite(thing)} {thing}" if one or end < last else thing


def _indefinite(thing: str) -> str:
    return "an" if thing[:1].lower() in "aeiou" else "a"


def _without(text: str, place: Place) -> str:
    """Without what tells of another word: "a return" is left of "an adult return". Empty where it is no such word."""
    start, end = place
    last = next((last for first, last in _runs(text) if first == start), end)
    rest = text[end:last].strip()
    if not rest or words(text[start:])[0].lower not in ("a", "an"):
        return ""
    return f"{text[:start]}{_indefinite(rest)} {rest}{text[last:]}"


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
    alike = [shorter for place in alike for shorter in _parts(text, place, least)]
    olds = [text[start:end] for start, end in alike]
    scores = [like(_with_noun(thing, old), [old])[0] for old in olds] if least > 1 else like(thing, olds)
    return sorted(zip(alike, scores, strict=True), key=lambda found: -found[1])


def _content_words(text: str, place: Place) -> int:
    return sum(word.is_content for word in words(text[place[0] : place[1]]))


def _parts(text: str, place: Place, least: int) -> Iterator[Place]:
    """A run of common words may end in a verb ("old versions kept"): it and its beginnings, of `least` words that carry meaning
    and more if it has as many, are tried. Where it must hold a verb something is left for it: behind "does" the last word, of
    "which car gets flowers" the middle."""
    start, end = place
    content = [word for word in words(text[start:end]) if word.is_content]
    if not content or content[-1].is_capital:
        return iter([] if content and _owns(text[start + content[-1].end : end]) else [place])
    ends = [start + word.end for word in content[min(least, len(content)) - 1 :][-_BEGINNINGS:]]
    asks = word_before(text, start)
    if len(content) > 1 and asks in _DO:
        ends = ends[:-1]
    elif len(content) > 1 and asks in ("what", "which") and not text[end:].strip():
        last = [(start + content[-1].start, end)] if len(content) > 2 else []
        return iter([(start, ends[0]), *last])
    return ((start, one) for one in ends if not _owns(text[one:end]))


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
