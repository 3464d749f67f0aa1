"""Times and amounts as people name them: "from October", "that week", "the day before", "three years", "£410 a month"."""

from __future__ import annotations

import re

from qa.conversation.words import words

_UNIT = r"(?:second|minute|hour|day|night|morning|afternoon|evening|weekend|week|fortnight|month|quarter|season|term|year)s?"
# "May I ...?" is none.
_NAMED = (
    r"(?:january|february|march|april|june|july|august|september|october|november|december|(?-i:(?<!^)May)"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:spring|summer|autumn|winter|christmas|easter)(?:\s+(?:holidays?|season|term))?)"
)
_COUNT = (
    r"(?:\d+(?:[.,]\d+)*|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty"
    r"|fifty|sixty|ninety|hundred)"
)
_IN = r"(?:in|on|at|from|since|until|till|by|before|after|during|for)"
_WHICH = r"(?:this|that|last|next|the\s+(?:last|next|previous|following|same|other)|every|each)"
_YEAR = r"(?:1\d|20)\d\d"
_DAY = r"(?:\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?)"
_DATE = rf"(?:the\s+)?(?:{_WHICH}\s+)?{_DAY}?{_NAMED}(?:\s+\d{{1,2}}\b)?(?:,?\s+{_YEAR})?"
_THEN = r"(?:before|after(?:wards)?|ago|earlier|later)"
_TIME = re.compile(
    rf"\b(?:{_IN}\s+)?(?:{_DATE}|{_WHICH}\s+{_UNIT}|(?:the|{_COUNT})\s+{_UNIT}\s+{_THEN})\b"
    rf"|\b{_IN}\s+(?:(?:the\s+)?(?:morning|afternoon|evening|weekend)|night|{_YEAR})\b"
    rf"|\b(?:(?:from\s+|until\s+|since\s+)?(?:now|today|tomorrow|yesterday|tonight)|(?:years\s+)?{_THEN}$)\b",
    re.IGNORECASE,
)
_LED = re.compile(rf"{_IN}\b", re.IGNORECASE)
_NAMED_TIME = re.compile(rf"\d+\s+{_NAMED}|{_NAMED}", re.IGNORECASE)
_AMOUNT = re.compile(rf"(?:{_IN}\s+)?(?:[£$€]\s?\d|\d+(?:[.,]\d+)*(?!\w)|{_COUNT}\s+{_UNIT}\b)", re.IGNORECASE)


def times_in(text: str) -> list[tuple[int, int]]:
    """Where times stand in a text, with the preposition before each: character start and end (exclusive), in order.

    "The summer party" is none.
    """
    return [
        match.span()
        for match in _TIME.finditer(text)
        if _LED.match(match[0]) or not _tells_of_next(text[match.end() :])
    ]


def _tells_of_next(behind: str) -> bool:
    following = next(iter(words(behind)), None)
    return following is not None and following.is_content and not behind[: following.start].strip()


def is_time(text: str) -> bool:
    """Whether the text is a time and nothing else; "afternoon" is one, but "2000" may be any number."""
    return any(_TIME.fullmatch(one) for one in (text, f"in {text}" if not text.isdigit() else text))


def is_named_time(text: str) -> bool:
    """Whether the text begins with a month, a weekday or the number of a day, before which a preposition is missed."""
    return _NAMED_TIME.match(f" {text}", 1) is not None


def is_amount(text: str) -> bool:
    """Whether the text begins with a number, a sum of money or so many days and the like."""
    return _AMOUNT.match(text) is not None
