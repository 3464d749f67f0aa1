"""The words of a text as an index holds them: small letters without diacritics, and of each its stem (Porter 1980).

SQLite's FTS5 makes them (https://sqlite.org/fts5.html, "Porter Tokenizer"), so that what is compared outside of a database, or
searched by another one, is what a search in an index compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TOKENIZER = ("porter", "unicode61", "remove_diacritics", "2")
"""By the names that FTS5 knows them under."""


def stems(texts: Sequence[str]) -> list[list[str]]:
    """The stems of each text, in its order; none of what has no letter or figure."""
    import apsw

    # A connection serves one thread at a time, and opening one in memory takes no time.
    connection = apsw.Connection(":memory:")
    try:
        name, *options = TOKENIZER
        tokenize: Any = connection.fts5_tokenizer(name, options)
        return [
            [
                str(word[0])
                for word in tokenize(text.encode("utf-8"), apsw.FTS5_TOKENIZE_DOCUMENT, None, include_offsets=False)
            ]
            for text in texts
        ]
    finally:
        connection.close()
