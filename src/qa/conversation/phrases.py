"""Terms of a history -> the phrases that hold them, as they were said."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qa.conversation.history import Role, Utterance
from qa.conversation.times import is_amount, is_time
from qa.conversation.words import AUXILIARIES, PREPOSITIONS, Word, words

_LINKS = frozenset("of the a an de la von van and in for &".split())
_ARTICLES = frozenset("the a an".split())
_JOINING = frozenset("the of a an and in for".split())
_BEFORE_PLACES = frozenset("in at from into near within around across to".split())
_BEFORE_VERBS = frozenset("first last also ever originally finally".split())
_MOST_LINKED = 2
_JOINTS = frozenset(["", "'s", "’s", "&", "'", "’", ".", "-"])
_ASKING_VERBS = frozenset("do does did can could will would shall should may might must".split())
_BESIDE = 0.6
"""Beside a term, a word of this share of the least probability belongs to its phrase."""
_WHOLE_ANSWER = 6
"""Words. A term in an answer of no more stands for all of it."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """`text` as it stood in what was `said`; `keys` are its terms, `probability` that of the likeliest of them."""

    text: str
    keys: frozenset[str]
    probability: float
    said: Utterance
    is_name: bool
    is_plural: bool
    is_person: bool
    is_verb: bool
    is_place: bool

    @property
    def is_joined(self) -> bool:
        """With an article or small words between, as hardly anybody's name has: "the RAND Corporation", "Bank of China"."""
        return any(word.lower in _JOINING for word in words(self.text))

    @property
    def is_measure(self) -> bool:
        """A number, a sum of money, a time: never who did something."""
        return is_amount(self.text) or is_time(self.text)

    @property
    def may_be_person(self) -> bool:
        return self.is_person or (self.is_name and not (self.is_joined or self.is_place or self.is_measure))


def phrases(history: Sequence[Utterance], probabilities: Mapping[str, float], least: float) -> list[Phrase]:
    """The phrases that hold the terms of at least the probability `least`, best first, no term twice.

    Of several places the one that holds most terms together stands for them ("the University of Chicago" rather than
    "Chicago"), and of those the latest.
    """
    terms = {key: probability for key, probability in probabilities.items() if probability >= least}
    near = {key: probability for key, probability in probabilities.items() if probability >= _BESIDE * least}
    people = _people(history)
    found = [phrase for said in history for phrase in _phrases_of(said, near, people) if phrase.keys & terms.keys()]
    chosen: list[Phrase] = []
    covered: set[str] = set()
    while terms.keys() - covered:
        rest = [phrase for phrase in found if (phrase.keys & terms.keys()) - covered]
        if not rest:
            break
        best = max(rest, key=lambda phrase: (_gain(phrase, terms, covered), -phrase.said.age))
        chosen.append(best)
        covered |= best.keys
    return sorted(chosen, key=lambda phrase: -phrase.probability)


def _gain(phrase: Phrase, terms: Mapping[str, float], covered: set[str]) -> float:
    return round(sum(terms[key] for key in (phrase.keys & terms.keys()) - covered), 3)


def _people(history: Sequence[Utterance]) -> frozenset[str]:
    """Keys of the names that answered a "who"."""
    asked = {said.age: said.text for said in history if said.role is Role.QUESTION}
    answers = [said for said in history if said.role is Role.ANSWER and _asks_who(asked.get(said.age, ""))]
    return frozenset(word.key for said in answers for word in words(said.text) if word.is_capital)


def _asks_who(question: str) -> bool:
    return any(word.lower in ("who", "whom", "whose") for word in words(question)[:3])


def _phrases_of(said: Utterance, terms: Mapping[str, float], people: frozenset[str]) -> Iterator[Phrase]:
    found = words(said.text)
    if said.role is Role.ANSWER and len(found) <= _WHOLE_ANSWER and any(word.key in terms for word in found):
        first = 1 if found[0].lower in PREPOSITIONS and len(found) > 1 and found[0].key not in terms else 0
        yield _phrase(said, found[first:], terms, people)
        return
    names = _names(found, said.text)
    verb = _verb(found, names) if said.role is Role.QUESTION else -1
    place = 0
    while place < len(found):
        if found[place].key not in terms:
            place += 1
            continue
        first, last = names.get(place, (place, place))
        while verb not in (last, last + 1) and (further := _next_term(found, last, said.text, terms)) is not None:
            last = names.get(further, (further, further))[1]
        run = found[_with_article(found, first, said.text) : last + 1]
        yield _phrase(said, run, terms, people, is_verb=first == verb)
        place = last + 1


def _next_term(found: Sequence[Word], last: int, text: str, terms: Mapping[str, float]) -> int | None:
    """The next term, if nothing but a few linking words stands between."""
    for further in range(last + 1, min(len(found), last + _MOST_LINKED + 2)):
        if text[found[further - 1].end : found[further].start].strip() not in _JOINTS:
            return None
        if found[further].key in terms:
            return further
        if found[further].lower not in _LINKS:
            return None
    return None


def _verb(found: Sequence[Word], names: Mapping[int, tuple[int, int]]) -> int:
    """The place of the verb in "did (the) NAME verb", and in "who verb", "NAME verb" where no auxiliary is; else -1."""
    if not any(word.lower in AUXILIARIES for word in found):
        if len(found) > 1 and found[0].lower == "who":
            return 1 if found[1].is_content else -1
        after = min((last + 1 for _, last in names.values()), default=len(found))
        return after if after < len(found) and found[after].is_content else -1
    for place, word in enumerate(found[:-1]):
        if word.lower in _ASKING_VERBS:
            subject = place + 2 if found[place + 1].lower == "the" else place + 1
            after = names[subject][1] + 1 if subject in names else _after_noun(found, place + 1)
            if 0 < after < len(found) and found[after].lower in _BEFORE_VERBS:
                after += 1
            return after if after < len(found) else -1
    return -1


def _after_noun(found: Sequence[Word], place: int) -> int:
    """The verb of "does a copy start (in)": the second of two common words; -1 if there are more, as of three any may be it."""
    first = place + 1 if found[place].lower in ("the", "a", "an") else place
    run = list(itertools.takewhile(lambda word: word.is_content, found[first:]))
    return first + 1 if len(run) == 2 and not any(word.is_capital for word in run) else -1


def _names(found: Sequence[Word], text: str) -> dict[int, tuple[int, int]]:
    """First and last place of the run of capitals around each word of a name: the name is taken whole."""
    names: dict[int, tuple[int, int]] = {}
    place = 0
    while place < len(found):
        if not (found[place].is_capital and found[place].is_content):
            place += 1
            continue
        last = place
        while (
            last + 1 < len(found)
            and found[last + 1].is_capital
            and not text[found[last].end : found[last + 1].start].strip()
        ):
            last += 1
        names.update(dict.fromkeys(range(place, last + 1), (place, last)))
        place = last + 1
    return names


def _with_article(found: Sequence[Word], first: int, text: str) -> int:
    """An article right before belongs to the phrase."""
    before = first - 1
    if first and found[before].lower in _ARTICLES and text[found[before].end : found[first].start] == " ":
        return before
    return first


def _phrase(
    said: Utterance, run: Sequence[Word], terms: Mapping[str, float], people: frozenset[str], *, is_verb: bool = False
) -> Phrase:
    keys = frozenset(word.key for word in run if word.key in terms)
    text = said.text[run[0].start : run[-1].end]
    before = words(said.text[: run[0].start])[-1:]
    return Phrase(
        text=f"the{text[run[0].end - run[0].start :]}" if run[0].lower in _ARTICLES else text,
        keys=keys,
        probability=max(terms[key] for key in keys),
        said=said,
        is_name=any(word.is_capital and word.is_content for word in run),
        is_plural=run[-1].text.endswith("s") and not run[-1].text.endswith("ss"),
        is_person=bool(keys & people),
        is_verb=is_verb or bool(before and before[0].lower == "to" and not run[0].is_capital),
        is_place=bool(before and before[0].lower in _BEFORE_PLACES),
    )
