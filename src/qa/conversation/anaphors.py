"""Pronouns of a question that stand for something said before, and the phrases that can take their places."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from qa.conversation.phrases import Phrase
from qa.conversation.places import word_before
from qa.conversation.words import PERSON, PLACE, PLURAL, POINTING, POSSESSIVE, PREPOSITIONS, THING, Word, words

_BEFORE_THERE = frozenset("is are was were any s be been".split())


def anaphors_in(question: str) -> list[Word]:
    """In order. "Putin" is what "he" means in "When did Putin say he would go?": such a pronoun is no anaphor."""
    found = words(question)
    named = False
    kept = []
    for place, word in enumerate(found):
        if _refers(question, found, place) and not (named and word.lower in PERSON):
            kept.append(word)
        named = named or (place > 0 and word.is_capital and word.is_content)
    return kept


def fits(pronoun: str, phrase: Phrase) -> float:
    """The probability of a phrase, less where it is of another kind than what the pronoun stands for."""
    return phrase.probability * _kindness(pronoun, phrase)


def _kindness(pronoun: str, phrase: Phrase) -> float:
    if phrase.is_verb or (phrase.is_measure and pronoun not in POINTING):
        return 0.2
    if pronoun in PERSON:
        return 1.0 if phrase.is_person else 0.4 if phrase.may_be_person else 0.15
    if pronoun in PLURAL | {"these", "those"}:
        return 1.0 if phrase.is_plural else 0.7
    if pronoun in PLACE:
        return 0.4 if phrase.is_person else 1.0 if phrase.is_place else 0.7 if phrase.is_name else 0.5
    if pronoun in POINTING:
        return 0.3 if phrase.is_person else 0.7 if phrase.is_name else 1.0
    return 0.4 if phrase.is_person else 0.8 if phrase.is_plural else 1.0


def suited(pronoun: str, found: Sequence[Phrase]) -> list[Phrase]:
    """Those that `pronoun` can stand for: "she" for no thing where a person can be had, and neither she nor "it" for a time."""
    if pronoun in PLURAL | POINTING:
        return list(found)
    people = [phrase for phrase in found if phrase.may_be_person] if pronoun in PERSON else []
    return people or [phrase for phrase in found if not phrase.is_measure]


def assigned(anaphors: Sequence[Word], first: Phrase, found: Sequence[Phrase]) -> dict[int, Phrase]:
    """A phrase for each anaphor, by where it starts: `first` for the first one, then the best that is left. Of pronouns of one
    kind ("he", "his") the first is filled, and the others go on meaning the same."""
    chosen = {anaphors[0].start: first}
    kinds = {_kind(anaphors[0].lower)}
    left = [phrase for phrase in found if phrase is not first]
    for anaphor in anaphors[1:]:
        others = suited(anaphor.lower, left)
        if not others or _kind(anaphor.lower) in kinds:
            continue
        kinds.add(_kind(anaphor.lower))
        chosen[anaphor.start] = max(others, key=lambda phrase: fits(anaphor.lower, phrase))
        left.remove(chosen[anaphor.start])
    return chosen


def fit(anaphors: Sequence[Word], chosen: Mapping[int, Phrase]) -> float:
    """How well all phrases fit their anaphors together: the likeliest one may suit "there" better than "they"."""
    return math.prod(fits(anaphor.lower, chosen[anaphor.start]) for anaphor in anaphors if anaphor.start in chosen)


def filled(question: str, anaphors: Sequence[Word], chosen: Mapping[int, Phrase]) -> str:
    """The question with the chosen phrases in the places of the anaphors."""
    for anaphor in reversed(anaphors):
        if anaphor.start in chosen:
            filler = _filler(question, anaphor, chosen[anaphor.start].text)
            question = question[: anaphor.start] + filler + question[anaphor.end :]
    return question


def _refers(text: str, found: Sequence[Word], place: int) -> bool:
    word = found[place]
    following = found[place + 1] if place + 1 < len(found) else None
    if text[word.end : word.end + 1] in ("'", "’"):
        return False
    if word.lower in PERSON | PLURAL | THING:
        return True
    if word.lower in POINTING - {"such"}:
        return following is None or not following.is_content
    return word.lower in PLACE and place > 0 and found[place - 1].lower not in _BEFORE_THERE


def _kind(pronoun: str) -> str:
    kinds = {"person": PERSON, "plural": PLURAL, "thing": THING, "place": PLACE}
    return next((name for name, group in kinds.items() if pronoun in group), "thing")


def _filler(question: str, anaphor: Word, text: str) -> str:
    if anaphor.lower in POSSESSIVE and _owns(question, anaphor):
        text += "’s" if "’" in question else "'s"
    if anaphor.lower in PLACE and word_before(question, anaphor.start) not in PREPOSITIONS:
        text = f"in {text}"
    return text[:1].upper() + text[1:] if anaphor.start == 0 else text


def _owns(question: str, anaphor: Word) -> bool:
    """ "her album", not "met her"."""
    following = next(iter(words(question[anaphor.end :])), None)
    return anaphor.lower not in ("hers", "theirs") and following is not None and following.is_content
