"""Which objects of a bucket are read, by the same rules as files of a folder (qa.documents.choosing).

All keys are listed at once: storage lists a thousand with one request, wherever they lie.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qa.corpus_place import BucketAddress, why_no_path
from qa.documents.formats import format_of, is_readable_here, what_to_install
from qa.documents.ignoring import IGNORE_FILE, MOST_PATTERN_BYTES, Choice, Rules, patterns_in
from qa.documents.model import SourceFile, StoredObject
from qa.documents.object_storage import ListedObject, objects_below, read_at_most

if TYPE_CHECKING:
    from qa.documents.choosing import Skip

_VERSION = "?versionId="
"""s3fs takes what follows it in a key for a version."""


def objects_chosen(address: BucketAddress, skip: Skip, choice: Choice) -> Iterator[SourceFile]:
    """The objects at `address` that can be documents, folder by folder. See `qa.documents.choosing.sources`.

    An object whose name is no relative path is skipped, so that none becomes a path of this machine.
    """
    listed = objects_below(address)
    if [one.key for one in listed] == [address.prefix]:
        chosen = iter([(address.prefix.rpartition("/")[2], listed[0])])
    else:
        chosen = _chosen(_folders_of(_named(address, listed, skip)), address, Rules.of(choice), skip)
    for path, one in chosen:
        form = format_of(path)
        if is_readable_here(form):
            yield SourceFile(path, _stored(address, one), one.size, one.mtime_ns)
        else:
            skip(path, what_to_install(form))


def sizes(address: BucketAddress) -> dict[str, int]:
    """The size in bytes of every object at `address`, by its path there. Raises as `objects_below`."""
    listed = objects_below(address)
    if [one.key for one in listed] == [address.prefix]:
        return {address.prefix.rpartition("/")[2]: listed[0].size}
    return {path: one.size for path, one in _named(address, listed, lambda *_: None)}


@dataclass(slots=True)
class _FolderOfObjects:
    """What lies in it, by name. An object and a folder may have the same name."""

    objects: dict[str, ListedObject] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)


def _named(address: BucketAddress, listed: Iterable[ListedObject], skip: Skip) -> Iterator[tuple[str, ListedObject]]:
    """With their paths, relative to the prefix. Consoles make empty objects that end with a slash, to show a folder."""
    base = f"{address.prefix}/" if address.prefix else ""
    for one in listed:
        path = one.key.removeprefix(base)
        if one.key.endswith("/") and not one.size:
            continue
        reason = why_no_path(path) or (f"its name has {_VERSION}" if _VERSION in path else None)
        if reason is None:
            yield path, one
        else:
            skip(path, reason)


def _folders_of(named: Iterable[tuple[str, ListedObject]]) -> dict[str, _FolderOfObjects]:
    """By path, with a slash at the end; "" for the corpus itself."""
    folders = {"": _FolderOfObjects()}
    for path, one in named:
        base, name = _split(path)
        _made(folders, base).objects[name] = one
    return folders


def _made(folders: dict[str, _FolderOfObjects], base: str) -> _FolderOfObjects:
    """The folder `base`, and those around it: without recursion, for a key may have hundreds of parts."""
    made, inner = base, ""
    while True:
        is_new = made not in folders
        here = folders.setdefault(made, _FolderOfObjects())
        if inner:
            here.folders.add(inner)
        if not is_new:
            return folders[base]
        made, inner = _split(made.removesuffix("/"))


def _split(path: str) -> tuple[str, str]:
    before, slash, name = path.rpartition("/")
    return before + slash, name


def _chosen(
    folders: dict[str, _FolderOfObjects], address: BucketAddress, rules: Rules, skip: Skip
) -> Iterator[tuple[str, ListedObject]]:
    waiting = [("", rules)]
    while waiting:
        base, outer = waiting.pop()
        here = folders[base]
        if base and not outer.stays(base.rstrip("/"), (*here.objects, *here.folders)):
            continue
        rules = _with_ignore_file(base, here, address, outer, skip)
        for name in sorted(here.objects):
            if rules.takes(base + name, name):
                yield base + name, here.objects[name]
        waiting += [
            (f"{base}{name}/", rules) for name in sorted(here.folders, reverse=True) if rules.enters(base + name, name)
        ]


def _with_ignore_file(base: str, here: _FolderOfObjects, address: BucketAddress, rules: Rules, skip: Skip) -> Rules:
    """The rules of the folder; without those of an ignore file that cannot be read."""
    file = here.objects.get(IGNORE_FILE)
    if file is None or not file.size:
        return rules
    try:
        return rules.with_file(base, patterns_in(read_at_most(_stored(address, file), MOST_PATTERN_BYTES + 1)))
    except OSError as error:
        skip(base + IGNORE_FILE, error.strerror or str(error))
    except ValueError as error:
        skip(base + IGNORE_FILE, f"it does not hold patterns of .gitignore ({error})")
    return rules


def _stored(address: BucketAddress, one: ListedObject) -> StoredObject:
    return StoredObject(address.scheme, address.bucket, one.key)
