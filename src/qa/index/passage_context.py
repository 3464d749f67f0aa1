"""A passage with what its document tells before it: as the encoder and the reader see it (qa.text.mentions)."""

from __future__ import annotations

from qa.text.mentions import with_names
from qa.text.passages import with_heading
from qa.text.table_rows import with_columns

WITH_EARLIER = "passages p LEFT JOIN passages b ON b.id = p.id - 1 AND b.document = p.document"
"""A passage `p` and the one before it in its document, `b`: they are numbered in its order, one after the other."""
_ROOM = 36
"""Characters, and so at most as many tokens: with a heading of 120 and a passage of 96 tokens the encoder sees all of it."""
_ROW_ROOM = 250
"""Characters that a row with the names of its columns may have, unless it has more by itself."""
TOLD = "p.id, p.heading, p.text, p.start, b.start, b.text"
"""Its id, heading and text, and what `before` takes."""


def before(start: int, earlier_start: int | None, earlier_text: str | None) -> str:
    """The text in front of a passage that begins at `start`, as far as the passage before it reaches."""
    if earlier_start is None or earlier_text is None:
        return ""
    return earlier_text[: max(0, start - earlier_start)]


def encoded_text(heading: str | None, text: str, told: str) -> str:
    """What the encoder sees of a passage that has `told` before it: its heading, and its text with names.

    A row of a table is seen with the names of its columns."""
    row = with_columns(heading, text, max(_ROOM, _ROW_ROOM - len(text)))
    if row is not None:
        return with_heading(row[0], row[1].text)
    return with_heading(heading, with_names(text, with_heading(heading, told), _ROOM).text)
