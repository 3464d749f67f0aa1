"""How much of what a folder's files show is not in the text that the index stores, and how much of that text is menus."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.documents import Loader, SourceFile, sources
from qa.documents.formats import format_of
from qa.documents.reading import read_bytes
from qa.errors import DocumentUnreadable
from qa.evaluation.extraction.independent import READERS
from qa.evaluation.extraction.visible import VisibleLine, words_of

_REPEATED_SHARE = 0.5
"""A line that stands on so many of the pages of a folder is around their text."""
_REPEATED_PAGES = 4
"""At the least."""
_REPEATED_WORDS = 3
"""At the least: "See also" and "Examples" may stand on every page."""


@dataclass(frozen=True, slots=True)
class PageLoss:
    """Numbers of words. `visible`: shown, and not around the text; `lost`: of these, not in the index; `indexed`: all that the
    index has; `around`: of these, in lines that are around the text; `unknown`: of these, nowhere in the second reading, most
    of them torn or run together. `missing` are lines with lost words, the longest first."""

    path: str
    visible: int
    lost: int
    indexed: int
    around: int
    unknown: int
    missing: tuple[str, ...] = ()

    @property
    def loss(self) -> float:
        """The share of the visible words that the index lacks."""
        return self.lost / self.visible if self.visible else 0.0


@dataclass(frozen=True, slots=True)
class FolderLoss:
    """All pages of a folder, and why others could not be read."""

    pages: tuple[PageLoss, ...]
    unread: dict[str, str]

    @property
    def loss(self) -> float:
        """The share of all visible words that the index lacks."""
        return sum(page.lost for page in self.pages) / max(1, sum(page.visible for page in self.pages))

    @property
    def around(self) -> float:
        """The share of all indexed words that are around the text."""
        return sum(page.around for page in self.pages) / max(1, sum(page.indexed for page in self.pages))

    @property
    def unknown(self) -> float:
        """The share of all indexed words that the second reading does not know."""
        return sum(page.unknown for page in self.pages) / max(1, sum(page.indexed for page in self.pages))


def measure(corpus: Path) -> FolderLoss:
    """The files of `corpus` that can be read in a second way, as the product reads them. Raises CorpusMissing."""
    unread: dict[str, str] = {}
    seen: dict[str, list[VisibleLine]] = {}
    texts: dict[str, str] = {}
    with Loader() as loader:
        for source in sources(corpus, skip=unread.__setitem__):
            blocks_of = READERS.get(format_of(source.path).name)
            if blocks_of is not None:
                try:
                    seen[source.path] = blocks_of(read_bytes(source))
                    texts[source.path] = _text(loader, source)
                except DocumentUnreadable as error:
                    unread[source.path] = error.reason
    repeated = repeated_lines(seen)
    return FolderLoss(tuple(_page_loss(path, seen[path], text, repeated) for path, text in texts.items()), unread)


def repeated_lines(seen: dict[str, list[VisibleLine]]) -> frozenset[tuple[str, str]]:
    """Folders with the lines that at least half of their pages show."""
    pages: dict[str, int] = Counter(_folder(path) for path in seen)
    on: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path, blocks in seen.items():
        for block in blocks if format_of(path).name == "HTML" else ():
            if not block.is_structure and len(block.words()) >= _REPEATED_WORDS:
                on[_folder(path), block.text].add(path)
    return frozenset(
        key for key, paths in on.items() if len(paths) >= max(_REPEATED_PAGES, _REPEATED_SHARE * pages[key[0]])
    )


def _page_loss(path: str, blocks: Sequence[VisibleLine], text: str, repeated: frozenset[tuple[str, str]]) -> PageLoss:
    folder = _folder(path)
    shown, around = [], Counter[str]()
    for block in blocks:
        if block.is_around or (not block.is_structure and (folder, block.text) in repeated):
            around[block.text] += 1
        else:
            shown.append(block)
    wanted = Counter(word for block in shown for word in block.words())
    found = Counter(words_of(text))
    lost = wanted - found
    known = {word for block in blocks for word in block.words()}
    return PageLoss(
        path=path,
        visible=wanted.total(),
        lost=lost.total(),
        indexed=found.total(),
        unknown=sum(count for word, count in found.items() if word not in known),
        around=_words_around(text.splitlines(), shown, around),
        missing=tuple(_with_lost_words(shown, lost)),
    )


def _with_lost_words(blocks: Iterable[VisibleLine], lost: Counter[str]) -> list[str]:
    entirely = [block.text for block in blocks if block.words() and all(word in lost for word in block.words())]
    return sorted(dict.fromkeys(entirely), key=len, reverse=True)


def _words_around(lines: Sequence[str], shown: Sequence[VisibleLine], around: Counter[str]) -> int:
    """A line that the page shows both in a menu and in its text, a heading, counts as often as the text does not have it."""
    indexed = Counter(" ".join(line.split()) for line in lines)
    indexed.subtract(block.text for block in shown)
    return sum(
        min(indexed[line], times) * words
        for line, times in around.items()
        if indexed[line] > 0 and (words := len(words_of(line))) >= _REPEATED_WORDS
    )


def _text(loader: Loader, source: SourceFile) -> str:
    try:
        return loader.load(source).text
    except DocumentUnreadable as error:
        if "no text" in error.reason:
            return ""
        raise


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
