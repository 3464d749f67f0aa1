"""JSON Lines: each line a sentence, on the line that has its number and under a heading with its number and first value."""

from __future__ import annotations

import json

from qa.documents.decoding import decode
from qa.documents.model import ConvertedText, Unreadable
from qa.documents.structured import first_value, sentence
from qa.documents.text_builder import TextBuilder


def extract(data: bytes) -> ConvertedText:
    """A line that is no JSON is given as it is. Raises Unreadable when none is."""
    builder = TextBuilder()
    read = 0
    for number, line in enumerate(decode(data).removeprefix("\ufeff").split("\n"), 1):
        said, name = line.strip(), ""
        try:
            if said:
                value = json.loads(said)
                said, name = sentence(value), first_value(value)
                read += 1
        except ValueError:
            pass
        if said:
            builder.entry(1, number, "line", name)
        builder.raw(said + "\n")
    if not read:
        raise Unreadable("none of its lines is JSON")
    return builder.extract()
