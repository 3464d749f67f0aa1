"""PowerPoint (.pptx): the text of each slide with its number as the page, its title as the heading, and the notes.

python-pptx is the library that is kept for the format; its parser (lxml) expands no entities and loads nothing from elsewhere.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from qa.documents.archives import open_zip
from qa.documents.model import ConvertedText
from qa.documents.tables import row_sentences
from qa.documents.text_builder import TextBuilder


def extract(data: bytes) -> ConvertedText:
    """Raises Unreadable, and what python-pptx raises."""
    import pptx

    open_zip(data, "PowerPoint").close()
    builder = TextBuilder()
    for number, slide in enumerate(pptx.Presentation(io.BytesIO(data)).slides, 1):
        builder.page(number)
        title = slide.shapes.title
        builder.under(1, "")
        if title is not None and title.text_frame.text.strip():
            builder.heading(1, " ".join(title.text_frame.text.split()))
        for shape in _leaves(slide.shapes):
            if title is None or shape.shape_id != title.shape_id:
                _write(shape, builder)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            builder.block(slide.notes_slide.notes_text_frame.text)
    return builder.extract()


def _leaves(shapes: Any) -> Iterator[Any]:
    """The shapes in their order, those in groups among them."""
    waiting = list(reversed(list(shapes)))
    while waiting:
        shape = waiting.pop()
        if hasattr(shape, "shapes"):
            waiting.extend(reversed(list(shape.shapes)))
        else:
            yield shape


def _write(shape: Any, builder: TextBuilder) -> None:
    if shape.has_text_frame:
        # Each point of a slide is a line of its own.
        builder.block("\n".join(paragraph.text for paragraph in shape.text_frame.paragraphs))
    elif getattr(shape, "has_table", False):
        for sentence in row_sentences([cell.text for cell in row.cells] for row in shape.table.rows):
            builder.block(sentence, after="\n")
        builder.raw("\n")
