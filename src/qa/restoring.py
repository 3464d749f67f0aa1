"""Data classes out of the values that `dataclasses.asdict` and JSON made of them, in this version of qa or another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

DataClass = TypeVar("DataClass")


def restored(kind: type[DataClass], values: Mapping[str, Any]) -> DataClass:
    """The `kind` whose fields have these `values`. Fields that it does not know are passed over.

    Raises TypeError, AttributeError or ValueError for what is none.
    """
    kinds = _kinds_of_fields(kind)  # type: ignore[arg-type]  # a class can be hashed
    return kind(**{name: _field(kinds[name], value) for name, value in values.items() if name in kinds})


@cache
def _kinds_of_fields(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _field(kind: Any, value: Any) -> Any:
    parts = get_args(kind)
    if type(None) in parts:
        return None if value is None else _field(parts[0], value)
    if get_origin(kind) is tuple:
        return tuple(_field(parts[0], one) for one in value) if parts[-1] is Ellipsis else tuple(value)
    if is_dataclass(kind):
        return restored(kind, value)  # type: ignore[arg-type]  # it is a class
    return kind(value) if isinstance(kind, type) and issubclass(kind, Enum) else value
