"""Whether the passages bear out what a model wrote of them.

What can be looked up is looked up: quotations, numbers and names. The rest is a share: how many of the stems of its words stand
in the best run of sentences of the passages that it cites; and, where that share is middling, how near the encoder finds
the two. A trained model of entailment (as in Honovich et al. 2022, TRUE, doi:10.18653/v1/2022.naacl-main.287) can take the
place of `borne_out`, which is given no more than texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from qa.conversation.words import AUXILIARIES, PRONOUNS, Word, key_of, words
from qa.generation.claims import Claim, goes_round, is_negative, numbers_in, without_thousands
from qa.generation.grounding import Source
from qa.generation.injections import defused
from qa.text.languages import only_english
from qa.text.sentences import Place
from qa.text.stems import stems

SURELY_BORNE_OUT = 0.85
"""Share of stems from which on a sentence is taken as borne out; see docs/writing.md for how it was chosen."""
PERHAPS_BORNE_OUT = 0.6
"""From here on, if the encoder finds the two near."""
NEAR_ENOUGH = 0.75
"""Cosine."""
_LONGEST_RUN = 3
"""Sentences."""
_LEAST_WITHOUT_HEADINGS = 0.6
_LEAST_BEARING = 0.5
"""Share of the stems of a claim that a sentence must have for its names and numbers to count."""
_LEAST_OF_CITED = 0.2
"""Share of stems that a cited passage must have to be kept as one that bears it out."""
_NEAR = 4
"""Words from a number to what it counts."""
_BETWEEN_CELLS = re.compile(r"[:|=\t]")
_CLAUSE = re.compile(r"[,;:()–—]|\s-\s|\b(?:but|unless|except|however|although|though|while|and|or)\b")

_ONE_FORM = str.maketrans("’‘–—‹›", "''--<>")

Cosine = Callable[[str, Sequence[str]], Sequence[float]]
"""How near a text is to each of others, -1 to 1 (`qa.assistant.Assistant.cosine_similarity`)."""
SupportJudge = Callable[[str, str, Cosine], float]
"""Given a claim and evidence, the support: 0 to 1, and what reaches 0.5 is borne out."""


class Fault(StrEnum):
    """Why a sentence is left out."""

    MARKUP = "markup"
    LANGUAGE = "language"
    CITATION = "citation"
    QUOTATION = "quotation"
    NUMBER = "number"
    NAME = "name"
    NEGATION = "negation"
    ECHO = "echo"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sentences that stand together in a source: characters `place` of its passage."""

    source: Source
    place: Place

    @property
    def text(self) -> str:
        return self.source.passage.text[slice(*self.place)]


@dataclass(frozen=True, slots=True)
class Supported:
    """`support`, 0 to 1, is how well the `evidence` bears out the claim; one piece for each passage that does."""

    support: float
    evidence: tuple[Evidence, ...]


def check(
    claim: Claim, sources: Sequence[Source], question: str, cosine: Cosine, judge: SupportJudge | None = None
) -> Supported | Fault:
    """What bears out `claim`, or why it is to be left out.

    One that cites nothing is held against each of `sources`, and gets the citation that bears it out best.
    """
    if claim.has_markup:
        return Fault.MARKUP
    if not claim.content or goes_round(claim.text):
        return Fault.CONTENT
    if only_english(claim.text):
        return Fault.LANGUAGE
    if _only_repeats(claim, question):
        return Fault.ECHO
    if claim.cited:
        by_number = {source.number: source for source in sources}
        if not all(number in by_number for number in claim.cited):
            return Fault.CITATION
        return _checked(claim, [by_number[number] for number in claim.cited], question, cosine, judge or borne_out)
    results = [_checked(claim, [source], question, cosine, judge or borne_out) for source in sources]
    supported = [result for result in results if isinstance(result, Supported)]
    if supported:
        return max(supported, key=lambda result: result.support)
    faults = [result for result in results if isinstance(result, Fault)]
    return max(faults, key=list(Fault).index, default=Fault.CONTENT)


def borne_out(claim: str, evidence: str, cosine: Cosine) -> float:
    """The support of `claim` by `evidence`: the share of stems that both have, where the encoder does not find them too far."""
    share = shared_stems(claim, evidence)
    if share >= SURELY_BORNE_OUT or share < PERHAPS_BORNE_OUT:
        return share if share >= SURELY_BORNE_OUT else min(share, 0.49)
    near = cosine(claim, [evidence])[0]
    return share if near >= NEAR_ENOUGH else 0.49


def shared_stems(claim: str, evidence: str) -> float:
    """The share of the content words of `claim` whose stem (Porter 1980) stands in `evidence`; numbers, which are looked up by
    themselves, left out unless there is nothing else."""
    wanted = _stemmed(tuple(word.text for word in words(claim) if word.is_content and not word.is_number))
    wanted = wanted or _content_stems(claim)
    return len(wanted & _all_stems(evidence)) / len(wanted) if wanted else 0.0


def _checked(
    claim: Claim, cited: Sequence[Source], question: str, cosine: Cosine, judge: SupportJudge
) -> Supported | Fault:
    if not all(any(_stands_in(quote, source) for source in cited) for quote in claim.quotes):
        return Fault.QUOTATION
    pieces = [piece for piece in (_best_run(claim, source) for source in cited) if piece is not None]
    premises = [
        *(text for piece in pieces for text in _bearing(claim, piece)),
        *(_headline(source) for source in cited),
        question,
    ]
    if not claim.numbers <= frozenset().union(*map(numbers_in, premises)):
        return Fault.NUMBER
    if any(_counts_something_else(number, thing, premises) for number, thing in claim.counted):
        return Fault.NUMBER
    known = {word.key for text in premises for word in words(text)} | {
        key_of(part) for text in premises for part in _parts(text)
    }
    if not all(name in known or all(key_of(part) in known for part in _parts(name)) for name in claim.names):
        return Fault.NAME
    kept = [piece for piece in pieces if shared_stems(claim.text, piece.text) >= _LEAST_OF_CITED]
    if not kept:
        return Fault.CONTENT
    if _is_contradicted(claim, kept):
        return Fault.NEGATION
    # A heading says what a passage is about; of itself it bears out nothing.
    if shared_stems(claim.text, " ".join(piece.text for piece in kept)) < _LEAST_WITHOUT_HEADINGS:
        return Fault.CONTENT
    evidence = " ".join([*(_headline(piece.source) for piece in kept), *(piece.text for piece in kept)])
    support = judge(claim.text, evidence, cosine)
    return Supported(min(support, 1.0), tuple(kept)) if support >= 0.5 else Fault.CONTENT


def _only_repeats(claim: Claim, question: str) -> bool:
    """Whether it says no more than a question does that asks neither yes nor no."""
    asked = words(question)
    if not asked or asked[0].lower in AUXILIARIES or claim.is_negative:
        return False
    return _content_stems(claim.text) <= _all_stems(question) and claim.numbers <= numbers_in(question)


def _best_run(claim: Claim, source: Source) -> Evidence | None:
    """The shortest run of sentences that has most of the claim; a number or a name counts as two words."""
    wanted, numbers, names = _content_stems(claim.text), claim.numbers, claim.names
    text = source.passage.text
    best: tuple[float, Evidence] | None = None
    for first in range(len(source.sentences)):
        for last in range(first, min(first + _LONGEST_RUN, len(source.sentences))):
            place = (source.sentences[first][0], source.sentences[last][1])
            if not _is_whole(source, first, last):
                continue
            run = text[slice(*place)]
            keys = {word.key for word in words(run)}
            found = len(wanted & _all_stems(run)) + 2 * len(numbers & numbers_in(run)) + 2 * len(names & keys)
            worth = found - 0.5 * (last - first)
            if best is None or worth > best[0]:
                best = (worth, Evidence(source, place))
    return best[1] if best else None


def _is_whole(source: Source, first: int, last: int) -> bool:
    """Whether no sentence that counts for nothing stands between the two."""
    places, text = source.sentences, source.passage.text
    return all(not text[places[here][1] : places[here + 1][0]].strip() for here in range(first, last))


def _is_contradicted(claim: Claim, evidence: Sequence[Evidence]) -> bool:
    """Whether what comes nearest to the claim denies what it says, or says what it denies."""
    nearest = _nearest(claim.text, [text for piece in evidence for text in _within(piece)])
    if claim.is_negative and not is_negative(nearest):
        return True
    clauses = [clause for clause in _CLAUSE.split(claim.text) if len(_content_stems(clause)) > 1] or [claim.text]
    return any(is_negative(clause) != is_negative(_nearest(clause, _CLAUSE.split(nearest))) for clause in clauses)


def _nearest(text: str, others: Sequence[str]) -> str:
    """That of `others` which has most of the stems of `text`; of several, the shortest."""
    wanted = _content_stems(text)
    return max(others, key=lambda other: (len(wanted & _all_stems(other)), -len(other)))


def _bearing(claim: Claim, piece: Evidence) -> list[str]:
    """The sentences of `piece` that say of their own what `claim` says, names and numbers aside, and those before them that
    they take up with a pronoun: elsewhere a name or a number belongs to something else."""
    found = [word for word in words(claim.text) if word.is_content and not word.is_number and not word.is_capital]
    wanted = _stemmed(tuple(word.text for word in found)) or _content_stems(claim.text)
    sentences = _within(piece)
    shares = [len(wanted & _all_stems(text)) / len(wanted) for text in sentences]
    least = min(_LEAST_BEARING, max(shares))
    bears = {place for place, share in enumerate(shares) if share >= least}
    taken_up = {
        place - 1 for place in bears if place and any(word.lower in PRONOUNS for word in words(sentences[place]))
    }
    return [sentences[place] for place in sorted(bears | taken_up)]


def _counts_something_else(number: str, thing: str, premises: Sequence[str]) -> bool:
    """Whether `thing` stands in the `premises`, but nowhere near `number`: "3 dogs" where it says "2 dogs and 3 cats"."""
    wanted = _stemmed((thing,))
    apart = False
    for text in premises:
        plain = without_thousands(text)
        found = words(plain)
        things = [place for place, word in enumerate(found) if wanted & _stemmed((word.text,))]
        places = [place for place, word in enumerate(found) if number in numbers_in(word.text)]
        if any(_counts(plain, found, place, thing) for place in places for thing in things):
            return False
        apart = apart or bool(things)
    return apart


def _counts(text: str, found: Sequence[Word], number: int, thing: int) -> bool:
    """Whether the word at `number` counts that at `thing`: it stands before it with no other number between, or is the value of
    it in a row ("Seats: 14")."""
    first, last = sorted((number, thing))
    if last - first > _NEAR or any(numbers_in(word.text) for word in found[first + 1 : last]):
        return False
    return number < thing or _BETWEEN_CELLS.search(text, found[thing].end, found[number].start) is not None


def _within(piece: Evidence) -> list[str]:
    """The sentences of a piece."""
    start, end = piece.place
    text = piece.source.passage.text
    return [text[slice(*place)] for place in piece.source.sentences if start <= place[0] and place[1] <= end]


def _stands_in(quote: str, source: Source) -> bool:
    """Verbatim, blanks, case and the form of apostrophes and dashes aside."""
    wanted = _folded(quote).strip(" .,;:!?")
    text = source.passage.text
    return bool(wanted) and any(wanted in _folded(text[slice(*place)]) for place in _runs(source))


def _runs(source: Source) -> list[Place]:
    """The longest runs of sentences with nothing between them that counts for nothing."""
    runs: list[Place] = []
    for number, place in enumerate(source.sentences):
        if runs and _is_whole(source, number - 1, number):
            runs[-1] = (runs[-1][0], place[1])
        else:
            runs.append(place)
    return runs


def _folded(text: str) -> str:
    plain = defused(text).translate(_ONE_FORM)
    return " ".join(plain.casefold().split())


def _headline(source: Source) -> str:
    """The name of the document and the heading, which say what the passage is about."""
    return re.sub(r"[/_\-.]+", " ", source.about)


def _parts(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def _content_stems(text: str) -> frozenset[str]:
    return _stemmed(tuple(word.text for word in words(text) if word.is_content))


def _all_stems(text: str) -> frozenset[str]:
    return _stemmed(tuple(word.text for word in words(text)))


@lru_cache(maxsize=4_096)
def _stemmed(found: tuple[str, ...]) -> frozenset[str]:
    return frozenset(stem for of_word in stems(found) for stem in of_word)
