"""Which of several documents holds now: by what they say of themselves and of one another, and by their dates.

General signs only. A document is superseded if its name or its beginning says so, or if the beginning of another one says that
it takes its place. Its date is that of its name, of a line "valid from ...", or of its title. Where neither tells, a sentence
that tells of a change does. The time of a file is no sign: it is that of a copy as often as not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from posixpath import basename, splitext

Day = tuple[int, ...]
"""A year, or a year and a month, or a year, a month and a day."""

_BEGINNING = 600
"""Characters of a document that tell of it as a whole."""
_LINES = 8
_LONGEST_DATE_LINE = 80
_WHOLE = 3
_LEAST_WORDS = 2
"""Of a file's name, that its words may stand for it: "leave" in a sentence is seldom `leave.md`."""

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS)
_NUMBERS = {name[:3]: number for number, name in enumerate(_MONTHS, 1)}
_YEAR = r"(?<!\d)(?:19[5-9]|20\d)\d(?!\d)"
_DAY = r"(?<!\d)(?:0?[1-9]|[12]\d|3[01])(?!\d)"
_DATE = re.compile(
    rf"(?P<y1>{_YEAR})[-_./ ](?P<m1>0[1-9]|1[0-2])[-_./ ](?P<d1>{_DAY})"
    rf"|(?P<d2>{_DAY})(?:st|nd|rd|th)?(?: of)?[ _-]+(?P<n2>{_MONTH})\.?,?[ _-]+(?P<y2>{_YEAR})"
    rf"|(?P<d3>{_DAY})\.(?P<m3>0?[1-9]|1[0-2])\.(?P<y3>{_YEAR})"
    rf"|(?P<n4>{_MONTH})\.?[ _-]+(?:(?P<d4>{_DAY})(?:st|nd|rd|th)?,?[ _-]+)?(?P<y4>{_YEAR})"
    rf"|(?P<y5>{_YEAR})[-_](?P<m5>0[1-9]|1[0-2])(?!\d)"
    rf"|(?P<y6>{_YEAR})",
    re.IGNORECASE,
)
_TELLS_ITS_DATE = re.compile(
    # With a semicolon after it, it is a column of a row.
    r"\b(?:valid|in force|effective|dated?(?![^\n]*;)|updated|revised|printed|adopted|issued|published|as (?:of|at))\b"
    rf"\W+(?:\w+\W+){{0,2}}?(?={_DATE.pattern.replace('?P<', '?P<told_')})",
    re.IGNORECASE,
)
_ROW = re.compile(r": [^;]*; [^;:]+: ")
_NO_LONGER = (
    r"superseded|obsolete|outdated|out of date|deprecated|withdrawn|expired|no longer (?:valid|in force|current)"
)
_SUPERSEDED_NAME = re.compile(
    r"(?:^|[\W_])(?:superseded|obsolete|outdated|deprecated|withdrawn)(?:[\W_]|$)"
    r"|(?:^|/)old/|(?<!year)(?<!years)(?<!how)[\W_]old\W*$",
    re.IGNORECASE,
)
_SUPERSEDED_TITLE = re.compile(
    rf"(?:[(\[:]|\s[-–—])\s*(?:now )?(?:(?:{_NO_LONGER}|replaced by)\b|old(?=\s*(?:$|[-–—)\],;:]|version\b)))",
    re.IGNORECASE,
)
_SUPERSEDED_LINE = re.compile(
    rf"^\W*(?:{_NO_LONGER})(?=\W*$|\s*[-–—.,;:!)\]]| by\b| since\b)"
    rf"|\bthis (?:\w+ ){{0,4}}?(?:is|was|has been)(?: now)? (?:{_NO_LONGER}|replaced by)\b",
    re.IGNORECASE,
)
_REPLACES = re.compile(
    r"\b(?:replac|supersed)(?:es|ing)\b|\btak(?:es?|ing) the place of\b|\bin place of\b", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?](?:\s|$)|\n\s*\n|$")
_WORD = re.compile(r"[^\W_]+")

_CHANGED = re.compile(
    r"\bnow\b|\bfrom today\b|\bno longer\b|\bnot any ?more\b|\binstead\b|\bchanged\b|\bput off\b|\bpostponed\b|\bmoved\b",
    re.IGNORECASE,
)
_OF_THE_PAST = re.compile(
    r"\b(?:was|were|used to|formerly|former|previous(?:ly)?|originally|back then|last year|\w+ ago|in the past"
    r"|(?:the|an|our|its|their|any) old(?:er)?|superseded|replaced|no longer)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Masthead:
    """What stands at the head of a document: `name`, its path within its folder, and the `beginning` of its text."""

    name: str
    beginning: str

    @classmethod
    def of(cls, name: str, text: str) -> Masthead:
        return cls(name, text[:_BEGINNING])

    @property
    def stem(self) -> str:
        return splitext(self.name)[0]

    @property
    def lines(self) -> list[str]:
        """The first ones that say something, without the marks of headings and emphasis."""
        lines = (line.strip().strip("#*_ ") for line in self.beginning.splitlines())
        return [line for line in lines if line][:_LINES]

    @property
    def date(self) -> Day | None:
        """As precisely as it is told; None where it is not."""
        named = max(_dates(self.stem), key=lambda found: found[0], default=(0, None))[1]
        told = _told(self.lines)
        if named is None or (told is not None and len(told) > len(named) and told[: len(named)] == named):
            return told
        return named

    @property
    def says_it_is_superseded(self) -> bool:
        lines = self.lines
        return (
            _SUPERSEDED_NAME.search(self.stem) is not None
            or any(_SUPERSEDED_TITLE.search(line) for line in lines[:1])
            or any(_SUPERSEDED_LINE.search(line) for line in lines)
        )

    def replaces(self, other: Masthead) -> bool:
        """Whether its beginning says so: the sentence has the other's file name, or what tells their names apart, if these have
        words in common."""
        mine, theirs = _words(basename(self.stem)), _words(basename(other.stem))
        apart = theirs - mine if theirs & mine else theirs
        return any(
            basename(other.name).casefold() in said.casefold()
            or (len(theirs) >= _LEAST_WORDS and bool(apart) and apart <= _words(said))
            for said in self._said_to_be_replaced()
        )

    def _said_to_be_replaced(self) -> Iterator[str]:
        for found in _REPLACES.finditer(self.beginning):
            end = _SENTENCE_END.search(self.beginning, found.end())
            yield self.beginning[found.end() : end.start() if end else None]


def superseded(documents: Mapping[str, Masthead]) -> frozenset[str]:
    """The keys of those that say of themselves that they no longer hold, or that another of them replaces.

    Where all are superseded, none is: none is left that holds.
    """
    of_themselves = {key for key, one in documents.items() if one.says_it_is_superseded}
    replaced = {old for new, old in permutations(documents, 2) if documents[new].replaces(documents[old])}
    found = frozenset(of_themselves | replaced)
    return found if len(found) < len(documents) else frozenset()


def takes_the_place(new: Masthead, old: Masthead) -> bool:
    """Whether it is clear that `new` holds where the two say different things."""
    gone = superseded({"new": new, "old": old})
    return "old" in gone or (not gone and is_newer(new.date, old.date))


def tells_of_change(sentence: str) -> bool:
    """Whether it says that something is otherwise now than it was."""
    return _CHANGED.search(sentence) is not None


def is_newer(one: Day | None, other: Day | None) -> bool:
    """Whether `one` is surely the later one, as far as both are known."""
    if one is None or other is None:
        return False
    known = min(len(one), len(other))
    return one[:known] > other[:known]


def asks_for_what_holds(question: str, old: Masthead, new: Masthead | None = None) -> bool:
    """Whether `question` is open to `new`, or to whatever is newer: it asks neither for the past nor for another year, nor
    names the file of `old`."""
    if _OF_THE_PAST.search(question) or basename(old.name).casefold() in question.casefold():
        return False
    years = {int(year) for year in re.findall(_YEAR, question)}
    return not years or (new is not None and new.date is not None and new.date[0] in years)


def _told(lines: Sequence[str]) -> Day | None:
    """The date that the beginning gives: in words that say so, else in its title, else in a short line."""
    told = "\n".join(lines)
    if cue := _TELLS_ITS_DATE.search(told):
        return next(_dates(told[cue.end() :]))[1]
    short = [line for line in lines if len(line) <= _LONGEST_DATE_LINE and not _ROW.search(line)]
    title = max((day for line in lines[:1] if line in short for _, day in _dates(line)), key=len, default=None)
    full = (day for line in short if not line.endswith(".") for _, day in _dates(line) if len(day) == _WHOLE)
    first = next(full, None)
    if title is None or (first is not None and title == first[: len(title)]):
        return first
    return title


def _dates(text: str) -> Iterator[tuple[int, Day]]:
    """Where each date begins, and the date."""
    for found in _DATE.finditer(text):
        parts = {name[0]: value for name, value in found.groupdict().items() if value}
        year = int(parts["y"])
        month = _NUMBERS[parts["n"][:3].lower()] if "n" in parts else int(parts.get("m", 0))
        # "2010-11" is the year from 2010 to 2011.
        if not month or ("d" not in parts and "n" not in parts and month == year % 100 + 1):
            yield found.start(), (year,)
        else:
            yield found.start(), (year, month, int(parts["d"])) if "d" in parts else (year, month)


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}
