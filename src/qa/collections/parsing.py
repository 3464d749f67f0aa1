"""Reads `collections.toml` and checks it: whatever stands there was perhaps written by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from qa.collections.collection import Collection, checked_description, checked_name
from qa.errors import CollectionsUnusable, CollectionUnknown, UsageError
from qa.locations import expanded, user_configuration
from qa.text.escaping import escape_line
from qa.toml_file import read_toml

FILE_NAME = "collections.toml"
_KEYS: Mapping[str, tuple[type, str]] = {
    "folder": (str, "a text"),
    "description": (str, "a text"),
    "default": (bool, "true or false"),
    "include": (list, "a list of texts"),
    "exclude": (list, "a list of texts"),
}


@dataclass(frozen=True, slots=True)
class Collections:
    """The collections of the user, in the order of the file that they are kept in."""

    file: Path
    all: tuple[Collection, ...]

    @classmethod
    def load(cls, file: Path | None = None) -> Collections:
        """Those of `file`, by default of the user's; none where there is no such file. Raises CollectionsUnusable."""
        file = file or collections_file()
        return cls(file, checked(file, read_toml(file, CollectionsUnusable, "a list of collections")))

    def __iter__(self) -> Iterator[Collection]:
        return iter(self.all)

    @property
    def default(self) -> tuple[Collection, ...]:
        """Those that are asked when none is named."""
        return tuple(one for one in self.all if one.default)

    def named(self, names: Sequence[str]) -> tuple[Collection, ...]:
        """The collections with these names, each once. Raises CollectionUnknown."""
        by_name = {one.name: one for one in self.all}
        wanted = dict.fromkeys(checked_name(name) for name in names)
        for name in wanted:
            if name not in by_name:
                raise CollectionUnknown(name, tuple(by_name))
        return tuple(by_name[name] for name in wanted)


def collections_file() -> Path:
    """Where the user's collections are kept: `qa/collections.toml` in the configuration directory of the platform."""
    return user_configuration() / FILE_NAME


def check_apart(file: Path, collections: Sequence[Collection]) -> None:
    """That no folder has two names, and none lies in another one. Raises CollectionsUnusable, which names both."""
    places = [(one.name, Path(os.path.realpath(one.folder))) for one in collections]
    for (one, mine), (other, theirs) in combinations(places, 2):
        if mine == theirs:
            raise CollectionsUnusable(
                file, f"the folders of {one} and {other} are the same, {mine}", "Keep one of the two names."
            )
        inner, outer = (one, other) if mine.is_relative_to(theirs) else (other, one)
        if mine.is_relative_to(theirs) or theirs.is_relative_to(mine):
            raise CollectionsUnusable(
                file,
                f"the folder of {inner} lies within that of {outer}",
                f"Its documents are among those of {outer} already: ask these alone with --path.",
            )


def checked(file: Path, values: Mapping[str, Any]) -> tuple[Collection, ...]:
    """The collections that the `values` of a file say. Raises CollectionsUnusable."""
    found = [_collection(file, name, table) for name, table in values.items()]
    folded: dict[str, str] = {}
    for one in found:
        if (other := folded.setdefault(one.name.casefold(), one.name)) is not one.name:
            raise CollectionsUnusable(file, f"[{other}] and [{one.name}] differ in nothing but case", "Rename one.")
    check_apart(file, found)
    return tuple(found)


def _collection(file: Path, name: str, table: Any) -> Collection:
    shown = escape_line(name)[:80]
    if not isinstance(table, dict):
        raise CollectionsUnusable(
            file, f"{shown} stands outside of a collection", 'A collection is [name] with folder = "/path" below it.'
        )
    try:
        checked = checked_name(name)
        for key in table:
            _check_key(key, table[key])
        if "folder" not in table:
            raise UsageError("there is no folder.", 'Add folder = "/path".')
        return Collection(
            name=checked,
            folder=_folder(table["folder"]),
            description=checked_description(table.get("description", "")),
            default=table.get("default", True),
            include=tuple(table.get("include", ())),
            exclude=tuple(table.get("exclude", ())),
        )
    except UsageError as error:
        raise CollectionsUnusable(file, f"[{shown}]: {error.what.rstrip('.')}", error.hint) from error


def _check_key(key: str, value: Any) -> None:
    if key not in _KEYS:
        raise UsageError(f"there is no key {escape_line(key)[:80]}.", f"The keys are {', '.join(_KEYS)}.")
    kind, described = _KEYS[key]
    if not isinstance(value, kind) or (isinstance(value, list) and not all(isinstance(one, str) for one in value)):
        raise UsageError(f"{key} is not {described}.", f"Write {_EXAMPLES[key]}.")


_EXAMPLES = {
    "folder": 'folder = "~/notes"',
    "description": 'description = "Personal notes"',
    "default": "default = true",
    "include": 'include = ["*.md", "*.pdf"]',
    "exclude": 'exclude = ["drafts/"]',
}


def _folder(text: str) -> Path:
    if not text or "\0" in text:
        raise UsageError("the folder is empty or holds a null character.", f"Write {_EXAMPLES['folder']}.")
    folder = Path(text)
    if not folder.is_absolute() and not text.startswith("~"):
        raise UsageError(
            f"the folder {escape_line(text)[:80]} depends on where one is.", 'Write the whole path, or one with "~/".'
        )
    return expanded(folder)
