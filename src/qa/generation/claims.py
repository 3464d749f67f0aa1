"""What a model wrote, taken apart: sentences, the passages that each cites, and what in each can be looked up.

A sentence with its citations is a statement that can be checked by itself, as in Gao et al. 2023 (ALCE,
doi:10.18653/v1/2023.emnlp-main.398).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from qa.conversation.words import FUNCTION_WORDS, Word, words
from qa.generation.injections import restored
from qa.text.escaping import escape_line
from qa.text.sentences import sentences

_CITATION = re.compile(
    r"[\[【(](?:passages?\s*)?(\d{1,4}(?:\s*(?:[,;–-]|and)\s*(?:passages?\s*)?\d{1,4})*)[\]】)]", re.IGNORECASE
)
"""Round brackets too, where nothing else stands in them: "[1]", "[1, 3]", "(passage 2)"."""
_CITATIONS_ALONE = re.compile(rf"(?:\s*{_CITATION.pattern}[\s.]*)+", re.IGNORECASE)
_UNFINISHED = re.compile(r"[\[【(](?:p[a-z]*)?[\d\s,;]*$", re.IGNORECASE)
_LOOP = re.compile(r"(\S[^\n]{1,60}?)\1{5,}\S{0,20}\s*$")
_LOOKED_AT = 600
_NUMBER = re.compile(r"\d+")
_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]+)[\"”“»]")
_LIST_MARKER = re.compile(r"^\s*(?:[-*+•]|#{1,6}|\d{1,3}[.)](?=\s)|>)\s+")
_EMPHASIS = re.compile(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1")
_MARKUP = re.compile(
    r"!?\[[^\]]*\]\s*\(|</?[a-zA-Z][^>]*>|\[[^\]]*\]:\s|https?://|www\.|javascript:|data:\w+/", re.IGNORECASE
)
_PREAMBLE = re.compile(
    r"^(?:(?:according to|based on|as (?:stated|mentioned|described|said) in|as per|from) (?:the )?"
    r"(?:passages?|documents?|text|context|source)s?(?:\s*\d+)?\s*,\s*|answer\s*:\s*|the answer is\s*:?\s+(?=[A-Z\"“]))",
    re.IGNORECASE,
)
_DOES_NOT_KNOW = re.compile(
    r"^\W*(?:i (?:do not|don[’']t|cannot|can[’']t) (?:know|answer|find|say|tell|determine)"
    r"|(?:the|these|none of the) (?:given |provided )?(?:passages?|documents?|text|context)s?"
    r" (?:do(?:es)? not|don[’']t|doesn[’']t|cannot) (?:answer|say|state|mention|contain|provide|tell|specify|include|give)"
    r"|there is no (?:information|mention|answer)|no answer\b|unknown\b|not (?:stated|mentioned|specified)\b)",
    re.IGNORECASE,
)
_DIGITS_OF = {
    word: str(number)
    for number, word in enumerate(
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
        " nineteen twenty".split(),
        2,
    )
}
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?!\d)")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)?", re.IGNORECASE)
_SIGN = re.compile(r"[€$£¥%‰]|\b(?:euros?|EUR|dollars?|USD|per ?cent)\b", re.IGNORECASE)
_SIGN_OF = {
    **dict.fromkeys(("euro", "euros", "eur"), "€"),
    **dict.fromkeys(("dollar", "dollars", "usd"), "$"),
    **dict.fromkeys(("per cent", "percent"), "%"),
}
_OPENERS = frozenset(
    "according additionally also although another because both but currently each every finally first firstly for furthermore"
    " however if in including instead later meanwhile moreover next no note once only otherwise overall please second secondly"
    " since so some specifically the then therefore these they this those though thus to two three unless until when where"
    " whether which while yes yet".split()
)
_LIMIT = re.compile(r"\b(?:no|not) (?:later|earlier|sooner|more|less|fewer|longer|older|younger|only)\b", re.IGNORECASE)
_NEGATIONS = frozenset("not no never none neither nor cannot without nobody nothing nowhere".split())


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence without its citations, as it is shown. `cited` are the numbers that it ends with or holds, each once."""

    text: str
    cited: tuple[int, ...]

    @property
    def quotes(self) -> tuple[str, ...]:
        """What stands in quotation marks."""
        return tuple(match[1] for match in _QUOTED.finditer(self.text))

    @property
    def has_markup(self) -> bool:
        """Whether it holds a link, a picture or a tag: words are asked for, and nothing that a screen would act on."""
        return _MARKUP.search(self.text) is not None

    @property
    def content(self) -> tuple[str, ...]:
        """The words that say something."""
        return tuple(word.text for word in words(self.text) if word.is_content)

    @property
    def numbers(self) -> frozenset[str]:
        return numbers_in(self.text)

    @property
    def names(self) -> frozenset[str]:
        """Words with a capital, and those that hold a digit; the first word too, unless sentences often begin with it."""
        found = words(self.text)
        return frozenset(word.key for place, word in enumerate(found) if _is_name(word, begins=place == 0))

    @property
    def counted(self) -> tuple[tuple[str, str], ...]:
        """Each number with the word that follows it, which says what it counts: ("30", "minutes")."""
        found = words(without_thousands(self.text))
        return tuple(
            (number, after.text)
            for word, after in pairwise(found)
            for number in numbers_in(word.text)
            if after.is_content and not after.is_number
        )

    @property
    def is_negative(self) -> bool:
        return is_negative(self.text)


def claims(text: str) -> list[Claim]:
    """The sentences of what a model wrote, in order."""
    pieces: list[str] = []
    for start, end in sentences(text):
        piece = text[start:end]
        # "It is so. [1]": what follows the full stop belongs to it.
        leading = _CITATIONS_ALONE.match(piece)
        if leading and pieces:
            pieces[-1] += f" {leading[0]}"
            piece = piece[leading.end() :]
        if piece.strip():
            pieces.append(piece)
    return [claim for claim in map(_claim, pieces) if claim.text]


def settled(text: str) -> list[Claim]:
    """Those of an unfinished `text` to which nothing can be added any more."""
    return claims(_UNFINISHED.sub("", text))[:-1]


def does_not_know(claim: Claim) -> bool:
    """Whether the model says by it that the passages do not answer."""
    return _DOES_NOT_KNOW.match(claim.text) is not None


def goes_round(text: str) -> bool:
    """Whether `text` ends in the same words again and again."""
    return _LOOP.search(text[-_LOOKED_AT:]) is not None


def numbers_in(text: str) -> frozenset[str]:
    """The numbers of `text` in one form ("1,250.00" and "1250", "two" and "2" are the same), and signs like "€" and "%", for
    which words may stand."""
    figures = {_plain_figure(match[0]) for match in _FIGURE.finditer(text)}
    signs = {_SIGN_OF.get(sign.lower(), sign) for sign in _SIGN.findall(text)}
    return frozenset(figures | signs | {_DIGITS_OF[word.lower] for word in words(text) if word.lower in _DIGITS_OF})


def without_thousands(text: str) -> str:
    """`text` without the commas that part thousands."""
    return _THOUSANDS.sub(lambda match: match[0].replace(",", ""), text)


def is_negative(text: str) -> bool:
    """Whether it denies something. "No later than" and the like say how much, and deny nothing."""
    found = words(_LIMIT.sub(" ", text))
    return any(word.lower in _NEGATIONS or word.lower.endswith(("n't", "n’t")) for word in found)


def _claim(piece: str) -> Claim:
    cited = tuple(dict.fromkeys(int(number) for match in _CITATION.finditer(piece) for number in _cited_by(match)))
    bare = _CITATION.sub(" ", piece)
    bare = _LIST_MARKER.sub("", bare.strip())
    bare = _PREAMBLE.sub("", _EMPHASIS.sub(r"\2", bare))
    line = re.sub(r"\s+([.,;:!?])", r"\1", escape_line(restored(bare)))
    return Claim(line[:1].upper() + line[1:] if re.search(r"\w", line) else "", cited)


def _cited_by(match: re.Match[str]) -> list[str]:
    return _NUMBER.findall(match[1])


def _plain_figure(figure: str) -> str:
    """Without what parts thousands, and without noughts that say nothing: "1,250.00" is "1250", "04" is "4"."""
    whole, point, rest = without_thousands(figure).partition(".")
    if not rest.strip("0"):
        point = rest = ""
    return f"{whole.lstrip('0') or '0'}{point}{rest}"


def _is_name(word: Word, *, begins: bool) -> bool:
    if word.is_number:
        return not (_FIGURE.fullmatch(word.text) or _ORDINAL.fullmatch(word.text))
    if not word.is_capital or word.text == "I":
        return False
    return (
        not (begins and (word.lower in _OPENERS or word.lower in FUNCTION_WORDS)) and word.lower not in FUNCTION_WORDS
    )
