"""Terms of a history -> the phrases that hold them, as they were said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.conversation.history import Said
from qa.conversation.words import PERSON, PLURAL, POINTING, THING, Word, words

_LINKS = frozenset("of the a an de la von van and in for &".split())
_MOST_LINKED = 2
_DANGLING = frozenset("of the a an and in for de la von van".split())


@dataclass(frozen=True, slots=True)
class Phrase:
    """`text` as it stood in what was `said`; `keys` are its terms, `weight` the sum of their probabilities."""

    text: str
    keys: frozenset[str]
    weight: float
    probability: float
    said: Said
    is_name: bool
    plural: bool


def phrases(history: Sequence[Said], probabilities: Mapping[str, float], least: float) -> list[Phrase]:
    """The phrases that hold the terms of at least the probability `least`, best first, no term twice.

    Of several places the one that holds most terms together stands for them ("the University of Chicago" rather than
    "Chicago"), and of those the latest.
    """
    terms = {key: probability for key, probability in probabilities.items() if probability >= least}
    found = [phrase for said in history for phrase in _runs(said, terms)]
    chosen: list[Phrase] = []
    covered: set[str] = set()
    while len(covered) < len(terms):
        best = max(
            (phrase for phrase in found if phrase.keys - covered),
            key=lambda phrase: (_gain(phrase, terms, covered), -phrase.said.age),
            default=None,
        )
        if best is None:
            break
        chosen.append(best)
        covered |= best.keys
    return sorted(chosen, key=lambda phrase: -phrase.weight)


def _gain(phrase: Phrase, terms: Mapping[str, float], covered: set[str]) -> float:
    return round(sum(terms[key] for key in phrase.keys - covered), 3)


def _runs(said: Said, terms: Mapping[str, float]) -> list[Phrase]:
    found = words(said.text)
    runs: list[Phrase] = []
    place = 0
    while place < len(found):
        if found[place].key not in terms:
            place += 1
            continue
        last = place
        while (further := _next_term(found, last, said.text, terms)) is not None:
            last = further
        runs.append(_phrase(said, found[place : last + 1], terms, _before(found, place, said.text)))
        place = last + 1
    return runs


def _next_term(found: Sequence[Word], last: int, text: str, terms: Mapping[str, float]) -> int | None:
    """The next term, if nothing but a few linking words stands between."""
    for further in range(last + 1, min(len(found), last + _MOST_LINKED + 2)):
        gap = text[found[further - 1].end : found[further].start]
        if gap.strip() not in ("", "'s", "’s", "&", "'", "’", ".", "-"):
            return None
        if found[further].key in terms:
            return further
        if found[further].lower not in _LINKS:
            return None
    return None


def _before(found: Sequence[Word], place: int, text: str) -> Word | None:
    """An article right before, which belongs to the phrase."""
    if place and found[place - 1].lower == "the" and text[found[place - 1].end : found[place].start] == " ":
        return found[place - 1]
    return None


def _phrase(said: Said, run: Sequence[Word], terms: Mapping[str, float], article: Word | None) -> Phrase:
    keys = frozenset(word.key for word in run if word.key in terms)
    start = article.start if article is not None else run[0].start
    text = said.text[start : run[-1].end]
    if text.startswith("The "):
        text = "the " + text[4:]
    weight = sum(terms[key] for key in keys)
    return Phrase(
        text=text,
        keys=keys,
        weight=weight,
        probability=max(terms[key] for key in keys),
        said=said,
        is_name=any(word.is_capital for word in run),
        plural=run[-1].text.endswith("s") and not run[-1].text.endswith("ss"),
    )


def stands_for(pronoun: str) -> bool:
    return pronoun in PERSON | PLURAL | THING | POINTING
