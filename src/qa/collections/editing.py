"""Edits the text of `collections.toml`. Comments, order and blanks stay as the user has them.

A comment directly above [name] belongs to that collection. (tomlkit counts it among what stands before, so that it would
go with the collection above: here the lines themselves are looked at.) Whoever changes the file checks what it then says.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

_HEADER = re.compile(r"[ \t]*\[(?!\[)")


def with_collection(text: str, name: str, values: Mapping[str, Any]) -> str:
    """`text` with another collection at its end."""
    import tomlkit

    body = text.rstrip()
    added = tomlkit.dumps({name: dict(values)})
    return _in_line_ends_of(text, f"{body}\n\n{added}" if body else added)


def with_values(text: str, name: str, values: Mapping[str, Any]) -> str:
    """`text` with other values of some keys of a collection."""
    import tomlkit

    document = tomlkit.parse(text)
    table: Any = document[name]
    for key, value in values.items():
        table[key] = value
    return document.as_string()


def with_other_name(text: str, old: str, new: str) -> str:
    """`text` with a collection under another name."""
    import tomlkit

    lines = text.splitlines(keepends=True)
    place = _header(lines, old)
    if place is not None:
        lines[place] = lines[place].replace(_bracketed(lines[place]), f"[{tomlkit.key(new).as_string()}]", 1)
        return "".join(lines)
    values = tomllib.loads(text)[old]
    return with_collection(without_collection(text, old), new, values)


def without_collection(text: str, name: str) -> str:
    """`text` without a collection, and without the comment directly above it."""
    import tomlkit

    lines = text.splitlines(keepends=True)
    place = _header(lines, name)
    if place is None:
        # It is written as name = {...} or name.folder = "...".
        document = tomlkit.parse(text)
        document.remove(name)
        return document.as_string()
    later = next((at for at in range(place + 1, len(lines)) if _name(lines[at]) is not None), len(lines))
    return "".join([*lines[: _with_comment(lines, place)], *lines[_with_comment(lines, later) :]])


def _header(lines: list[str], name: str) -> int | None:
    return next((at for at, line in enumerate(lines) if _name(line) == name), None)


def _name(line: str) -> str | None:
    """Of the collection that begins with this line; None where none begins."""
    if not _HEADER.match(line):
        return None
    try:
        (name,) = tomllib.loads(line)
    except (tomllib.TOMLDecodeError, ValueError):
        return None
    return name


def _bracketed(line: str) -> str:
    """The name with its brackets: the shortest beginning of the line that is a table by itself."""
    line = line.strip()
    ends = (at for at, character in enumerate(line, 1) if character == "]")
    return next(line[:end] for end in ends if _name(line[:end]) is not None)


def _with_comment(lines: list[str], place: int) -> int:
    """Where the comment begins that stands directly above the line at `place`; nothing is above the first lines of the file."""
    if place == len(lines):
        return place
    first = place
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return first if first > 0 else place


def _in_line_ends_of(text: str, changed: str) -> str:
    if "\r\n" not in text:
        return changed
    return changed.replace("\r\n", "\n").replace("\n", "\r\n")
