"""How questions are put: in other words, misspelt, and with or without a mark; none of it says whether there is an answer.

People ask about a text in words of their own, while the questions of the data sets were written with the passage in view and
share its words. A reader trained on those alone, and on near misses, takes a word that the passage lacks for a sign that
it does not answer. Likewise typed queries without a mark mostly have an answer in the data, and the human-written
unanswerable questions all carry one. The data sets hardly hold a typing error, and people's questions do. Rows with and without
an answer pass through alike, so no new sign comes in.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from lemminflect import getAllInflections, getAllLemmas, getInflection

from qa.training.data.surface import FUNCTION_WORDS
from qa.training.data.training_rows import TrainingRow
from qa.training.data.wordnet import WordNet

_WORD = re.compile(r"[A-Za-z]+")
_LEFT_ALONE = FUNCTION_WORDS | frozenset(
    "many much long name type kind year years time day days month number percent percentage people first last most least "
    "more less century called known old new one other".split()
)
_MISSPELT = re.compile(r"[A-Za-z]{5,}")
_BESIDE = {
    letter: row[max(0, place - 1) : place] + row[place + 1 : place + 2]
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for place, letter in enumerate(row)
}
"""The keys left and right of each on a keyboard."""
_BEFORE_PARTICIPLES = frozenset("is are was were be been being has have had by".split())


@dataclass(frozen=True, slots=True)
class Phrasing:
    """How often a question is reworded, how often a word of it is misspelt, and how often it keeps or is given its mark, by
    source or else."""

    reworded: float = 0.25
    misspelt: float = 0.08
    marked: float = 0.85
    marked_of: tuple[tuple[str, float], ...] = (("nq_qed_train", 0.6),)


@dataclass(frozen=True, slots=True)
class Swap:
    """A word of the question, its place, and what may stand there instead, in the same form."""

    start: int
    end: int
    others: tuple[str, ...]


def rephrased(row: TrainingRow, phrasing: Phrasing, wordnet: WordNet, rng: random.Random) -> TrainingRow:
    """The row with its question put otherwise, at random."""
    if rng.random() < phrasing.reworded:
        row = reworded(row, wordnet, rng) or row
    if rng.random() < phrasing.misspelt:
        row = replace(row, question=misspelt(row.question, rng))
    bare = row.question.strip().rstrip(" ?")
    marked = rng.random() < dict(phrasing.marked_of).get(row.source, phrasing.marked)
    return replace(row, question=f"{bare}?" if marked else bare)


def misspelt(question: str, rng: random.Random) -> str:
    """The question with a typing error in one of its words of five letters or more; as it is where it has none.

    Past the first letter, which people rarely get wrong, one is left out, typed twice, exchanged with the next one, or its
    neighbour on the keyboard is hit.
    """
    found = list(_MISSPELT.finditer(question))
    if not found:
        return question
    word = rng.choice(found)
    at = rng.randrange(word.start() + 1, word.end() - 1)
    this, after = question[at], question[at + 1]
    typed = rng.choice((after, this + this + after, after + this, rng.choice(_BESIDE[this.lower()]) + after))
    return question[:at] + typed + question[at + 2 :]


def reworded(row: TrainingRow, wordnet: WordNet, rng: random.Random) -> TrainingRow | None:
    """The row with one or two words of its question exchanged; None where no word has a synonym."""
    found = list(swaps(row.question, wordnet))
    if not found:
        return None
    chosen = rng.sample(found, min(len(found), rng.choice((1, 1, 2))))
    question = row.question
    for swap in sorted(chosen, key=lambda swap: -swap.start):
        question = question[: swap.start] + rng.choice(swap.others) + question[swap.end :]
    return replace(row, id=f"{row.id}~reworded", question=question)


def swaps(question: str, wordnet: WordNet) -> Iterator[Swap]:
    """Every word that can be exchanged. Names, numbers and what makes the kind of question are left alone."""
    before = ""
    for match in _WORD.finditer(question):
        word = match.group()
        if word.islower() and word not in _LEFT_ALONE and len(word) > 2:
            others = _others(word, before in _BEFORE_PARTICIPLES, wordnet)
            if others:
                yield Swap(match.start(), match.end(), others)
        before = word.lower()


def _others(word: str, as_participle: bool, wordnet: WordNet) -> tuple[str, ...]:
    lemmas = {(pos, lemma) for pos, found in _lemmas(word).items() for lemma in found}
    if not lemmas:
        return ()
    pos, lemma = max(sorted(lemmas), key=lambda entry: wordnet.counts.get(entry, 0))
    tags = [tag for tag, forms in _inflections(lemma, pos).items() if word in forms]
    if not tags:
        return ()
    base = next((tag for tag in ("NN", "VB", "JJ") if word == lemma and tag in tags), tags[0])
    tag = "VBN" if as_participle and "VBN" in tags else base
    found = (getInflection(other, tag) for other in wordnet.synonyms.get((pos, lemma), ()))
    return tuple(forms[0] for forms in found if forms and forms[0] != word)


@lru_cache(50_000)
def _lemmas(word: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = getAllLemmas(word)
    return {pos: lemmas for pos, lemmas in found.items() if pos in ("NOUN", "VERB", "ADJ")}


@lru_cache(50_000)
def _inflections(lemma: str, pos: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = getAllInflections(lemma, upos=pos)
    return found
