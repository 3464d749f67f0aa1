"""Changes `collections.toml`, and leaves the comments, the order and the blanks in it as they are."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qa.collections.collection import Collection, checked_description, checked_name
from qa.collections.editing import with_collection, with_other_name, with_values, without_collection
from qa.collections.parsing import Collections, check_apart, checked, collections_file
from qa.errors import CollectionsUnusable, UsageError
from qa.locations import expanded
from qa.private import make_private_folder, replace_text

_LOCK_SECONDS = 10
_TEMPORARY = ".collections-"
_HEADER = """\
# Collections of qa: folders of documents that have a name. You may edit this by hand (https://toml.io).
# Each is [name] with a folder below it; description, default, include and exclude may follow. See docs/collections.md.
"""


class CollectionsFile:
    """Every change reads the file anew, and replaces it as a whole: two programs may change it at once."""

    def __init__(self, file: Path | None = None) -> None:
        self.path = file or collections_file()

    def add(self, name: str, folder: Path, *, description: str = "", default: bool = True) -> Collection:
        """Raises UsageError for a name or folder that cannot be or has a collection already, and CollectionsUnusable."""
        added = Collection(
            checked_name(name), _checked_folder(folder), checked_description(description), default=default
        )
        values = {"folder": str(added.folder), "description": added.description, "default": added.default}
        with self._changing() as change:
            _check_new(added.name, change.collections)
            change.collections = (*change.collections, added)
            try:
                check_apart(self.path, change.collections)
            except CollectionsUnusable as error:
                raise UsageError(f"{error.detail[0].upper()}{error.detail[1:]}.", error.hint) from error
            change.text = with_collection(
                change.text or _HEADER, added.name, {key: value for key, value in values.items() if value != ""}
            )
        return added

    def rename(self, old: str, new: str) -> Collection:
        """Raises UsageError, CollectionUnknown, CollectionsUnusable."""
        new = checked_name(new)
        with self._changing() as change:
            collection = change.named(old)
            _check_new(new, [one for one in change.collections if one != collection])
            change.text = with_other_name(change.text, change.key(old), new)
            renamed = replace(collection, name=new)
            change.collections = tuple(renamed if one == collection else one for one in change.collections)
        return renamed

    def describe(self, name: str, text: str | None = None, *, default: bool | None = None) -> Collection:
        """Change the description, or whether it is asked by default; what is None stays.

        Raises UsageError, CollectionUnknown, CollectionsUnusable.
        """
        given = {"description": text if text is None else checked_description(text), "default": default}
        values: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        with self._changing() as change:
            collection = change.named(name)
            change.text = with_values(change.text, change.key(name), values)
            described = replace(collection, **values)
            change.collections = tuple(described if one == collection else one for one in change.collections)
        return described

    def remove(self, name: str) -> Collection:
        """Its documents and its index stay. Raises CollectionUnknown, CollectionsUnusable."""
        with self._changing() as change:
            collection = change.named(name)
            change.text = without_collection(change.text, change.key(name))
            change.collections = tuple(one for one in change.collections if one != collection)
        return collection

    def forget(self) -> int:
        """Remove the file itself, which must not be a link; how many bytes were freed. Documents and indexes stay.

        Raises CollectionsUnusable where the file says what cannot be, or cannot be removed.
        """
        with self._locked() as lock:
            Collections.load(self.path)
            freed = self.path.stat().st_size
            self.path.unlink()
            # What a change leaves that was killed.
            for place in (lock, *self.path.parent.glob(f"{_TEMPORARY}*")):
                place.unlink(missing_ok=True)
        return freed

    @contextmanager
    def _changing(self) -> Iterator[_Change]:
        """The file to be changed; written when all went well."""
        with self._locked():
            before = Collections.load(self.path)
            text = self.path.read_bytes().decode("utf-8-sig") if self.path.exists() else ""
            change = _Change(text, before.all)
            yield change
            self._check_meant(change)
            replace_text(self.path, change.text, prefix=_TEMPORARY)

    @contextmanager
    def _locked(self) -> Iterator[Path]:
        """Alone among those who change the file; the path of the lock."""
        from filelock import FileLock, Timeout

        lock = self.path.with_name(f".{self.path.name}.lock")
        try:
            make_private_folder(self.path.parent)
            with FileLock(lock, timeout=_LOCK_SECONDS, mode=0o600):
                yield lock
        except Timeout as error:
            raise CollectionsUnusable(self.path, "another program is changing it", "Try again.") from error
        except OSError as error:
            detail = f"it cannot be written: {(error.strerror or str(error)).lower()}"
            raise CollectionsUnusable(self.path, detail, "See that its folder can be written.") from error

    def _check_meant(self, change: _Change) -> None:
        """That the text says what was meant: TOML can be written in ways that no edit foresees."""
        try:
            says = checked(self.path, tomllib.loads(change.text))
        except (tomllib.TOMLDecodeError, CollectionsUnusable):
            says = ()
        if set(says) != set(change.collections):
            raise CollectionsUnusable(self.path, "it is written in an unusual way", "Make this change by hand.")


@dataclass(slots=True)
class _Change:
    """The text as it is to be, and the collections that it is to say."""

    text: str
    collections: tuple[Collection, ...]

    def named(self, name: str) -> Collection:
        return Collections(Path(), self.collections).named([name])[0]

    def key(self, name: str) -> str:
        """The name as the file has it, which may not be in composed form."""
        return next(key for key in tomllib.loads(self.text) if checked_name(key) == checked_name(name))


def _check_new(name: str, collections: Iterable[Collection]) -> None:
    for other in collections:
        if other.name.casefold() == name.casefold():
            raise UsageError(
                f"There is a collection {other.name} already, of {other.folder}.",
                f"Choose another name, or first: qa collections remove {other.name}",
            )


def _checked_folder(folder: Path) -> Path:
    folder = expanded(folder)
    if folder.is_dir():
        return Path(os.path.normpath(folder))
    if folder.exists():
        raise UsageError(f"{folder} is a file.", "A collection is a folder; one file is asked with --corpus.")
    raise UsageError(f"There is no folder at {folder}.", "Make it first, or mind the spelling.")
