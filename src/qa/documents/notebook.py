"""Jupyter notebooks (.ipynb): the Markdown cells with their headings, the code, and what it printed.

A notebook is JSON (nbformat 3 and 4); nbformat itself would add validation, and with it a dozen packages.
"""

from __future__ import annotations

import json
from typing import Any

from qa.documents import markdown
from qa.documents.decoding import decode
from qa.documents.model import ConvertedText, Unreadable
from qa.documents.text_builder import TextBuilder

_MOST_PRINTED = 2_000


def extract(data: bytes) -> ConvertedText:
    """Raises Unreadable when it is no notebook."""
    try:
        notebook = json.loads(decode(data).removeprefix("\ufeff"))
    except ValueError as error:
        raise Unreadable(f"it is no JSON ({error})") from error
    if not isinstance(notebook, dict) or not {"cells", "worksheets"} & notebook.keys():
        raise Unreadable("it is no notebook: it has no cells")
    builder = TextBuilder()
    for cell in _cells(notebook):
        source = _joined(cell.get("source", cell.get("input")))
        if cell.get("cell_type") == "heading":
            builder.heading(int(cell.get("level", 1)), source)
        elif cell.get("cell_type") == "markdown":
            _write_markdown(source, builder)
        else:
            builder.block(source)
            for output in _dicts(cell.get("outputs")):
                builder.block(_printed(output)[:_MOST_PRINTED])
    return builder.extract()


def _cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    if "cells" in notebook:
        return _dicts(notebook["cells"])
    return [cell for sheet in _dicts(notebook["worksheets"]) for cell in _dicts(sheet.get("cells"))]


def _write_markdown(source: str, builder: TextBuilder) -> None:
    """Each heading once more, in the outline of the whole notebook."""
    done = 0
    for level, title, start in markdown.outline(source):
        builder.block(source[done:start])
        builder.under(level, title)
        done = start
    builder.block(source[done:])


def _printed(output: dict[str, Any]) -> str:
    """The text of an output; pictures and tables that only a browser shows have none."""
    data = output.get("data")
    plain = data.get("text/plain") if isinstance(data, dict) else None
    return _joined(output.get("text", plain))


def _joined(lines: object) -> str:
    if isinstance(lines, str):
        return lines
    return "".join(line for line in lines if isinstance(line, str)) if isinstance(lines, list) else ""


def _dicts(values: object) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
