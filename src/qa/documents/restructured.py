"""reStructuredText: the text as it is, with a mark per section title.

docutils, the format's own implementation, decides what a title is; directives that only Sphinx knows do not disturb it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.documents.decoding import decode
from qa.documents.lines import line_starts
from qa.documents.model import LONGEST_TITLE, ConvertedText, Mark
from qa.documents.text_builder import MOST_CHARACTERS

if TYPE_CHECKING:
    from docutils import nodes

_LINE_ENDS_OF_DOCUTILS = str.maketrans(dict.fromkeys("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", " "))
_SETTINGS = {
    # Nothing outside the text is read, whatever it says, and nothing is said about what is wrong with it.
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "_disable_config": True,
    "report_level": 5,
    "halt_level": 6,
    "doctitle_xform": False,
    "sectsubtitle_xform": False,
    "line_length_limit": MOST_CHARACTERS,
}


def extract(data: bytes) -> ConvertedText:
    """Raises Unreadable for what is no text."""
    text = decode(data)
    return ConvertedText(text, _headings(text))


def _headings(text: str) -> tuple[Mark, ...]:
    from docutils import nodes
    from docutils.core import publish_doctree

    starts = line_starts(text)
    # docutils counts lines as str.splitlines does, which knows more ends of a line than an editor.
    lines = text.translate(_LINE_ENDS_OF_DOCUTILS).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    marks = []
    for section in publish_doctree("\n".join(lines), settings_overrides=_SETTINGS).findall(nodes.section):
        place = _first_line(section, lines)
        if place is not None:
            marks.append(Mark(starts[place], " > ".join(_titles(section)) or None))
    return tuple(marks)


def _first_line(section: nodes.section, lines: list[str]) -> int | None:
    """Where the title of `section` starts, its overline included; docutils names the line of the underline, from 1."""
    if section.line is None or not 2 <= section.line <= len(lines):
        return None
    title = int(section.line) - 2
    underline = lines[title + 1].rstrip()
    return title - 1 if title and underline and lines[title - 1].rstrip() == underline else title


def _titles(section: nodes.section) -> list[str]:
    """Of all sections around `section`, the outermost first, and its own."""
    from docutils import nodes

    names: list[str] = []
    around: nodes.Element | None = section
    while isinstance(around, nodes.section):
        title = around.next_node(nodes.title)
        name = " ".join(title.astext().split()) if title is not None else ""
        names[:0] = [name[:LONGEST_TITLE]] if name else []
        around = around.parent
    return names
