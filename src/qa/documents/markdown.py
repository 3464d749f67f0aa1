"""Markdown: the text as it is, with a mark per heading. markdown-it-py decides what a heading is: CommonMark to the letter."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from qa.documents.decoding import decode
from qa.documents.lines import line_starts
from qa.documents.model import LONGEST_TITLE, Extract, Mark


def extract(data: bytes) -> Extract:
    """Raises Unreadable for what is no text."""
    text = decode(data)
    return Extract(text, headings(text))


def headings(text: str) -> tuple[Mark, ...]:
    """A mark per heading with the path to it, "Guide > Install", where the heading's line starts."""
    open_headings: list[tuple[int, str]] = []
    marks = []
    for level, title, start in outline(text):
        open_headings = [(above, name) for above, name in open_headings if above < level]
        open_headings.append((level, title))
        heading = " > ".join(name for _, name in open_headings if name)
        marks.append(Mark(start=start, heading=heading or None))
    return tuple(marks)


def outline(text: str) -> Iterator[tuple[int, str, int]]:
    """Level (from 1), title, and start of the line of every heading."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.front_matter import front_matter_plugin

    starts = line_starts(text)
    # What is within a line is parsed for headings alone: the rest would take most of the time and the memory.
    parser = MarkdownIt("commonmark").use(front_matter_plugin)
    blocks = MarkdownIt("commonmark").use(front_matter_plugin).disable("inline")
    references: dict[str, Any] = {}
    for token, inline in pairwise(blocks.parse(text.removeprefix("\ufeff"), references)):
        if token.type == "heading_open" and token.map is not None:
            (parsed,) = parser.parseInline(inline.content, references)
            title = " ".join("".join(child.content for child in parsed.children or ()).split())
            yield int(token.tag[1]), title[:LONGEST_TITLE], starts[token.map[0]]
