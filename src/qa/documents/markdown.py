"""Markdown: the text as it is, with a mark per heading and per row of a table.

markdown-it-py decides what a heading is (CommonMark to the letter), and what a table (GitHub Flavored Markdown).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from qa.documents.decoding import decode
from qa.documents.lines import line_starts
from qa.documents.model import LONGEST_TITLE, ConvertedText, Mark
from qa.documents.tables import row_heading

_MOST_ROWS = 100_000
"""Marks after which rows have none, and share passages."""


def extract(data: bytes) -> ConvertedText:
    """Raises Unreadable for what is no text."""
    text = decode(data)
    return ConvertedText(text, marks(text))


def marks(text: str) -> tuple[Mark, ...]:
    """A mark per heading with the path to it, "Guide > Install", where the heading's line starts; and one per row of a table
    (GFM, 4.10), so that each is a passage by itself, with the names of its columns."""
    starts = line_starts(text)
    open_headings: list[tuple[int, str]] = []
    found: list[Mark] = []
    for item in _items(text):
        section = " > ".join(name for _, name in open_headings if name)
        match item:
            case _Heading():
                open_headings = [(above, name) for above, name in open_headings if above < item.level]
                open_headings.append((item.level, item.title))
                section = " > ".join(name for _, name in open_headings if name)
                found.append(Mark(starts[item.line], section or None))
            case _MarkdownRow() if len(found) < _MOST_ROWS:
                heading = row_heading(section, item.names, item.number, item.name)
                found.append(Mark(starts[item.line], heading))
            case _MarkdownRow() if len(found) == _MOST_ROWS:
                found.append(Mark(starts[item.line], section or None))
            case _TableEnd() if item.line < len(starts):
                found.append(Mark(starts[item.line], section or None))
    return tuple(mark for mark in found if mark.start < len(text))


def outline(text: str) -> Iterator[tuple[int, str, int]]:
    """Level (from 1), title, and start of the line of every heading."""
    starts = line_starts(text)
    for item in _items(text):
        if isinstance(item, _Heading):
            yield item.level, item.title, starts[item.line]


@dataclass(frozen=True, slots=True)
class _Heading:
    line: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class _MarkdownRow:
    """Row `number` of a table, the header being row 1; `name` is its first cell."""

    line: int
    number: int
    names: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class _TableEnd:
    """The `line` after a table."""

    line: int


def _items(text: str) -> Iterator[_Heading | _MarkdownRow | _TableEnd]:
    """Headings, rows below the header, and ends of tables, by their lines from 0."""
    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from mdit_py_plugins.front_matter import front_matter_plugin

    # What is within a line is parsed for headings alone: the rest would take most of the time and the memory.
    parser = MarkdownIt("commonmark").use(front_matter_plugin)
    blocks = MarkdownIt("commonmark").use(front_matter_plugin).enable("table").disable("inline")
    references: dict[str, Any] = {}
    tokens = [*blocks.parse(text.removeprefix("\ufeff"), references), Token("", "", 0), Token("", "", 0)]
    names: list[str] = []
    first = end = 0
    for token, after, inner in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token.type == "heading_open" and token.map is not None:
            (parsed,) = parser.parseInline(after.content, references)
            title = " ".join("".join(child.content for child in parsed.children or ()).split())
            yield _Heading(token.map[0], int(token.tag[1]), title[:LONGEST_TITLE])
        elif token.type == "table_open" and token.map is not None:
            names, (first, end) = [], token.map
        elif token.type == "th_open":
            names.append(after.content)
        elif token.type == "tr_open" and names and token.map is not None:
            # The rule below the header is a line, too.
            yield _MarkdownRow(token.map[0], token.map[0] - first, tuple(names), inner.content)
        elif token.type == "table_close":
            yield _TableEnd(end)
