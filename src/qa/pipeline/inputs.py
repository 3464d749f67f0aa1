"""What the reranker and the reader are shown of a passage, and how offsets lead back to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from posixpath import splitext
from typing import Protocol

from qa.text.mentions import Named, with_names
from qa.text.passages import with_heading
from qa.text.table_rows import with_columns

_NAME_CHARACTERS = 60
_BETWEEN_WORDS = re.compile(r"[\W_]+")


class Readable(Protocol):
    """A passage with what places it. `before` is the document's text in front of it, which is not shown, but names what the
    text calls by its kind (qa.text.mentions); `own_path`, within its folder, is empty for a text that is no document's."""

    @property
    def own_path(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def heading(self) -> str | None: ...

    @property
    def before(self) -> str: ...


@dataclass(frozen=True, slots=True)
class PassageInput:
    """`text` is what a model reads; the passage's own text, with names put in (`named`), begins at `offset` of it."""

    text: str
    offset: int
    named: Named

    @classmethod
    def of(cls, passage: Readable) -> PassageInput:
        """The name of its document, its heading, and its text; of a row of a table also the names of its columns."""
        heading, named = _in_context(passage)
        text = with_heading(heading, named.text)
        if name := document_name(passage.own_path):
            text = f"{name}\n{text}"
        return cls(text, len(text) - len(named.text), named)


def _in_context(passage: Readable) -> tuple[str | None, Named]:
    row = with_columns(passage.heading, passage.text)
    return row or (passage.heading, with_names(passage.text, with_heading(passage.heading, passage.before)))


def document_name(path: str) -> str:
    """The words of a path without its ending, as people name a document: "contracts lease ropewalk 14"."""
    words = _BETWEEN_WORDS.sub(" ", splitext(path)[0]).strip()
    return words[-_NAME_CHARACTERS:]
