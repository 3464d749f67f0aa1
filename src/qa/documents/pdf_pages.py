"""The text of each page of a PDF, in the order in which it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from typing import Any

from qa.documents.model import Unreadable
from qa.documents.pdf_columns import lines_by_column, may_be_interleaved
from qa.documents.pdf_tables import NamedColumns, blanks_between_cells, cells_of_lines, may_have_table, with_named_rows
from qa.documents.pdf_words import HYPHEN, CharacterBoxes, joints_of, marks_of_notes, placed_lines, with_blanks

_MOST_PAGES = 20_000
_MOST_BROKEN = 20
_LOOKED_AT = 8
"""Pages, spread over a document: whether blanks are lacking in it."""
_CHARACTERS = str.maketrans(
    {
        "\ufb00": "ff",
        "\ufb01": "fi",
        "\ufb02": "fl",
        "\ufb03": "ffi",
        "\ufb04": "ffl",
        "\u00ad": "",
        "\x0c": "\n",
        "\x02": HYPHEN,
    }
)
_LONE_MARK = re.compile(r"\n([,.;:])(?=\n)|(?:(?<=[\d)\]])|(?<=\b\w)|(?<=\b\w\w))\n([,.])(?= [^\W\d_])")
"""What ends a sentence after a raised number, which PDFium takes for the end of the line."""
_DIVIDED = re.compile(rf"{HYPHEN}\s*|(?<=[^\W\d_]{{2}})-\n(?=[^\W\d_])")
"""A word divided at the end of a line, also one that PDFium takes for no word: at the end of a column, or before a note."""
_WORD = re.compile(r"\w+(?:-\w+)*")
_LAST_WORD = re.compile(r"[^\W_]*\Z")
_FIRST_WORD = re.compile(r"[^\W_]*")
_LONGEST_WORD = 40


def read_pages(document: Any) -> list[str]:
    """The text of every page; "" of a broken one. A file may claim pages that it does not have. Raises Unreadable."""
    claimed = len(document)
    if claimed > _MOST_PAGES:
        raise Unreadable(f"it claims to have {claimed:,} pages; at most {_MOST_PAGES:,} are read")
    return _with_whole_words(_PageReader(document).pages())


class _PageReader:
    """Reads pages one after the other, for tables that go on on the next."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._boxes = CharacterBoxes()
        self._columns: NamedColumns | None = None
        self._lacks_blanks = _lacks_blanks(document, self._boxes)

    def pages(self) -> list[str]:
        import pypdfium2

        pages: list[str] = []
        broken = 0
        for number in range(len(self._document)):
            try:
                pages.append(self._read(number))
                broken = 0
            except pypdfium2.PdfiumError as error:
                pages.append("")
                broken += 1
                if broken == _MOST_BROKEN:
                    raise Unreadable(f"{broken} of its pages in a row are damaged") from error
        return pages

    def _read(self, number: int) -> str:
        page = self._document[number]
        try:
            text_page = page.get_textpage()
            try:
                # What get_text_bounded gives lacks the ends of some lines, so that words of two lines are one.
                text: str = text_page.get_text_range()
                read = self._text_of(text_page, text, page.get_width())
            finally:
                text_page.close()
        finally:
            page.close()
        return _LONE_MARK.sub(r"\1\2", read.translate(_CHARACTERS)).strip()

    def _text_of(self, text_page: Any, text: str, width: float) -> str:
        if len(text) != text_page.count_chars():
            return _with_line_feeds(text)
        joints = marks_of_notes(text_page, text)
        if self._lacks_blanks:
            joints |= joints_of(text_page, text, self._boxes)
        interleaved, table = may_be_interleaved(text_page), may_have_table(text)
        if not (interleaved or table):
            return _with_line_feeds(with_blanks(text, joints))
        lines = list(placed_lines(text_page, text, self._boxes, joints))
        by_column = lines_by_column(words for _, words in lines) if interleaved else None
        if by_column is not None:
            return "\n".join(by_column)
        cells = cells_of_lines(lines, blanks_between_cells(text_page, text), width) if table else []
        rows, self._columns = with_named_rows(cells, self._columns)
        has_table = rows != [line for line, _ in cells]
        return "\n".join(rows) if has_table else _with_line_feeds(with_blanks(text, joints))


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _lacks_blanks(document: Any, boxes: CharacterBoxes) -> bool:
    """Whether some page of a few has words without blanks between them."""
    import pypdfium2

    for number in range(0, len(document), max(1, len(document) // _LOOKED_AT)):
        try:
            page = document[number]
            text_page = page.get_textpage()
            text = text_page.get_text_range()
            found = len(text) == text_page.count_chars() and bool(joints_of(text_page, text, boxes))
            text_page.close()
            page.close()
        except pypdfium2.PdfiumError:
            continue
        if found:
            return True
    return False


def _with_whole_words(pages: Sequence[str]) -> list[str]:
    """The pages with words joined that were divided at the end of a line. A hyphen stays where the document has the word with
    a hyphen elsewhere, and not without one ("author-year")."""
    said = {word for page in pages for word in _WORD.findall(page.lower())}
    return ["".join(_whole_words(page, said)) for page in pages]


def _whole_words(page: str, said: Set[str]) -> Iterator[str]:
    done = 0
    for end in _DIVIDED.finditer(page):
        before = _LAST_WORD.findall(page[max(done, end.start() - _LONGEST_WORD) : end.start()])[0]
        after = _FIRST_WORD.findall(page[end.end() : end.end() + _LONGEST_WORD])[0]
        joined = (before + after).lower()
        is_compound = joined not in said and f"{before}-{after}".lower() in said
        yield page[done : end.start()]
        if is_compound:
            yield "-"
        elif page[end.start()] == "-" and joined not in said:
            yield end[0]
        done = end.end()
    yield page[done:]
