"""Numbers and dates of a cell as its number format shows them (ECMA-376, part 1, 18.8.30): "1,200.50 EUR", "1 May 1932".

Formats that every computer shows in its own way (the short date) and those that are rare in texts (fractions, powers of ten)
are left to the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Context, Decimal

_AS_THE_COMPUTER_LIKES = frozenset({"general", "mm-dd-yy", "m/d/yy h:mm", "m/d/yyyy", "@"})
_PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<one>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[[^\]]*\]|_.|\*.'
    r"|(?P<clock>AM/PM|A/P)|(?P<part>y+|m+|d+|h+|s+)|(?P<digits>[#0?][#0?,]*(?:\.[#0?]*)?)|(?P<percent>%)|(?P<other>.)",
    re.IGNORECASE,
)
_LONGEST = 100
_MOST_DECIMALS = 10
_ANY_DOUBLE = Context(prec=400)
"""The largest double has 309 digits."""

Piece = tuple[str, str]
"""Its kind and its text."""


def shown_number(value: float | int, form: str) -> str | None:
    """None where the format says nothing that is shown alike everywhere."""
    sections = _sections(form)
    negative = value < 0 and len(sections) > 1
    section = sections[2] if value == 0 and len(sections) > 2 else sections[1] if negative else sections[0]
    pieces = list(_pieces(section))
    patterns = [text for kind, text in pieces if kind == "digits"]
    if not _is_plain(form) or len(patterns) > 1 or any(kind in ("part", "clock") for kind, _ in pieces):
        return None
    number = Decimal(repr(value)) * (100 if any(kind == "percent" for kind, _ in pieces) else 1)
    texts = [
        _in_pattern(abs(number) if negative else number, text) if kind == "digits" else text for kind, text in pieces
    ]
    return " ".join("".join(texts).split())


def shown_date(value: datetime | date | time, form: str) -> str | None:
    """None where the format says nothing that is shown alike everywhere."""
    pieces = list(_pieces(_sections(form)[0]))
    if not _is_plain(form) or not any(kind == "part" for kind, _ in pieces):
        return None
    twelve = any(kind == "clock" for kind, _ in pieces)
    texts = []
    for at, (kind, text) in enumerate(pieces):
        if kind == "clock":
            texts.append("AM" if getattr(value, "hour", 0) < 12 else "PM")
        elif kind == "part":
            part = _part(value, text.lower(), is_minute=_is_minute(pieces, at), twelve=twelve)
            if part is None:
                return None
            texts.append(part)
        else:
            texts.append(text)
    return " ".join("".join(texts).split())


def _is_plain(form: str) -> bool:
    odd = "/" in form and "?" in form
    return len(form) <= _LONGEST and form.lower() not in _AS_THE_COMPUTER_LIKES and not odd and "E+" not in form


def _sections(form: str) -> list[str]:
    """Of positive numbers, negative ones, and zero."""
    return re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', form)


def _pieces(section: str) -> Iterator[Piece]:
    for found in _PIECE.finditer(section):
        kind = found.lastgroup
        if kind is not None:
            yield ("text" if kind in ("quoted", "one", "currency", "other") else kind), found[kind]


def _in_pattern(number: Decimal, pattern: str) -> str:
    whole, _, fraction = pattern.partition(".")
    scaled = number / 1000 ** (len(whole) - len(whole.rstrip(",")))
    most, least = min(len(fraction), _MOST_DECIMALS), min(fraction.count("0"), _MOST_DECIMALS)
    rounded = scaled.quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP, _ANY_DOUBLE)
    text = f"{rounded:,f}" if "," in whole.rstrip(",") else f"{rounded:f}"
    before, point, after = text.partition(".")
    while len(after) > least and after.endswith("0"):
        after = after[:-1]
    digits = before.lstrip("-").zfill(whole.replace(",", "").count("0")) if "," not in before else before.lstrip("-")
    sign = "-" if before.startswith("-") else ""
    return f"{sign}{digits}{point if after else ''}{after}"


def _is_minute(pieces: Sequence[Piece], at: int) -> bool:
    """ "m" is a minute right after an hour and right before a second."""
    tokens = [(place, text.lower()) for place, (kind, text) in enumerate(pieces) if kind == "part"]
    position = [place for place, _ in tokens].index(at)
    after_hour = position > 0 and tokens[position - 1][1].startswith("h")
    before_second = position + 1 < len(tokens) and tokens[position + 1][1].startswith("s")
    return after_hour or before_second


def _part(value: datetime | date | time, letters: str, *, is_minute: bool, twelve: bool) -> str | None:
    """What the `letters` of a format show of `value`; None of a part that it has not."""
    if letters[0] in "hs" or (letters[0] == "m" and is_minute):
        return _of_clock(value, letters, twelve=twelve) if isinstance(value, (datetime, time)) else None
    return None if isinstance(value, time) else _of_calendar(value, letters)


def _of_clock(value: datetime | time, letters: str, *, twelve: bool) -> str:
    hour = (value.hour - 1) % 12 + 1 if twelve else value.hour
    number = {"h": hour, "m": value.minute, "s": value.second}[letters[0]]
    return f"{number:0{min(len(letters), 2)}}"


def _of_calendar(value: date, letters: str) -> str:
    if letters[0] == "y":
        return f"{value.year:04}" if len(letters) > 2 else f"{value.year % 100:02}"
    number, name = (value.day, _DAYS[value.weekday()]) if letters[0] == "d" else (value.month, _MONTHS[value.month - 1])
    if len(letters) < 3:
        return f"{number:0{len(letters)}}"
    return name[: {3: 3, 5: 1}.get(len(letters))]


_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS = "January February March April May June July August September October November December".split()
