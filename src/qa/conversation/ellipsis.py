"""Questions that leave out what the last one said: "When?", "In which city?", "And in Tajikistan?", "Who said so?".

They are completed from an earlier question (made to stand alone before) and its answer. No grammar is parsed: a question is cut
into what asks, the auxiliary and the rest, and phrases are told by articles, prepositions and capitals. What comes out need
not be good English; it need only be found and read as the question in full would be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qa.conversation.words import (
    AUXILIARIES,
    FUNCTION_WORDS,
    POSSESSIVE,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION_WORDS,
    Word,
    words,
)

Likeness = Callable[[str, Sequence[str]], Sequence[float]]
"""How alike in meaning a text is to each of others."""

Place = tuple[int, int]
"""Character start and end (exclusive)."""

_LEAD = re.compile(
    r"^(?:(?:and|but|or|so|ok|okay|well|also|then)\b[\s,]*)*(?:(?:what|how) about\b\s*)?(?:(?:and|also)\b[\s,]*)?",
    re.IGNORECASE,
)
_ADDED = re.compile(r"(?P<added> \([^()]*\))[\s?.!]*$")
_TAIL = re.compile(r"[\s?.!,;:…]+$")
_SO = re.compile(r"^who(?:\s+has|\s+had)?\s+(\w+)\s+(?:so|that|this|it)$", re.IGNORECASE)
_SAYING = frozenset(
    "said says say claimed claims thinks thought told wrote announced believes believed suggested decided stated".split()
)
_BACK = re.compile(
    r"^(?P<asks>.*?)\s+(?:is|was|were|did|does|do|are)\s+(?:that|this|it|he|she|they)"
    r"(?:\s+(?:happen|happened|so|do that|do it|do this))?$",
    re.IGNORECASE,
)
_LONGEST_ANSWER = 8
_LONGEST_ASKING = 6
_LONGEST_LED, _LONGEST_ALONE = 7, 4
_BEGINNINGS = 3
_OLDEST = 3
"""Turns back that a fragment may be about."""
_REPLACEMENTS = 2
_THEN = frozenset("later earlier ago afterwards today now".split())
_DETERMINERS = POSSESSIVE | frozenset("a an the this that these those my your our".split())
_COUNTS = frozenset("many much which what whose".split())
_SUBJECTS = frozenset("i you we he she they it".split())
_BEGINS_ANEW = frozenset("so exactly though then not".split())


@dataclass(frozen=True, slots=True)
class Earlier:
    """A question before, standing alone, and its answer (empty where there was none)."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Parts:
    """A question cut up: "Where" "did" "Putin talk with Nazarbayev". `auxiliary` is empty where what asks is the subject."""

    asks: str
    auxiliary: str
    rest: str


def bare(text: str) -> str:
    """A question without "and", "what about" before it and marks behind it."""
    return _TAIL.sub("", _LEAD.sub("", text.strip(), count=1))


def completions(question: str, earlier: Sequence[Earlier], like: Likeness) -> list[list[str]]:
    """`question` completed from each of `earlier` (the last one first), for each the most likely first; empty if nothing is
    left out."""
    inner = bare(question)
    if not inner:
        return []
    if asking := _only_asks(inner):
        return [_completed(one, lambda one: _asked_otherwise(asking, one)) for one in earlier[:1]]
    if _is_fragment(inner, _LONGEST_ALONE if inner == _TAIL.sub("", question.strip()) else _LONGEST_LED):
        return [_completed(one, lambda one: _replaced(inner, one, like)) for one in earlier[:_OLDEST]]
    return []


def _completed(earlier: Earlier, complete: Callable[[Earlier], list[str]]) -> list[str]:
    """What was added in brackets to the earlier question is added to the completed one."""
    added = _ADDED.search(earlier.question)
    if added is None:
        return complete(earlier)
    base = Earlier(earlier.question[: added.start()], earlier.answer)
    return [f"{_TAIL.sub('', text)}{added.group('added')}?" for text in complete(base)]


def _only_asks(inner: str) -> str:
    """What asks, if the question holds nothing else: "Since when", "In which city", "When" of "When was that"."""
    if (so := _SO.match(inner)) and so.group(1).lower() in _SAYING:
        return f"Who {so.group(1).lower()} that"
    if back := _BACK.match(inner):
        asks = back.group("asks")
        found = words(asks)
        if found and found[-1].lower in QUESTION_WORDS and len(found) <= 2:
            return asks
    found = [word for word in words(inner) if word.lower not in _BEGINS_ANEW]
    if [word.lower for word in found] == ["what", "for"]:
        return "What for"
    first = next((place for place, word in enumerate(found) if word.lower in QUESTION_WORDS), None)
    if first is None or any(word.lower not in PREPOSITIONS for word in found[:first]):
        return ""
    return inner if _is_short(found[first:], after_preposition=first > 0) else ""


def _is_short(found: Sequence[Word], *, after_preposition: bool) -> bool:
    """What asks and, behind "which" and the like, what it asks for: no verb, as far as that can be seen without a grammar."""
    lowers = [word.lower for word in found]
    if len(lowers) == 1:
        return True
    counts = lowers[0] == "how" and lowers[1] in ("many", "much", "long", "often", "far", "big", "large", "old")
    if lowers[0] not in ("which", "what", "whose") and not counts:
        return False
    nouns = found[2:] if counts else found[1:]
    return len(nouns) <= (2 if after_preposition or counts else 1) and all(
        word.is_content and not word.lower.endswith("ed") for word in nouns
    )


def _is_fragment(inner: str, longest: int) -> bool:
    """No verb that can be seen and nothing that asks: a thing, a place, a time, of at most `longest` words."""
    found = words(inner)
    lowers = {word.lower for word in found}
    return (
        len(found) <= longest
        and not lowers & (AUXILIARIES | QUESTION_WORDS)
        and any(word.is_content or word.lower in ("one", "ones", "there", "here") for word in found)
    )


def cut(question: str) -> Parts:
    """What asks, the auxiliary, and the rest."""
    text = _TAIL.sub("", question.strip())
    found = words(text)
    first = next((place for place, word in enumerate(found[:4]) if word.lower in QUESTION_WORDS), None)
    if first is None:
        if found and found[0].lower in AUXILIARIES:
            return Parts("", found[0].text.lower(), text[found[0].end :].strip())
        return Parts("", "", text)
    for place in range(first + 1, min(len(found), first + _LONGEST_ASKING + 1)):
        word = found[place]
        if word.lower in AUXILIARIES:
            return Parts(text[: found[place - 1].end], word.text, text[word.end :].strip())
        if word.lower in PRONOUNS or (word.lower.endswith("ed") and place > first):
            break
    return _asked_for_subject(text, found, first)


def _asked_for_subject(text: str, found: Sequence[Word], first: int) -> Parts:
    last = first
    if found[first].lower in ("which", "what", "whose", "how") and first + 1 < len(found):
        last = first + 1
        while last + 2 < len(found) and found[last].lower in ("many", "much"):
            last += 1
    return Parts(text[: found[last].end], "", text[found[last].end :].strip())


def _asked_otherwise(asking: str, earlier: Earlier) -> list[str]:
    """The earlier question with `asking` in the place of what asked."""
    parts = cut(earlier.question)
    answer = earlier.answer if len(words(earlier.answer)) <= _LONGEST_ANSWER else ""
    asking = asking[:1].upper() + asking[1:]
    rest = words(parts.rest)
    lacks_subject = bool(parts.asks) and (
        not parts.auxiliary or not rest or rest[0].lower in PREPOSITIONS or _is_participle(rest[0].lower)
    )
    if asking.lower() == "why not":
        asking, parts = "Why", Parts(parts.asks, f"{parts.auxiliary} not".strip(), parts.rest)
    if lacks_subject:
        return [_sentence(asking, parts.auxiliary, _subject(parts.asks, answer), parts.rest)]
    plain = _sentence(asking, parts.auxiliary, parts.rest)
    if not parts.asks or not answer or answer.lower() in parts.rest.lower():
        return [plain]
    return [plain, _sentence(asking, parts.auxiliary, parts.rest, answer)]


def _subject(asks: str, answer: str) -> str:
    """The answer, with what was counted ("400 Russian military personnel")."""
    noun = _noun_of(asks)
    counted = asks.lower().startswith(("how many", "how much"))
    return f"{answer} {noun}".strip() if counted or not answer else answer


def _is_participle(word: str) -> bool:
    return word.endswith(("ed", "en", "ing")) and len(word) > 4


def _noun_of(asks: str) -> str:
    """ "people" of "how many people", "company" of "which company"."""
    return " ".join(word.text for word in words(asks) if word.is_content)


def _sentence(*parts: str) -> str:
    return " ".join(part for part in parts if part).strip() + "?"


def _replaced(fragment: str, earlier: Earlier, like: Likeness) -> list[str]:
    """The earlier question with `fragment` in the place of the phrase that is most like it."""
    text = _TAIL.sub("", earlier.question.strip())
    found = words(fragment)
    preposition = found[0].text if found[0].lower in PREPOSITIONS and len(found) > 1 else ""
    thing = fragment[found[1].start :] if preposition else fragment
    if found[-1].lower in _THEN:
        return [f"{text} {fragment}?"]
    places = _phrases(text)
    if words(thing)[0].lower in _DETERMINERS:
        places = [place for place in places if _word_before(text, place[0]) not in _COUNTS]
    if preposition:
        places = [place for place in places if _word_before(text, place[0]) == preposition.lower()]
    if _shape(thing) == "number":
        places = [place for place in places if _shape(text[place[0] : place[1]]) == "number"]
    if not places:
        return [f"{text} {fragment}?"]
    return [
        f"{text[:start]}{_owned(_with_noun(thing, text[start:end]), text, start, end)}{text[end:]}?"
        for start, end in _most_like(thing, text, places, like)[:_REPLACEMENTS]
    ]


def _owned(thing: str, text: str, start: int, end: int) -> str:
    """Without "its" where the question says whose: "Harvard's (its) campus", "the (his) son of Kublai"."""
    first = words(thing)[0]
    if first.lower not in POSSESSIVE or first.end == len(thing):
        return thing
    if text[:start].rstrip().endswith(("'s", "’s")):
        return thing[first.end :].lstrip()
    return f"the{thing[first.end :]}" if text[end:].startswith(" of ") else thing


def _most_like(thing: str, text: str, places: Sequence[Place], like: Likeness) -> list[Place]:
    """Best first. A name takes the place of a name; then likeness in meaning decides."""
    shape = _shape(thing)
    alike = [place for place in places if _shape(text[place[0] : place[1]]) == shape] or list(places)
    alike = [shorter for place in alike for shorter in _beginnings(text, place)]
    if len(alike) == 1:
        return alike
    olds = [text[start:end] for start, end in alike]
    scores = [like(_with_noun(thing, old), [old])[0] for old in olds] if _ends_in_one(thing) else like(thing, olds)
    return [place for _, place in sorted(zip(scores, alike, strict=True), reverse=True)]


def _beginnings(text: str, place: Place) -> Iterator[Place]:
    """A run of common words may end in a verb ("old versions kept"): it and its beginnings are tried."""
    found = words(text[place[0] : place[1]])
    content = [word for word in found if word.is_content]
    ends = [content[-1]] if content[-1].is_capital else content[-_BEGINNINGS:]
    return ((place[0], place[0] + word.end) for word in ends)


def _ends_in_one(thing: str) -> bool:
    return words(thing)[-1].lower in ("one", "ones")


def _with_noun(thing: str, old: str) -> str:
    """ "a half one" in the place of "a full plot" is "a half plot"."""
    if not _ends_in_one(thing):
        return thing
    return f"{thing[: words(thing)[-1].start]}{words(old)[-1].text}"


def _shape(text: str) -> str:
    content = [word for word in words(text) if word.is_content]
    if any(word.is_number for word in content):
        return "number"
    return "name" if content and content[-1].is_capital else "noun"


def _phrases(text: str) -> list[Place]:
    """Runs of content words with their article; not the verb after "I", "they" and the like."""
    found = words(text)
    runs: list[Place] = []
    place = 0
    while place < len(found):
        last = place
        while last < len(found) and _belongs(found, place, last, text):
            last += 1
        if last > place and not (place and found[place - 1].lower in _SUBJECTS):
            first = place - 1 if place and found[place - 1].lower in ("the", "a", "an") else place
            runs.append((found[first].start, found[last - 1].end))
        place = max(last, place + 1)
    return runs


def _belongs(found: Sequence[Word], place: int, at: int, text: str) -> bool:
    word = found[at]
    if word.lower in FUNCTION_WORDS or (at > place and not _same_kind(found[at - 1], word)):
        return False
    return at == place or text[found[at - 1].end : word.start].strip() in ("", "'s", "’s")


def _same_kind(before: Word, word: Word) -> bool:
    """A name does not run on into a common word ("Putin talk"), nor the other way round ("reach England")."""
    return before.is_capital == word.is_capital and not word.lower.endswith("ed")


def _word_before(text: str, start: int) -> str:
    before = words(text[:start])
    return before[-1].lower if before else ""
