"""A follow-up and what was said before -> candidate questions that stand alone, each with how likely it is meant.

Three things are tried: completing what is left out (qa.conversation.ellipsis), putting phrases of the history in the places of
pronouns (qa.conversation.anaphors), and adding phrases of the history that the question lacks. Which words of it belong
into the question the tagger says (qa.conversation.tagger). The question as typed is always among the candidates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.conversation.anaphors import anaphors_in, assigned, filled, fit, suited
from qa.conversation.ellipsis import completions
from qa.conversation.history import MOST_TURNS, Role, Utterance, exchanges
from qa.conversation.others import with_other
from qa.conversation.phrases import Phrase, phrases
from qa.conversation.previous_turn import PreviousTurn
from qa.conversation.replacing import Likeness
from qa.conversation.tagger import Tagger
from qa.conversation.words import PLACE, Word, content_keys, words

LEAST = 0.25
"""A word of the history less probable than this to belong into the question is left out. On the tuning dialogues 0.18 was a
little better, but it put words into one of eight questions about something new."""
_LEAST_MORE = 0.35
"""The same, for all but the first phrase: what is added for nothing spoils the question."""
_LEAST_COMPLETED = 0.5
"""In a completed question little can be missing."""
_COMPLETED = 0.9
"""The prior of the likeliest completion."""
_TYPED = 0.4
"""How much a question as typed counts against one with terms of the same probability: what is left out is missed more."""
_OLDER = 0.4
"""How much less likely, for each turn back, a fragment is to be about an older turn."""
_OPEN_SLOT = 0.5
"""How much less likely a question is to be meant as typed when a pronoun of it stands for something said before."""
_LEANING = 0.01
"""The same, where the question was completed, or is told by its words not to stand alone: however sure an answer to "Why did
it go up?" is, it is one to something else."""
STANDS_ALONE = 0.1
"""The prior from which on a question may be meant as it was typed. Questions with "he" or "there" have less than 0.1."""
_ANSWER = 0.34
"""How likely at least a pronoun stands for the last answer. Chosen on the tuning dialogues."""
_SHORT_ANSWER = 6
"""Words."""
_LESS = 0.8
"""For each thing that is second to another candidate."""
_MOST_PHRASES = 3
_MOST_FILLERS = 4
MOST_CANDIDATES = 6
_END = re.compile(r"[?.!\s]*$")
_LEADING = re.compile(r"^(?:and|but|so|ok|okay)\b[\s,]*(?=\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rewriting:
    """`text` stands alone; `prior` (0 to 1) is how likely it is meant, before anything was looked up."""

    text: str
    prior: float


@dataclass(frozen=True, slots=True)
class Rewriter:
    tagger: Tagger
    like: Likeness

    def candidates(
        self, question: str, earlier: Sequence[PreviousTurn], topics: Sequence[str] = ()
    ) -> tuple[Rewriting, ...]:
        """The likeliest first, at most MOST_CANDIDATES, the question as typed among them. `earlier`: the oldest turn first."""
        history = exchanges([(one.question, one.answer) for one in earlier], topics)
        if not history:
            return (Rewriting(question, 1.0),)
        terms = self.tagger.terms(history, question)
        completed = self._completed(question, earlier, history)
        left = 1.0 - max((one.prior for one in completed), default=0.0)
        raised = _answer_raised(terms, history, anaphors_in(question))
        # "At most (the oven)?" is no question that anybody would ask: a fragment is completed or stays as it is.
        asked = [] if completed else _with_terms(question, history, raised, LEAST)
        added = [Rewriting(one.text, one.prior * left) for one in asked]
        typed = _TYPED * (1.0 - max(terms.values(), default=0.0)) if terms else 1.0
        typed *= _OPEN_SLOT if anaphors_in(question) else 1.0
        if completed or (added and anaphors_in(question) and typed * left < STANDS_ALONE):
            typed *= _LEANING
        return _best([*completed, *added, Rewriting(question, typed * left)], question)

    def rewrite(self, question: str, earlier: Sequence[PreviousTurn], topics: Sequence[str] = ()) -> str:
        """The likeliest candidate where no documents are there to test them. Anything of the history is better than nothing
        then: what is missing is missed more than what is too much."""
        others = [one for one in self.candidates(question, earlier, topics) if one.text != question]
        return others[0].text if others else question

    def _completed(
        self, question: str, earlier: Sequence[PreviousTurn], history: Sequence[Utterance]
    ) -> list[Rewriting]:
        found: list[Rewriting] = []
        last_first = list(reversed(earlier[-MOST_TURNS:]))
        others = with_other(question, last_first)
        made = [others] if others else completions(question, last_first, self.like)
        for back, texts in enumerate(made):
            prior = _COMPLETED * _OLDER**back
            found += [Rewriting(self._referring(one.text, history), prior * one.likely) for one in texts]
        return found

    def _referring(self, text: str, history: Sequence[Utterance]) -> str:
        """A completed question with its pronouns filled."""
        if not anaphors_in(text):
            return text
        found = _with_terms(text, history, self.tagger.terms(history, text), _LEAST_COMPLETED)
        return max(found, key=lambda one: one.prior).text if found else text


def _with_terms(
    question: str, history: Sequence[Utterance], terms: Mapping[str, float], least: float
) -> list[Rewriting]:
    """The question with the phrases of the terms: in the places of its pronouns, then behind it."""
    found = phrases(history, terms, least)
    if not found:
        return []
    text = _LEADING.sub("", question, count=1) or question
    sure = found[0].probability
    places = anaphors_in(text)
    fillings = [assigned(places, phrase, found) for phrase in suited(places[0].lower, found)] if places else []
    if places and not fillings:
        return []
    if not places:
        return [Rewriting(_added(text, [found[0], *_sure(found[1:])][:_MOST_PHRASES]), sure)]
    ranked = sorted(fillings, key=lambda chosen: -fit(places, chosen))[:_MOST_FILLERS]
    best = fit(places, ranked[0])
    rewritten = []
    for chosen in ranked:
        prior = sure * fit(places, chosen) / best
        others = [other for other in _sure(found) if other not in chosen.values()][: _MOST_PHRASES - 1]
        short = filled(text, places, chosen)
        if others and chosen is ranked[0]:
            rewritten.append(Rewriting(_added(short, others), prior))
        rewritten.append(Rewriting(short, prior * (_LESS if others else 1.0)))
    return rewritten


def _answer_raised(
    terms: Mapping[str, float], history: Sequence[Utterance], places: Sequence[Word]
) -> Mapping[str, float]:
    """A short answer may always be what the next question's pronoun stands for, whatever the tagger says of its words; but
    "it" is hardly the place, and no pronoun the time or the number, that was asked for."""
    last = history[-1]
    if not places or last.role is not Role.ANSWER or len(words(last.text)) > _SHORT_ANSWER:
        return terms
    asked = {
        word.lower for said in history if said.age == 1 and said.role is Role.QUESTION for word in words(said.text)
    }
    if asked & {"when", "many", "much"} or ("where" in asked and not any(slot.lower in PLACE for slot in places)):
        return terms
    return {**terms, **{key: max(terms[key], _ANSWER) for key in content_keys(last.text) if key in terms}}


def _sure(found: Sequence[Phrase]) -> list[Phrase]:
    return [phrase for phrase in found if phrase.probability >= _LEAST_MORE and not phrase.is_verb]


def _added(text: str, added: Sequence[Phrase]) -> str:
    if not added:
        return text
    end = next(_END.finditer(text)).start()
    return f"{text[:end]} ({', '.join(phrase.text for phrase in added)}){text[end:]}"


def _best(found: Sequence[Rewriting], typed: str) -> tuple[Rewriting, ...]:
    """Each text once, with its best prior; the typed question stays whatever its place."""
    priors: dict[str, float] = {}
    for one in found:
        priors[one.text] = max(priors.get(one.text, 0.0), one.prior)
    ranked = sorted((Rewriting(text, prior) for text, prior in priors.items()), key=lambda one: -one.prior)
    kept = ranked[:MOST_CANDIDATES]
    if all(one.text != typed for one in kept):
        kept = [*kept[:-1], next(one for one in ranked if one.text == typed)]
    return tuple(kept)
