"""One collection, and what may be its name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import CollectionAway, UsageError
from qa.index_place import IndexPlace
from qa.locations import folder_of, index_of, shipped_corpus
from qa.settings import Settings
from qa.text.escaping import escape_line

if TYPE_CHECKING:
    from qa.documents import Choice

LONGEST_NAME = 64
LONGEST_DESCRIPTION = 1_000
_NAME = re.compile(r"[^\W_][\w.-]*")
_NO_NAME = re.compile(r"[^\w.-]+")
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Collection:
    """A folder of documents (or one file) that has a name.

    `default`: whether it is asked when no collection is named. `include` and `exclude` are patterns as in .gitignore that
    choose the files that are indexed; where there is neither, those hold that `qa index` was last given. `index` is where its
    index lies, if not where that of any folder does.
    """

    name: str
    folder: Path
    description: str = ""
    default: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    index: IndexPlace | None = None

    @property
    def choice(self) -> Choice | None:
        """Which files are indexed."""
        from qa.documents import Choice

        return Choice(self.include, self.exclude) if self.include or self.exclude else None

    @property
    def indexed(self) -> Collection:
        """What its answers come from: itself, without what is only said of it. Where this is the same, so are the documents."""
        return replace(self, description="", default=True)

    def settings(self, others: Settings) -> Settings:
        """`others`, for this collection's folder and index."""
        alone = replace(others, corpus=self.folder, index=self.index)
        return replace(alone, index=index_of(alone, self.folder))

    def check_there(self) -> None:
        """Raises CollectionAway where there is no folder."""
        if not self.folder.exists():
            raise CollectionAway(self.name, self.folder)


def collection_of(settings: Settings) -> Collection:
    """The corpus that `settings` name, as a collection that has the folder's name."""
    folder = folder_of(settings)
    if folder == shipped_corpus():
        return Collection("article", folder, "The article that comes with qa.", index=index_of(settings, folder))
    name = _NO_NAME.sub("-", unicodedata.normalize("NFC", folder.stem if folder.is_file() else folder.name))
    name = name.lstrip("-_.")[:LONGEST_NAME] or "documents"
    return Collection(name, folder, index=index_of(settings, folder))


def key_of(collections: Iterable[Collection]) -> Path:
    """What stands for these collections where a corpus would be named, as chats and sessions belong to one: "notes, work"."""
    return Path(", ".join(sorted(one.name for one in collections)))


def checked_name(name: str) -> str:
    """`name` in Unicode's composed form (NFC). Raises UsageError for what cannot be the name of a collection.

    A name begins the path of a citation ("notes/may.md") and is part of an address (qa://notes/may.md).
    """
    name = unicodedata.normalize("NFC", name)
    shown = escape_line(name[:_SHOWN]) + ("…" if len(name) > _SHOWN else "")
    if not name.strip():
        raise UsageError("The collection's name is empty.", "For example: qa collections add notes ~/notes")
    if len(name) > LONGEST_NAME:
        raise UsageError(f"The name {shown!r} has {len(name):,} characters.", f"Give one of at most {LONGEST_NAME}.")
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{shown!r} cannot be the name of a collection.",
            "A name has letters, figures, '-', '_' and '.', and begins with a letter or a figure.",
        )
    return name


def checked_description(text: str) -> str:
    """`text` on one line. Raises UsageError when it is too long."""
    text = " ".join(text.split())
    if len(text) > LONGEST_DESCRIPTION:
        raise UsageError(
            f"The description has {len(text):,} characters.", f"Give one of at most {LONGEST_DESCRIPTION:,}."
        )
    return text
