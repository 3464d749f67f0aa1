"""JSON Schemas (draft 2020-12) of what the commands print with --json. `schema` gives one that needs no other file."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

_DEFINITIONS = "definitions"
_OF_ALL = f"{_DEFINITIONS}.json#/$defs/"
_OF_ITS_OWN = "#/$defs/"


def names() -> list[str]:
    """Those that there are, sorted."""
    found = (file.name.removesuffix(".json") for file in files(__name__).iterdir() if file.name.endswith(".json"))
    return sorted(name for name in found if name != _DEFINITIONS)


def schema(name: str) -> dict[str, Any]:
    """The schema `name`, with those of the shared definitions that it refers to. Raises KeyError for one that is not there."""
    if name not in names():
        raise KeyError(name)
    shared = _read(_DEFINITIONS)["$defs"]
    found = _read(name)
    own = found.pop("$defs", {})
    wanted = _referred_to([found, own])
    while more := _referred_to([shared[one] for one in wanted]) - wanted:
        wanted |= more
    definitions = own | {one: shared[one] for one in shared if one in wanted}
    bundled: dict[str, Any] = json.loads(json.dumps({**found, "$defs": definitions}).replace(_OF_ALL, _OF_ITS_OWN))
    return bundled


def _read(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((files(__name__) / f"{name}.json").read_text(encoding="utf-8"))
    return read


def _referred_to(node: Any) -> set[str]:
    """The names of the shared definitions that something within `node` refers to."""
    if isinstance(node, list):
        return {name for each in node for name in _referred_to(each)}
    if not isinstance(node, dict):
        return set()
    name = node.get("$ref")
    own = {name.removeprefix(_OF_ALL)} if isinstance(name, str) and name.startswith(_OF_ALL) else set()
    return own | {name for each in node.values() for name in _referred_to(each)}
