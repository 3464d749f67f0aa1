"""Tells whose an SQLite file is by the application id in its header, without opening it as a database.

The header is that of https://sqlite.org/fileformat.html, 1.3: sixteen bytes of magic, and the id at byte 68, big-endian.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

CHATS = 0x71614368
INDEX = 0x71614958
SESSIONS = 0x71615353
WEB_CONVERSATIONS = 0x71615743

_MAGIC = b"SQLite format 3\0"
_ID_AT = 68
_HEADER_BYTES = 100


def application_id(file: Path) -> int | None:
    """The id in the header of `file`; None where it is no SQLite file, or no regular file: a link is not followed."""
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError):
        return None
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        header = opened.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        return None
    return int.from_bytes(header[_ID_AT : _ID_AT + 4], "big")
