"""How an engine indexes vectors: exactly, with a graph in its memory, or with a graph on its disk.

The kinds here score what they find by the vectors themselves, so that a cosine is the same in each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SEVERAL = ","
_MOST = 32_768


@dataclass(frozen=True, slots=True)
class _Parameter:
    """Its bounds and what it is where nobody says."""

    least: int
    most: int
    usual: int


@dataclass(frozen=True, slots=True)
class _Kind:
    """What an index is made with, and what it is asked with: of these, how many passages it looks at for a question, which are
    never fewer than are wanted."""

    made_with: Mapping[str, _Parameter]
    asked_with: Mapping[str, _Parameter]


FLAT, HNSW, DISKANN = "FLAT", "HNSW", "DISKANN"
_KINDS = {
    FLAT: _Kind({}, {}),
    HNSW: _Kind(
        {"M": _Parameter(2, 2048, 16), "efConstruction": _Parameter(1, _MOST, 200)}, {"ef": _Parameter(1, _MOST, 200)}
    ),
    DISKANN: _Kind({}, {"search_list": _Parameter(1, _MOST, 200)}),
}
"""Of HNSW those that docs/sizing.md measures: of the ten nearest 99.5 % and more are found."""
KINDS = ", ".join(_KINDS)


@dataclass(frozen=True, slots=True)
class VectorIndexing:
    """One of KINDS, or another kind that somebody made in the engine, and all parameters that are known of it.

    As text it is what a user gives: "HNSW,M=16,efConstruction=200,ef=200".
    """

    kind: str
    parameters: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        return _SEVERAL.join([self.kind, *(f"{name}={value}" for name, value in self.parameters)])

    @property
    def made_with(self) -> dict[str, int]:
        """The parameters that it is made with."""
        return {name: value for name, value in self.parameters if name in _kind(self.kind).made_with}

    def asked_with(self, limit: int) -> dict[str, int]:
        """The parameters of a search for the `limit` nearest."""
        return {
            name: max(limit, value) for name, value in self.parameters if name in _kind(self.kind).asked_with
        }  # fmt: skip

    def asked_as(self, setting: VectorIndexing | None) -> VectorIndexing:
        """This one, which is there, asked as `setting` says where that is of the same kind, else as usual."""
        usual = {name: one.usual for name, one in _kind(self.kind).asked_with.items()}
        wanted = dict(setting.parameters) if setting is not None and setting.kind == self.kind else {}
        asked = {name: wanted.get(name, value) for name, value in usual.items()}
        return VectorIndexing(self.kind, (*self.made_with.items(), *asked.items()))


def usual(kind: str) -> VectorIndexing:
    """An index of one of KINDS with its usual parameters."""
    return vector_indexing(kind)


def vector_indexing(given: str) -> VectorIndexing:
    """What `given` names: one of KINDS, in any case, and parameters ("HNSW,M=32,ef=400"); what is not given is as usual.

    Raises ValueError, in words for the user.
    """
    name, *rest = (part.strip() for part in given.split(_SEVERAL))
    kind = name.upper()
    if kind not in _KINDS:
        raise ValueError(f"{name!r} is none of {KINDS}")
    known = {**_KINDS[kind].made_with, **_KINDS[kind].asked_with}
    values = {name: one.usual for name, one in known.items()}
    for part in rest:
        parameter, _, value = part.partition("=")
        if parameter not in known:
            raise ValueError(f"{parameter!r} is no parameter of {kind}, which has {', '.join(known) or 'none'}")
        values[parameter] = _number(parameter, value, known[parameter])
    return VectorIndexing(kind, tuple(values.items()))


def described(kind: str, parameters: Mapping[str, Any]) -> VectorIndexing:
    """An index as an engine describes it, whatever else is said there."""
    known = _kind(kind).made_with
    return VectorIndexing(kind, tuple((name, int(parameters[name])) for name in known if name in parameters))


def _kind(name: str) -> _Kind:
    """Somebody may have made another kind in the engine, of which nothing is known here."""
    return _KINDS.get(name, _KINDS[FLAT])


def _number(parameter: str, value: str, bounds: _Parameter) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10 and bounds.least <= int(value) <= bounds.most):
        raise ValueError(f"{parameter} is a number from {bounds.least} to {bounds.most}, not {value!r}")
    return int(value)
