"""Features of the words of a history, for the question which of them belong into a follow-up (term resolution).

The task is that of QuReTeC (Voskarides et al. 2020): a word of the history is a term if the question, made to stand alone,
would hold it. A row of features describes one distinct word (by its key) together with the question that follows.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.conversation.history import Role, Utterance
from qa.conversation.words import (
    AUXILIARIES,
    FUNCTION_WORDS,
    ONE,
    PLACE,
    PLURAL,
    POINTING,
    PREPOSITIONS,
    THING,
    Word,
    words,
)

_NEVER = 9.0
"""The age of what was never said."""
_ASKED_BY = ("who", "where", "when", "what", "which", "how", "why")


_UtteranceWords = tuple[Utterance, list[Word]]


@dataclass(slots=True)
class _Occurrence:
    """One occurrence of a word: `number` among `size` content words of what was `said`."""

    said: Utterance
    word: Word
    before: str
    after: str
    number: int
    size: int
    name_length: int
    name_first: bool
    in_first_name: bool


def term_rows(history: Sequence[Utterance], question: str, rarity: Mapping[str, float]) -> dict[str, list[float]]:
    """Features by key, for each content word of `history` that is not in `question`. FEATURES names them.

    `rarity` holds, for common words, the logarithm of how rare they are; words that it lacks are rarer than all of them.
    """
    asked = words(question)
    heard = [(said, words(said.text)) for said in history]
    about = _question_row(asked, heard)
    own = frozenset(word.key for word in asked)
    places = _places(heard)
    related = _related(heard, own)
    previous = _kind_of_previous(history)
    return {
        key: [*_term_row(key, found, rarity, related), *_previous_row(found, previous), *about]
        for key, found in places.items()
        if key not in own
    }


def _places(heard: Sequence[_UtteranceWords]) -> dict[str, list[_Occurrence]]:
    places: dict[str, list[_Occurrence]] = defaultdict(list)
    for said, found in heard:
        names = _names(found, said.text)
        content = [place for place, word in enumerate(found) if word.is_content]
        first_name = min((start for start, _ in names.values()), default=-1)
        for number, place in enumerate(content):
            word = found[place]
            start, length = names.get(place, (-1, 0))
            places[word.key].append(
                _Occurrence(
                    said=said,
                    word=word,
                    before=found[place - 1].lower if place else "",
                    after=found[place + 1].lower if place + 1 < len(found) else "",
                    number=number,
                    size=len(content),
                    name_length=length,
                    name_first=start == place,
                    in_first_name=length > 0 and start == first_name,
                )
            )
    return places


def _names(found: Sequence[Word], text: str) -> dict[int, tuple[int, int]]:
    """For each word of a name, where the name starts and how many words it has. A sentence's first word is one only if
    more capitals follow, or if it is no function word."""
    names: dict[int, tuple[int, int]] = {}
    place = 0
    while place < len(found):
        if not _may_be_name(found[place]):
            place += 1
            continue
        last = place
        while last + 1 < len(found) and _joined(found, last, text):
            last += 1
        for at in range(place, last + 1):
            names[at] = (place, last - place + 1)
        place = last + 1
    return names


def _may_be_name(word: Word) -> bool:
    return (word.is_capital or word.is_number) and word.lower not in FUNCTION_WORDS


def _joined(found: Sequence[Word], last: int, text: str) -> bool:
    gap = text[found[last].end : found[last + 1].start]
    return _may_be_name(found[last + 1]) and gap.strip() in ("", "'s", "’s", "&")


def _related(heard: Sequence[_UtteranceWords], own: frozenset[str]) -> set[str]:
    """Keys of what was said together with a content word of the question."""
    related: set[str] = set()
    for _, found in heard:
        keys = {word.key for word in found}
        if any(key in keys and key not in FUNCTION_WORDS for key in own):
            related |= keys
    return related


TERM_FEATURES = (
    "age_question",
    "age_answer",
    "age_first",
    "in_topic",
    "in_first_topic",
    "times",
    "times_question",
    "times_answer",
    "turns",
    "capitals",
    "number",
    "length",
    "rarity",
    "common",
    "name_length",
    "name_first",
    "first_name",
    "first_in_last_question",
    "place_last_answer",
    "words_last_answer",
    "place_last_question",
    "words_last_question",
    "after_the",
    "after_a",
    "after_preposition",
    "after_auxiliary",
    "before_preposition",
    "before_auxiliary",
    "related",
    "plural",
    "ing",
    "ed",
    "first_said",
)


def _term_row(key: str, found: Sequence[_Occurrence], rarity: Mapping[str, float], related: set[str]) -> list[float]:
    of_role = {role: [place for place in found if place.said.role is role] for role in Role}
    questions, answers, topics = of_role[Role.QUESTION], of_role[Role.ANSWER], of_role[Role.TOPIC]
    last_answer = next((place for place in answers if place.said.age == 1), None)
    last_question = next((place for place in questions if place.said.age == 1), None)
    befores, afters = {place.before for place in found}, {place.after for place in found}
    text = found[-1].word.text
    return [
        min((place.said.age for place in questions), default=_NEVER),
        min((place.said.age for place in answers), default=_NEVER),
        max(place.said.age for place in found),
        float(bool(topics)),
        float(any(place.number < 4 for place in topics)),
        math.log1p(len(found)),
        len(questions),
        len(answers),
        len({place.said.age for place in found}),
        sum(place.word.is_capital for place in found) / len(found),
        float(found[0].word.is_number),
        len(key),
        rarity.get(key, _rarest(rarity)),
        float(key in rarity),
        max(place.name_length for place in found),
        float(any(place.name_first for place in found)),
        float(any(place.in_first_name for place in found)),
        float(last_question is not None and last_question.in_first_name),
        last_answer.number / last_answer.size if last_answer else -1.0,
        last_answer.size if last_answer else 0.0,
        last_question.number / last_question.size if last_question else -1.0,
        last_question.size if last_question else 0.0,
        float("the" in befores),
        float("a" in befores or "an" in befores),
        float(bool(befores & PREPOSITIONS)),
        float(bool(befores & AUXILIARIES)),
        float(bool(afters & PREPOSITIONS)),
        float(bool(afters & AUXILIARIES)),
        float(key in related),
        float(text.lower().endswith("s")),
        float(text.lower().endswith("ing")),
        float(text.lower().endswith("ed")),
        float(found[0].said.age == max(place.said.age for place in found) and found[0].number < 3),
    ]


def _rarest(rarity: Mapping[str, float]) -> float:
    return max(rarity.values(), default=0.0) + 1.0


PREVIOUS_FEATURES = tuple(f"answers_{word}" for word in _ASKED_BY)


def _kind_of_previous(history: Sequence[Utterance]) -> str:
    """The word that the last question asked with."""
    last = next((said for said in reversed(history) if said.role is Role.QUESTION), None)
    if last is None:
        return ""
    return next((word.lower for word in words(last.text) if word.lower in _ASKED_BY), "")


def _previous_row(found: Sequence[_Occurrence], previous: str) -> list[float]:
    """Whether the word stands in the last answer, to a question of each kind."""
    answers = any(place.said.role is Role.ANSWER and place.said.age == 1 for place in found)
    return [float(answers and previous == word) for word in _ASKED_BY]


QUESTION_FEATURES = (
    "he",
    "she",
    "they",
    "it",
    "possessive",
    "pointing_alone",
    "pointing_noun",
    "place",
    "one",
    "other",
    "definite",
    "words",
    "content",
    "names",
    "known",
    "starts_and",
    "starts_about",
    "starts_preposition",
    "no_verb",
    "mine",
    *(f"asks_{word}" for word in _ASKED_BY),
    "past_turns",
    "said",
    "has_answers",
)


def _question_row(asked: Sequence[Word], heard: Sequence[_UtteranceWords]) -> list[float]:
    lowers = [word.lower for word in asked]
    there = set(lowers)
    after_pointing = [after.is_content for before, after in itertools.pairwise(asked) if before.lower in POINTING]
    before_keys = {word.key for _, found in heard for word in found}
    content = [word for word in asked if word.is_content]
    return [
        float(bool(there & {"he", "him", "his", "himself"})),
        float(bool(there & {"she", "her", "hers", "herself"})),
        float(bool(there & PLURAL)),
        float(bool(there & THING)),
        float(bool(there & {"his", "her", "its", "their"})),
        float(bool(there & POINTING) and not any(after_pointing)),
        float(any(after_pointing)),
        float(bool(there & PLACE)),
        float(bool(there & ONE)),
        float(bool(there & {"other", "others", "else", "another", "more", "also"})),
        float(sum(before == "the" for before in lowers)),
        float(len(asked)),
        float(len(content)),
        float(sum(word.is_capital for word in content if word is not asked[0])),
        float(sum(word.key in before_keys for word in content)),
        float(bool(lowers) and lowers[0] in ("and", "but", "or", "so")),
        float("about" in there and bool(there & {"what", "how"})),
        float(bool(lowers) and lowers[0] in PREPOSITIONS),
        float(not there & AUXILIARIES),
        float(bool(there & {"i", "me", "my", "you", "we", "us", "our"})),
        *(float(word in there) for word in _ASKED_BY),
        float(max((said.age for said, _ in heard), default=0)),
        float(len(heard)),
        float(any(said.role is Role.ANSWER for said, _ in heard)),
    ]


FEATURES = (*TERM_FEATURES, *PREVIOUS_FEATURES, *QUESTION_FEATURES)
