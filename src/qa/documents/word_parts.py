"""What python-docx leaves to be looked up: the parts of a Word document by their kind, and the styles below a style."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docx.document import Document
    from docx.styles.style import ParagraphStyle
    from docx.text.paragraph import Paragraph
    from lxml.etree import _Element

_DEEPEST_STYLE = 10
"""A style may be based on itself."""


def part(document: Document, kind: str) -> _Element | None:
    """The root of the part of that kind ("footnotes", "numbering"); None where there is none."""
    from docx.oxml import parse_xml

    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.endswith(f"/{kind}"):
            root: _Element = parse_xml(relation.target_part.blob)
            return root
    return None


def styles_of(paragraph: Paragraph) -> Iterator[ParagraphStyle]:
    """Its style, and those that this is based on."""
    style = paragraph.style
    for _ in range(_DEEPEST_STYLE):
        if style is None:
            return
        yield style
        style = style.base_style
