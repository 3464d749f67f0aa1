"""What the HTML pages of a folder have in common: the menus, banners and imprints of their template.

A dozen pages of the folder are looked at. What most of them have at the same place belongs to none of them, and is left out of
each but the first that has it: so it can still be found, once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from qa.documents.conversion import Converter
from qa.documents.formats import GZIP, HTML, HTML_PARTS, format_of
from qa.documents.html_parts import repeated_keys
from qa.documents.model import SourceFile, StoredObject, Unreadable
from qa.errors import QaError

_PAGES = 12
"""So many are looked at of a folder, evenly chosen."""
_FEWEST_PAGES = 4
"""A folder with fewer shows no template; those around it are looked at as well, up to the corpus."""
_MOST_FILES = 2000
"""Names that are looked at for pages, below a folder."""
_MOST_BYTES = 1 << 20
"""Of a page that is looked at: parts of a template are found on the shorter ones as well."""


_FileOrObject = Path | StoredObject


class Template:
    """Knows the parts of the folders that it was asked about. Only a page's file is opened, never a link."""

    def __init__(self, converter: Converter) -> None:
        self._converter = converter
        self._pages: dict[_FileOrObject, list[_FileOrObject]] = {}
        self._repeated: dict[_FileOrObject, dict[str, int]] = {}

    def repeated(self, source: SourceFile) -> frozenset[str]:
        """The keys (`html_parts`) of what most pages of its folder have, but of what `source` is the first to have."""
        folder = self._folder(source)
        if folder is None:
            return frozenset()
        if folder not in self._repeated:
            # One folder after the other is read, so that one template is enough to remember.
            self._repeated = {folder: repeated_keys([self._keys(page) for page in self._pages[folder]])}
        pages = self._pages[folder]
        place = pages.index(source.file) if source.file in pages else None
        return frozenset(key for key, first in self._repeated[folder].items() if first != place)

    def _folder(self, source: SourceFile) -> _FileOrObject | None:
        """The nearest folder within the corpus that has enough pages in it or below."""
        folder: _FileOrObject = source.file.parent
        for _ in range(source.path.count("/") + 1):
            if folder not in self._pages:
                self._pages[folder] = _evenly(_pages_below(folder))
            if len(self._pages[folder]) >= _FEWEST_PAGES:
                return folder
            folder = folder.parent
        return None

    def _keys(self, page: _FileOrObject) -> frozenset[str]:
        try:
            return frozenset(json.loads(self._converter.convert(HTML_PARTS, _bytes_of(page)).text))
        except (OSError, QaError, Unreadable):
            return frozenset()


def _pages_below(folder: _FileOrObject) -> list[_FileOrObject]:
    if isinstance(folder, StoredObject):
        objects = islice(_objects_below(folder), _MOST_FILES)
        return sorted(one for one, size in objects if _is_page(one.key) and 0 < size <= _MOST_BYTES)
    files = islice(_files_below(folder), _MOST_FILES)
    return sorted(file for file in files if _is_page(file.name) and _is_short_file(file))


def _is_page(name: str) -> bool:
    return format_of(name) is HTML and not name.lower().endswith(GZIP)


def _files_below(folder: Path) -> Iterator[Path]:
    for below, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(below, name) for name in sorted(names))


def _objects_below(folder: StoredObject) -> Iterator[tuple[StoredObject, int]]:
    """With their sizes in bytes."""
    from qa.documents.object_storage import entries

    waiting = [folder]
    while waiting:
        try:
            objects, folders = entries(waiting.pop())
        except QaError:
            return
        yield from ((replace(folder, key=one.key), one.size) for one in objects)
        waiting += [one for one in reversed(folders) if not one.key.rpartition("/")[2].startswith(".")]


def _bytes_of(page: _FileOrObject) -> bytes:
    if isinstance(page, Path):
        return page.read_bytes()
    from qa.documents.object_storage import read_at_most

    return read_at_most(page, _MOST_BYTES)


def _is_short_file(page: Path) -> bool:
    try:
        return not page.is_symlink() and page.is_file() and page.stat().st_size <= _MOST_BYTES
    except OSError:
        return False


def _evenly(pages: list[_FileOrObject]) -> list[_FileOrObject]:
    if len(pages) <= _PAGES:
        return pages
    return [pages[place * len(pages) // _PAGES] for place in range(_PAGES)]
