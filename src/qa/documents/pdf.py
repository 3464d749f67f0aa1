"""PDF: the text of each page with its number, and the bookmarks as headings.

pypdfium2 binds PDFium, the engine of Chrome: fuzzed for years, quick, and under a licence (BSD, Apache 2.0) that goes with
qa's, which PyMuPDF's does not. pypdf, in pure Python, is some 20 times slower and gives words in worse order.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from qa.documents import ocr
from qa.documents.model import ConvertedText, Unreadable
from qa.documents.pdf_pages import read_pages
from qa.documents.text_builder import TextBuilder

_MOST_BOOKMARKS = 10_000
_EDGE_LINES = 2
_PAGES_NAMED = 10
_PICTURES = "its pages are pictures, without text; where Tesseract is installed they are read"
_DRAWN_SCALE = 300 / 72
"""Pixels to a point: 300 to the inch, which Tesseract is made for."""
_MOST_PIXELS = 4000
"""Of a side: a page can claim to be as large as a house."""
_FEWEST_PAGES = 4
"""Fewer pages do not tell a running head from a line that happens to be there twice."""

_FEWEST_REPEATED = 3
_NUMBER = re.compile(r"[0-9]{1,9}")
_LEAST_LETTERS = 10
"""Of a line that says more than the number of its page."""
_SENTENCE_ENDS = re.compile(r"[.!?:…][\"'”’»)\]]*\s*$")
_NEXT_SENTENCE = re.compile(r"[.!?][\"'”’»)\]]*\s+(?=\S)|\n\s*\n")
_LONGEST_REST = 600


def extract(data: bytes) -> ConvertedText:
    """Raises Unreadable when it is encrypted, damaged or without text, and what pypdfium2 raises."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unreadable("it is encrypted and needs a password") from error
        raise Unreadable("it is damaged, or no PDF file") from error
    try:
        read = read_pages(document)
        pictures = [number for number, page in enumerate(read) if not page.strip() and _shows_picture(document, number)]
        if ocr.is_available():
            for number in pictures:
                read[number] = ocr.text_in(_drawn(document, number))
        pages = _without_running_heads(read)
        bookmarks = _bookmarks(document)
    finally:
        document.close()
    if not any(page.strip() for page in pages):
        raise Unreadable(_PICTURES if pictures else "it holds no text")
    return replace(_written(pages, bookmarks), remarks=_remarks(pictures))


def _remarks(pictures: Sequence[int]) -> tuple[str, ...]:
    """What is to be said of pages (from 0) that are pictures."""
    if not pictures:
        return ()
    numbers = ", ".join(str(page + 1) for page in pictures[:_PAGES_NAMED])
    more = f" and {len(pictures) - _PAGES_NAMED} more" if len(pictures) > _PAGES_NAMED else ""
    pages = f"page {numbers} is a picture" if len(pictures) == 1 else f"pages {numbers}{more} are pictures"
    if ocr.is_available():
        return (f"{pages}: read by OCR, which makes mistakes",)
    return (f"{pages}: not read; where Tesseract is installed, qa index --rebuild reads them",)


def _drawn(document: Any, number: int) -> Any:
    """A picture of a page: an array of shape (height, width, 3), values 0 to 255."""
    page = document[number]
    try:
        scale = min(_DRAWN_SCALE, _MOST_PIXELS / max(1.0, *page.get_size()))
        return page.render(scale=scale, rev_byteorder=True).to_numpy()[:, :, :3]
    finally:
        page.close()


def _shows_picture(document: Any, number: int) -> bool:
    import pypdfium2
    import pypdfium2.raw

    try:
        page = document[number]
        try:
            return any(
                True for _ in islice(page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3), 1)
            )
        finally:
            page.close()
    except pypdfium2.PdfiumError:
        return False


def _bookmarks(document: Any) -> dict[int, list[tuple[int, str]]]:
    """Level and title of the bookmarks of each page, from 0; damaged ones are left out."""
    import pypdfium2

    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    try:
        for bookmark in islice(document.get_toc(), _MOST_BOOKMARKS):
            target = bookmark.get_dest()
            page = target.get_index() if target is not None else None
            if page is not None:
                found[page].append((bookmark.level, bookmark.get_title()))
    except (pypdfium2.PdfiumError, ValueError):
        pass
    return found


def _without_running_heads(pages: list[str]) -> list[str]:
    """The pages without the lines that stand at the same edge of most of them, or of most left or right ones, whatever number
    of a page is in them: what they say is kept once, on the first page that has it."""
    if len(pages) < _FEWEST_PAGES:
        return pages
    lines = [page.split("\n") for page in pages]
    heads = _repeated([_all_patterns(page[:_EDGE_LINES], number) for number, page in enumerate(lines)])
    feet = _repeated([_all_patterns(page[-_EDGE_LINES:], number) for number, page in enumerate(lines)])
    said: set[str] = set()
    return ["\n".join(_stripped(page, number, heads, feet, said)) for number, page in enumerate(lines)]


def _stripped(lines: list[str], number: int, heads: set[str], feet: set[str], said: set[str]) -> list[str]:
    first, last = 0, len(lines)
    while first < min(_EDGE_LINES, last) and _patterns(lines[first], number) & heads:
        first += 1
    while last > max(first, len(lines) - _EDGE_LINES) and _patterns(lines[last - 1], number) & feet:
        last -= 1
    return [*_new(lines[:first], said), *lines[first:last], *_new(lines[last:], said)]


def _new(lines: Sequence[str], said: set[str]) -> list[str]:
    """Those that say something that was not `said` before; brings that up to date."""
    words = [_NUMBER.sub("", " ".join(line.split())) for line in lines]
    new = [line for line, said_by_it in zip(lines, words, strict=True) if said_by_it not in said]
    said.update(words)
    return [line for line in new if sum(map(str.isalpha, line)) >= _LEAST_LETTERS]


def _repeated(edges: Sequence[set[str]]) -> set[str]:
    found: set[str] = set()
    for some in (edges, edges[::2], edges[1::2]):
        counts = Counter(pattern for edge in some for pattern in edge)
        found |= {pattern for pattern, count in counts.items() if count >= _FEWEST_REPEATED and 2 * count > len(some)}
    return found


def _all_patterns(lines: Sequence[str], number: int) -> set[str]:
    return {pattern for line in lines for pattern in _patterns(line, number)}


def _patterns(line: str, number: int) -> set[str]:
    """A line of page `number` as it is, and with its first or its last figure counted from that number: "page 3 of 12". What
    goes up from page to page with it is the number of the page; other figures are not, as in "1 Ordinance of 1914"."""
    line = " ".join(line.split())
    figures = list(_NUMBER.finditer(line))
    relative = {
        f"{line[: one.start()]}#{int(one[0]) - number}{line[one.end() :]}" for one in (*figures[:1], *figures[-1:])
    }
    return {line, *relative}


def _written(pages: Sequence[str], bookmarks: dict[int, list[tuple[int, str]]]) -> ConvertedText:
    """A sentence that runs over the end of a page belongs to the page on which it starts."""
    builder = TextBuilder()
    runs_on = False
    for index, page in enumerate(pages):
        titles = bookmarks.get(index, [])
        rest = _rest_of_sentence(page) if runs_on and not titles else 0
        if rest:
            builder.raw(page[:rest])
        elif runs_on:
            builder.raw("\n")
        builder.page(index + 1)
        _write_page(builder, page[rest:], titles)
        runs_on = bool(page) and _SENTENCE_ENDS.search(page) is None
        if page:
            builder.raw("\n" if runs_on else "\n\n")
    return builder.extract()


def _rest_of_sentence(page: str) -> int:
    """How many characters of `page` end the sentence that began before it; 0 when it seems to start anew."""
    if not page[:1].islower():
        return 0
    end = _NEXT_SENTENCE.search(page, 0, _LONGEST_REST)
    return end.end() if end else 0


def _write_page(builder: TextBuilder, page: str, titles: Sequence[tuple[int, str]]) -> None:
    """A bookmark holds from the line that says it, or where none does, from where the one before it holds."""
    done = 0
    for level, title in titles:
        place = _line_that_says(page, title, done)
        if place > done:
            builder.raw(page[done:place])
            done = place
        builder.under(level + 1, title)
    builder.raw(page[done:])


def _line_that_says(page: str, title: str, start: int) -> int:
    words = title.split()
    if not words:
        return start
    found = re.compile(r"(?m)^[ \t\d.]*" + r"\s+".join(re.escape(word) for word in words[:20])).search(page, start)
    return found.start() if found else start
