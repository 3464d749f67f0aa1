"""Numbers of list items as Word and browsers write them (ECMA-376, part 1, 17.18.59)."""

from __future__ import annotations

_LARGEST_ROMAN = 3999
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def numeral(number: int, digits: str) -> str:
    """`number` in `digits`: lowerLetter, upperRoman, decimalZero, none; all others are decimal, as is what they cannot say."""
    match digits:
        case "lowerLetter" | "upperLetter" if number > 0:
            # After z comes aa, then bb.
            text = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 % 10 + 1)
        case "lowerRoman" | "upperRoman" if 0 < number <= _LARGEST_ROMAN:
            text = _roman(number)
        case "decimalZero":
            text = f"{number:02}"
        case "none":
            text = ""
        case _:
            text = str(number)
    return text.upper() if digits.startswith("upper") else text


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        text += letters * (number // value)
        number %= value
    return text
