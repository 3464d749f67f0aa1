"""JSON: objects as sentences ("name: Anna; address city: Oslo."), with the keys that lead to them as headings, and one for each
object of a list.

The standard library's json reads it. The text of the file itself would do as little for a reader as its escapes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from qa.documents.decoding import decode
from qa.documents.model import ConvertedText, Unreadable
from qa.documents.tables import full_sentence
from qa.documents.text_builder import TextBuilder

_SMALL = 40
"""Values. An object with no more of them is one sentence."""
_LONG_TEXT = 500
_DEEPEST = 200
_TITLES = ("title", "name")


def extract(data: bytes) -> ConvertedText:
    """Raises Unreadable."""
    try:
        value = json.loads(decode(data).removeprefix("\ufeff"))
    except ValueError as error:
        raise Unreadable(f"it is no JSON ({error})") from error
    builder = TextBuilder()
    title = "" if _is_small(value) else _title(value)
    builder.under(1, title)
    _write(value, "", 2 if title else 1, builder)
    return builder.extract()


def sentence(value: object) -> str:
    """Everything in `value`, each with the keys that lead to it."""
    parts = [f"{name}: {shown}" if name else shown for name, shown in _leaves("", value, 0)]
    return full_sentence(parts)


def first_value(value: object) -> str:
    """What an object is probably called by."""
    return next((shown for _, shown in _leaves("", value, 0)), "")


def _title(value: object) -> str:
    """What a document is about that is one object: all that is in it belongs to that."""
    named = {key.casefold(): inner for key, inner in value.items()} if isinstance(value, dict) else {}
    return next((_shown(named[key]) for key in _TITLES if isinstance(named.get(key), str)), "")


def _write(value: object, name: str, level: int, builder: TextBuilder) -> None:
    if level > _DEEPEST:
        raise Unreadable("it is nested too deeply")
    if _is_small(value):
        _write_small(value, name, builder)
    elif isinstance(value, list):
        for number, item in enumerate(value, 1):
            if isinstance(item, dict):
                builder.entry(level, number, "item", first_value(item))
            _write(item, name, level + 1, builder)
        builder.under(level, "")
    elif isinstance(value, dict):
        _write_large(value, level, builder)


def _write_small(value: object, name: str, builder: TextBuilder) -> None:
    is_bare = not isinstance(value, dict)
    builder.block(sentence({name: value} if name and is_bare else value), after="\n")


def _write_large(value: dict[str, object], level: int, builder: TextBuilder) -> None:
    """What is small together first, then each of the rest under its key."""
    flat = {key: inner for key, inner in value.items() if _is_small(inner) and not isinstance(inner, dict | list)}
    builder.block(sentence(flat), after="\n")
    for key, inner in value.items():
        if key not in flat and inner is not None:
            builder.under(level, key)
            _write(inner, key, level + 1, builder)
    builder.under(level, "")


def _is_small(value: object) -> bool:
    """Whether it makes one sentence that can be read. Stops counting when it does not."""
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return False
    for number, (_, shown) in enumerate(_leaves("", value, 0)):
        if number >= _SMALL or (len(shown) > _LONG_TEXT and isinstance(value, dict | list)):
            return False
    return True


def _leaves(name: str, value: object, depth: int) -> Iterator[tuple[str, str]]:
    """The values with something in them, each under the keys that lead to it; a list of plain values is one."""
    if depth > _DEEPEST:
        raise Unreadable("it is nested too deeply")
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{name} {key}".strip(), inner, depth + 1)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for inner in value:
            yield from _leaves(name, inner, depth + 1)
    else:
        shown = (
            ", ".join(_shown(item) for item in value if item is not None) if isinstance(value, list) else _shown(value)
        )
        if shown:
            yield name, shown


def _shown(value: object) -> str:
    if value is None:
        return ""
    return " ".join(value.split()) if isinstance(value, str) else json.dumps(value)
