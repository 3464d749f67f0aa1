"""Makes hostile text harmless to show: nothing in it can move a cursor, colour a screen or reorder what is read.

Documents, file names and questions may hold terminal control sequences and invisible direction marks. `inert` shows them
as visible symbols, so a reader sees that something is there. It is applied where text leaves for a screen, never to
what is stored or returned: offsets stay true.
"""

from __future__ import annotations

import re

_KEPT = "\n\t"
# C0, DEL, C1, lone surrogates, and the Unicode bidirectional controls (Trojan Source, CVE-2021-42574).
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]")


def escape_control_characters(text: str) -> str:
    """`text` with every control character shown as a symbol; line feeds and tabs stay.

    A carriage return before a line feed is dropped, since it shows nothing and a lone one could overwrite the line.
    """
    return _UNSAFE.sub(_symbol, text.replace("\r\n", "\n"))


def escape_line(text: str) -> str:
    """As `inert`, on one line: runs of white space become one space."""
    return escape_control_characters(" ".join(text.split()))


def _symbol(match: re.Match[str]) -> str:
    character = match.group()
    if character in _KEPT:
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "\ufffd"
