"""Words of questions and answers, and the small closed classes of English that say how a question leans on what was said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORD = re.compile(r"_*[^\W_]+(?:(?:[’'.\-]|_+)[^\W_]+)*_*")
_POSSESSIVE = re.compile(r"(?:’s|'s|’|')$")
_MOST_WORDS = 2_000

PERSON = frozenset("he him his she her hers himself herself".split())
PLURAL = frozenset("they them their theirs themselves".split())
THING = frozenset("it its itself".split())
POINTING = frozenset("this that these those such".split())
PLACE = frozenset("there here".split())
POSSESSIVE = frozenset("his her its their hers theirs".split())
PRONOUNS = PERSON | PLURAL | THING
ONE = frozenset("one ones other others another else".split())
QUESTION_WORDS = frozenset("what which who whom whose when where why how".split())
AUXILIARIES = frozenset(
    "is are was were am be been being do does did done has have had having can could will would shall should may might"
    " must isn't aren't wasn't weren't don't doesn't didn't hasn't haven't hadn't can't couldn't won't wouldn't shouldn't"
    " cannot isn’t aren’t wasn’t weren’t don’t doesn’t didn’t hasn’t haven’t hadn’t can’t couldn’t won’t wouldn’t".split()
)
PREPOSITIONS = frozenset(
    "in on at by for from with without of to as into onto over under between among about against through during since"
    " until till after before near around across per via upon towards toward within behind beyond besides like".split()
)
_OTHERS = frozenset(
    "a an the and or but nor not no yes if while although though because however also both each all some any many much most"
    " more few less least several own same so than then too very just only even still yet ever never again once already"
    " i me my mine you your yours we us our ours myself yourself who's what's that's it's he's she's there's i'm"
    " please tell ok okay thanks thank well oh hi hey".split()
)
FUNCTION_WORDS = (
    PRONOUNS | POINTING | PLACE | ONE | QUESTION_WORDS | AUXILIARIES | PREPOSITIONS | _OTHERS | frozenset("s t".split())
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word at `text[start:end]`. `key` is what words are compared by: lower case, without a possessive or plural ending."""

    start: int
    end: int
    text: str
    key: str

    @property
    def lower(self) -> str:
        return self.text.lower()

    @property
    def is_content(self) -> bool:
        if self.text == "US":
            return True
        return self.lower not in FUNCTION_WORDS and self.key not in FUNCTION_WORDS

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def is_number(self) -> bool:
        return any(character.isdigit() for character in self.text)


def words(text: str) -> list[Word]:
    """The words of `text` in order; of a text longer than any question or sentence only the beginning."""
    return list(_words(text))


def content_keys(text: str) -> list[str]:
    """Keys of the content words, in order, each once."""
    return list(dict.fromkeys(word.key for word in words(text) if word.is_content))


def key_of(word: str) -> str:
    """Light stemming: enough that "Normans" and "Norman's" meet, not so much that "universe" and "university" do."""
    key = _POSSESSIVE.sub("", word.lower())
    if len(key) > 4 and key.endswith("ies"):
        return key[:-3] + "y"
    if len(key) > 3 and key.endswith("s") and not key.endswith(("ss", "us", "is")):
        return key[:-1]
    return key


def _words(text: str) -> Iterator[Word]:
    for count, match in enumerate(_WORD.finditer(text)):
        if count == _MOST_WORDS:
            return
        bare = _POSSESSIVE.sub("", match.group()) or match.group()
        yield Word(match.start(), match.start() + len(bare), bare, key_of(bare))
