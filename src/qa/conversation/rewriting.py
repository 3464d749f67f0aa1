"""A follow-up and what was said before -> candidate questions that stand alone, each with how likely it is meant.

Three things are tried: completing what is left out (qa.conversation.ellipsis), putting a phrase of the history in the place of a
pronoun, and adding phrases of the history that the question lacks (the terms of qa.conversation.tagger). The question as typed
is always among the candidates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from qa.conversation.ellipsis import Earlier, Likeness, bare, completions
from qa.conversation.history import MOST_TURNS, Said, exchanges
from qa.conversation.phrases import Phrase, phrases
from qa.conversation.tagger import Tagger
from qa.conversation.words import PERSON, PLACE, PLURAL, POINTING, POSSESSIVE, THING, Word, words

LEAST = 0.25
"""A word of the history less probable than this to belong into the question is left out. Chosen on training dialogues."""
_LEAST_COMPLETED = 0.5
"""In a completed question little can be missing."""
_COMPLETED = 0.9
_MOST_PHRASES = 3
_MOST_CANDIDATES = 6
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
        self, question: str, earlier: Sequence[Earlier], topics: Sequence[str] = ()
    ) -> tuple[Rewriting, ...]:
        """The likeliest first, at most six, the question as typed among them. `earlier` holds the oldest turn first."""
        history = exchanges([(one.question, one.answer) for one in earlier], topics)
        if not history:
            return (Rewriting(question, 1.0),)
        terms = self.tagger.terms(history, question)
        completed = completions(question, list(reversed(earlier[-MOST_TURNS:])), self.like)
        found = [*self._completed(completed, history), *_with_terms(question, history, terms, LEAST)]
        typed = Rewriting(question, alone(terms) * (1 - _COMPLETED if completed else 1.0))
        return _best([*found, typed], question)

    def _completed(self, texts: Sequence[str], history: Sequence[Said]) -> list[Rewriting]:
        found: list[Rewriting] = []
        for place, text in enumerate(texts):
            with_terms = _with_terms(text, history, self.tagger.terms(history, text), _LEAST_COMPLETED)
            best = max(with_terms, key=lambda one: one.prior, default=Rewriting(text, 1.0))
            found.append(Rewriting(best.text, _COMPLETED / (place + 1)))
        return found


def alone(terms: Mapping[str, float]) -> float:
    """The probability that a question needs nothing of the history: that not even the likeliest word is missing."""
    return 1.0 - max(terms.values(), default=0.0)


def _with_terms(question: str, history: Sequence[Said], terms: Mapping[str, float], least: float) -> list[Rewriting]:
    """The question with the phrases of the terms; then with another phrase in the place of the pronoun."""
    found = phrases(history, terms, least)
    if not found:
        return []
    text = _LEADING.sub("", question, count=1) or question
    sure = max(phrase.probability for phrase in found)
    slot = _slot(text)
    if slot is None:
        return [Rewriting(_added(text, found[:_MOST_PHRASES]), sure)]
    ranked = sorted(found, key=lambda phrase: -_fits(slot.lower, phrase))
    rewritten = []
    for place, phrase in enumerate(ranked[:2]):
        others = [other for other in found if other is not phrase][: _MOST_PHRASES - 1]
        filled = _filled(text, slot, phrase)
        rewritten.append(Rewriting(_added(filled, others), sure / (place + 1)))
        if others and place == 0:
            rewritten.append(Rewriting(filled, sure / 2))
    return rewritten


def _fits(pronoun: str, phrase: Phrase) -> float:
    """How well a phrase can stand for a pronoun."""
    number = phrase.text[:1].isdigit()
    fit = phrase.weight
    if pronoun in PERSON:
        return fit * (1.0 if phrase.is_name and not number else 0.2)
    if pronoun in PLURAL | {"these", "those"}:
        return fit * (1.0 if phrase.plural else 0.7)
    if pronoun in PLACE:
        return fit * (1.0 if phrase.is_name and not number else 0.3)
    return fit * (0.3 if number else 1.0)


def _slot(text: str) -> Word | None:
    """The first pronoun that stands for something said before."""
    found = words(text)
    return next((word for place, word in enumerate(found) if _refers(text, found, place)), None)


def _refers(text: str, found: Sequence[Word], place: int) -> bool:
    word = found[place]
    following = found[place + 1] if place + 1 < len(found) else None
    if text[word.end : word.end + 1] in ("'", "’"):
        return False
    if word.lower in PERSON | PLURAL | THING:
        return True
    if word.lower in POINTING - {"such"}:
        return following is None or not following.is_content
    if word.lower in PLACE:
        return place > 0 and found[place - 1].lower not in ("is", "are", "was", "were", "any", "s")
    return False


def _filled(text: str, slot: Word, phrase: Phrase) -> str:
    filler = phrase.text
    if slot.lower in POSSESSIVE and _owns(text, slot):
        filler += "’s" if "’" in text else "'s"
    if slot.lower in PLACE:
        filler = f"in {filler}"
    if slot.start == 0:
        filler = filler[:1].upper() + filler[1:]
    return text[: slot.start] + filler + text[slot.end :]


def _owns(text: str, slot: Word) -> bool:
    """ "her album", not "met her"."""
    following = next(iter(words(text[slot.end :])), None)
    return slot.lower not in ("hers", "theirs") and following is not None and following.is_content


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
    kept = ranked[:_MOST_CANDIDATES]
    if all(one.text != typed for one in kept):
        kept = [*kept[:-1], next(one for one in ranked if one.text == typed)]
    return tuple(kept)


def with_prior(one: Rewriting, prior: float) -> Rewriting:
    return replace(one, prior=prior)


__all__ = ["Earlier", "Rewriter", "Rewriting", "alone", "bare", "with_prior"]
