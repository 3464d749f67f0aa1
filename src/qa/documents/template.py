"""What the HTML pages of a folder have in common: the menus, banners and imprints of their template.

A dozen pages of the folder are looked at. What most of them have at the same place belongs to none of them, and is left out of
each but the first that has it: so it can still be found, once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from qa.documents.conversion import Converter
from qa.documents.formats import GZIP, HTML, HTML_PARTS, format_of
from qa.documents.html_parts import repeated_keys
from qa.documents.model import SourceFile, Unreadable

_PAGES = 12
"""So many are looked at of a folder, evenly chosen."""
_FEWEST_PAGES = 4
"""A folder with fewer shows no template; those around it are looked at as well, up to the corpus."""
_MOST_FILES = 2000
"""Names that are looked at for pages, below a folder."""
_MOST_BYTES = 1 << 20
"""Of a page that is looked at: parts of a template are found on the shorter ones as well."""


class Template:
    """Knows the parts of the folders that it was asked about. Only a page's file is opened, never a link."""

    def __init__(self, converter: Converter) -> None:
        self._converter = converter
        self._pages: dict[Path, list[Path]] = {}
        self._repeated: dict[Path, dict[str, int]] = {}

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

    def _folder(self, source: SourceFile) -> Path | None:
        """The nearest folder within the corpus that has enough pages in it or below."""
        folder = source.file.parent
        for _ in range(source.path.count("/") + 1):
            if folder not in self._pages:
                self._pages[folder] = _evenly(sorted(_pages_below(folder)))
            if len(self._pages[folder]) >= _FEWEST_PAGES:
                return folder
            folder = folder.parent
        return None

    def _keys(self, page: Path) -> frozenset[str]:
        try:
            return frozenset(json.loads(self._converter.convert(HTML_PARTS, page.read_bytes()).text))
        except (OSError, Unreadable):
            return frozenset()


def _pages_below(folder: Path) -> Iterator[Path]:
    looked_at = 0
    for below, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            looked_at += 1
            if looked_at > _MOST_FILES:
                return
            page = Path(below, name)
            if format_of(name) is HTML and not name.lower().endswith(GZIP) and _is_short_file(page):
                yield page


def _is_short_file(page: Path) -> bool:
    try:
        return not page.is_symlink() and page.is_file() and page.stat().st_size <= _MOST_BYTES
    except OSError:
        return False


def _evenly(pages: list[Path]) -> list[Path]:
    if len(pages) <= _PAGES:
        return pages
    return [pages[place * len(pages) // _PAGES] for place in range(_PAGES)]
