"""Questions that leave out what the last one said: "When?", "In which city?", "And in Tajikistan?", "Who said so?".

They are completed from an earlier question (made to stand alone before) and its answer. No grammar is parsed: a question is cut
into what asks, the auxiliary and the rest, and phrases are told by articles, prepositions and capitals. What comes out need
not be good English; it need only be found and read as the question in full would be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from qa.conversation.places import without_lead, without_tail
from qa.conversation.previous_turn import PreviousTurn
from qa.conversation.replacing import CompletedQuestion, Likeness, replaced
from qa.conversation.times import is_time
from qa.conversation.words import AUXILIARIES, PREPOSITIONS, PRONOUNS, QUESTION_WORDS, Word, words

_ADDED = re.compile(r"(?P<added> \([^()]*\))[\s?.!]*$")
_SO = re.compile(r"^who(?:\s+has|\s+had)?\s+(\w+)\s+(?:so|that|this|it)$", re.IGNORECASE)
_SAYING = frozenset(
    "said says say claimed claims thinks thought told wrote announced believes believed suggested decided stated".split()
)
_BACK = re.compile(
    r"^(?P<asks>.*?)\s+(?:is|was|were|did|does|do|are)\s+(?:that|this|it|he|she|they)"
    r"(?:\s+(?:happen|happened|so|do that|do it|do this))?$",
    re.IGNORECASE,
)
_ASKS_BACK = frozenset("when where why how".split())
_LONGEST_ANSWER = 8
_LONGEST_ASKING = 6
_LONGEST_LED, _LONGEST_ALONE = 7, 4
_OLDEST = 3
"""Turns back that a fragment may be about."""
_WITH_ANSWER = 0.8
_BEGINS_ANEW = frozenset("so exactly though then not".split())


@dataclass(frozen=True, slots=True)
class Parts:
    """A question cut up: "Where" "did" "Putin talk with Nazarbayev". `auxiliary` is empty where what asks is the subject."""

    asks: str
    auxiliary: str
    rest: str


def completions(question: str, earlier: Sequence[PreviousTurn], like: Likeness) -> list[list[CompletedQuestion]]:
    """`question` completed from each of `earlier` (the last one first), for each the most likely first; empty if nothing is
    left out."""
    inner = without_tail(without_lead(question.strip()))
    if not inner:
        return []
    if asking := _only_asks(inner):
        return [_completed(one, lambda one: _asked_otherwise(asking, one)) for one in earlier[:1]]
    if _is_fragment(inner, _LONGEST_ALONE if inner == without_tail(question.strip()) else _LONGEST_LED):
        made = [_completed(one, lambda one: replaced(inner, one.question, like)) for one in earlier[:_OLDEST]]
        return [made[0], *(_in_place(found, one, inner) for found, one in zip(made[1:], earlier[1:], strict=False))]
    return []


def _in_place(found: list[CompletedQuestion], earlier: PreviousTurn, fragment: str) -> list[CompletedQuestion]:
    """Those in which `fragment` took the place of something: what only stands behind a question stands behind the last one."""
    behind = f"{without_tail(earlier.question)} {fragment}"
    return [one for one in found if without_tail(one.text) != behind]


def _completed(
    earlier: PreviousTurn, complete: Callable[[PreviousTurn], list[CompletedQuestion]]
) -> list[CompletedQuestion]:
    """What was added in brackets to the earlier question is added to the completed one."""
    added = _ADDED.search(earlier.question)
    if added is None:
        return complete(earlier)
    base = replace(earlier, question=earlier.question[: added.start()])
    return [replace(one, text=f"{without_tail(one.text)}{added.group('added')}?") for one in complete(base)]


def _only_asks(inner: str) -> str:
    """What asks, if the question holds nothing else: "Since when", "In which city", "When" of "When was that"."""
    if (so := _SO.match(inner)) and so.group(1).lower() in _SAYING:
        return f"Who {so.group(1).lower()} that"
    if back := _BACK.match(inner):
        asks = back.group("asks")
        found = words(asks)
        # "Who does it" asks for who does: what "it" is is another matter.
        if found and found[-1].lower in _ASKS_BACK and len(found) <= 2:
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
    if is_time(inner):
        return True
    found = words(inner)
    lowers = {word.lower for word in found}
    return (
        len(found) <= longest
        and not lowers & (AUXILIARIES | QUESTION_WORDS)
        and any(word.is_content or word.lower in ("one", "ones", "there", "here", "most", "least") for word in found)
    )


def cut(question: str) -> Parts:
    """What asks, the auxiliary, and the rest."""
    text = without_tail(question.strip())
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


def _asked_otherwise(asking: str, earlier: PreviousTurn) -> list[CompletedQuestion]:
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
        return [CompletedQuestion(_sentence(asking, parts.auxiliary, _subject(parts.asks, answer), parts.rest), 1.0)]
    plain = CompletedQuestion(_sentence(asking, parts.auxiliary, parts.rest), 1.0)
    if not parts.asks or not answer or answer.lower() in parts.rest.lower() or _counts(asking, parts.asks):
        return [plain]
    # Two names in a row would be one.
    comma = "," if rest and rest[-1].is_capital and answer[0].isupper() else ""
    return [plain, CompletedQuestion(_sentence(asking, parts.auxiliary, parts.rest + comma, answer), _WITH_ANSWER)]


def _counts(*asking: str) -> bool:
    """Both ask how many: the number of the one says nothing of the other."""
    return all(one.lower().startswith("how ") for one in asking)


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
