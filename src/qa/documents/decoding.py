"""Bytes -> text: UTF-8 as it is, a byte order mark where there is one, and a guess by charset-normalizer for the rest.

charset-normalizer (the detector of requests) wants some text to go by. In a file with only a few letters beyond ASCII
("Zürich") every Latin code page is as likely to it, and it may even see UTF-16; such a file is read as Windows-1252, which
the WHATWG Encoding Standard also takes where nothing is said.
"""

from __future__ import annotations

import codecs

from qa.documents.model import Unreadable

_BINARY_PROBE = 8192
_GUESS_PROBE = 1 << 20
_FEW = 16
_BYTE_ORDER_MARKS = (
    # UTF-32's little-endian mark begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WITHOUT_MARK_NO_GUESS = ["utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be", "utf_7"]


def decode(data: bytes) -> str:
    """The text of `data`; of UTF-8 exactly `data.decode("utf-8")`, a mark included. Raises Unreadable."""
    marked = next((name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), None)
    if marked is not None:
        return _decode_as(data, marked)
    if b"\0" in data[:_BINARY_PROBE]:
        raise Unreadable("it is a binary file")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _guessed(data)


def _guessed(data: bytes) -> str:
    beyond_ascii = sum(byte >= 0x80 for byte in data[:_GUESS_PROBE])
    letters = sum(bytes((byte,)).isalpha() for byte in data[:_GUESS_PROBE])
    if beyond_ascii < _FEW and beyond_ascii <= letters / 2:
        return _decode_as(data, "cp1252")
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_GUESS_PROBE], cp_exclusion=_WITHOUT_MARK_NO_GUESS).best()
    if best is None:
        raise Unreadable("it is no text in an encoding that could be told")
    return _decode_as(data, best.encoding)


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError) as error:
        raise Unreadable(f"it is no {encoding.replace('_', '-').upper()} text, which it seemed to be") from error
