"""A connection to Milvus. What goes wrong is a named error; nothing that users wrote is ever part of an expression."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from qa.errors import EngineFailed, EngineFileBusy, EngineMissing, EngineRefused, EngineUnreachable
from qa.index_place import EngineAddress

TOKEN = "QA_MILVUS_TOKEN"  # noqa: S105 - the name of a variable
_CONNECTING = 10.0
_ANSWERING = 20.0
_LOADING = 300.0
"""Seconds that the engine may take for one request; pymilvus tries again and again for as long."""
_GIVEN_UP = 5.0
"""Seconds in which an engine that did not answer is not asked again: what is done when something fails should not wait."""
_AT_A_TIME = 256
"""Rows in one request: far below the 64 MB that a server takes."""
CONSISTENCY = "Strong"
"""Of every collection, and so of every read: it sees all that was written before it began, whoever wrote it, and wherever.

Nothing less is enough. Who has read which state is in place must find all its rows, which lie in two collections and were
written by another process, and a writer must find the vectors that it has inserted just now. For that a read may have to wait
until the engine's nodes have caught up.
"""
MOST_FOUND = 16_384
"""Milvus gives no more for one search."""
_UNREACHABLE = (
    "fail connecting",
    "unavailable",
    "deadline exceeded",
    "connection refused",
    "channel closed",
    "timeout",
)
_REFUSED = ("auth check failure", "unauthenticated", "permission", "invalid token", "privilege")
_REFUSED_CODES = ("UNAUTHENTICATED", "PERMISSION_DENIED")
_CONNECT_FAILED = 2
_LITE = "milvus_lite"
"""How the version of Milvus Lite begins."""

EngineRow = dict[str, Any]


class Engine:
    """Milvus at `place`. Not for two threads at a time."""

    def __init__(self, place: EngineAddress) -> None:
        """Raises EngineMissing, EngineUnreachable, EngineRefused, EngineFileBusy."""
        self.place = place
        self._client = _connected(place)
        self._ready: set[str] = set()
        self._lost: tuple[float, EngineUnreachable] | None = None

    def close(self) -> None:
        self._client.close()

    def target_of(self, alias: str) -> str | None:
        """The collection that `alias` points to; the name itself where it is that of a collection; None where it is neither."""
        with self._errors():
            if not self._client.has_collection(alias, timeout=_ANSWERING):
                return None
            if alias in self._client.list_collections(timeout=_ANSWERING):
                return alias
            return str(self._client.describe_alias(alias, timeout=_ANSWERING)["collection_name"])

    def point(self, alias: str, collection: str) -> None:
        """Let `alias`, be it new or not, mean `collection`."""
        with self._errors():
            change = self._client.alter_alias if self.target_of(alias) else self._client.create_alias
            change(collection, alias, timeout=_ANSWERING)

    def aliases(self, collection: str) -> list[str]:
        with self._errors():
            return list(self._client.list_aliases(collection, timeout=_ANSWERING).get("aliases", []))

    def drop_alias(self, alias: str) -> None:
        with self._errors():
            self._client.drop_alias(alias, timeout=_ANSWERING)

    def collections(self) -> list[str]:
        with self._errors():
            return list(self._client.list_collections(timeout=_ANSWERING))

    def has(self, collection: str) -> bool:
        with self._errors():
            return bool(self._client.has_collection(collection, timeout=_ANSWERING))

    def describe(self, collection: str) -> EngineRow:
        with self._errors():
            return dict(self._client.describe_collection(collection, timeout=_ANSWERING))

    @cached_property
    def is_lite(self) -> bool:
        """Whether this is Milvus Lite, be it within this process or as a server."""
        with self._errors():
            version = str(self._client.get_server_version(timeout=_ANSWERING))
        return version.startswith(_LITE)

    def create(self, collection: str, schema: Any, indexes: Any = None) -> None:
        """With indexes it can be searched at once."""
        with self._errors():
            self._client.create_collection(collection, schema=schema, consistency_level=CONSISTENCY, timeout=_LOADING)
        if indexes is not None:
            self._index(collection, indexes)

    def drop(self, collection: str) -> None:
        with self._errors():
            self._client.drop_collection(collection, timeout=_ANSWERING)
        self._ready.discard(collection)

    def index_of(self, collection: str, field: str) -> EngineRow:
        """What the engine says of the index of a field: its `index_type`, and its parameters by their names."""
        found: EngineRow = {}
        with self._errors():
            for name in self._client.list_indexes(collection, field, timeout=_ANSWERING):
                found = dict(self._client.describe_index(collection, name, timeout=_ANSWERING) or {})
        return {**found, **(found.get("params") or {})}

    def replace_index(self, collection: str, name: str, indexes: Any) -> None:
        """Have `indexes` in the place of the index `name`. Nobody else may be reading the collection."""
        with self._errors():
            self._client.release_collection(collection, timeout=_ANSWERING)
            self._client.drop_index(collection, name, timeout=_ANSWERING)
        self._index(collection, indexes)

    def _index(self, collection: str, indexes: Any) -> None:
        with self._errors():
            # Else pymilvus sleeps for half a second after each, until the engine has indexed what is there.
            self._client.create_index(collection, indexes, timeout=_ANSWERING, sync=False)
            self._client.load_collection(collection, timeout=_LOADING)
        self._ready.add(collection)

    def flush(self, collection: str) -> None:
        """Let what was inserted be searched by its index. A server does so in its own time, and dislikes to be asked."""
        if self.place.file is None:
            return
        with self._errors():
            self._client.flush(collection, timeout=_ANSWERING)

    def insert(self, collection: str, rows: Sequence[EngineRow]) -> None:
        with self._errors():
            for first in range(0, len(rows), _AT_A_TIME):
                self._client.insert(collection, rows[first : first + _AT_A_TIME], timeout=_ANSWERING)

    def put(self, collection: str, row: EngineRow) -> None:
        """In the place of the one with the same id, in one step."""
        with self._errors():
            self._client.upsert(collection, [row], timeout=_ANSWERING)

    def delete(self, collection: str, expression: str) -> None:
        with self._errors():
            self._make_ready(collection)
            self._client.delete(collection, filter=expression, timeout=_ANSWERING)

    def query(self, collection: str, expression: str, fields: Sequence[str]) -> list[EngineRow]:
        """All rows that `expression` is true of, in no order."""
        with self._errors():
            self._make_ready(collection)
            found = self._client.query(collection, filter=expression, output_fields=list(fields), timeout=_ANSWERING)
            return [dict(row) for row in found]

    def count(self, collection: str, expression: str) -> int:
        return int(self.query(collection, expression, ["count(*)"])[0]["count(*)"])

    def search(
        self,
        collection: str,
        field: str,
        wanted: list[float] | str,
        expression: str,
        limit: int,
        fields: Sequence[str],
        parameters: Mapping[str, int],
    ) -> list[tuple[float, EngineRow]]:
        """The `limit` rows nearest to a vector, or that hold words of a text, best first: score and fields of each.
        `parameters` are those of the field's index."""
        with self._errors():
            self._make_ready(collection)
            found = self._client.search(
                collection,
                data=[wanted],
                anns_field=field,
                filter=expression,
                limit=min(limit, MOST_FOUND),
                search_params={"params": dict(parameters)},
                output_fields=list(fields),
                timeout=_ANSWERING,
            )
            return [(float(hit["distance"]), dict(hit["entity"])) for hit in found[0]]

    def _make_ready(self, collection: str) -> None:
        """Milvus reads only what is loaded, and loads nothing by itself when it starts."""
        if collection not in self._ready:
            self._client.load_collection(collection, timeout=_LOADING)
            self._ready.add(collection)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        if self._lost is not None and time.monotonic() - self._lost[0] < _GIVEN_UP:
            raise self._lost[1]
        try:
            with engine_errors(self.place):
                yield
        except EngineUnreachable as error:
            self._lost = (time.monotonic(), error)
            raise


@contextmanager
def engine_errors(place: EngineAddress) -> Iterator[None]:
    """Turns what pymilvus raises into the named errors of qa.errors."""
    import grpc
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, grpc.RpcError) as error:
        raise _named(place, error) from error


def _named(place: EngineAddress, error: Exception) -> EngineUnreachable | EngineRefused | EngineFailed:
    told = " ".join(str(getattr(error, "message", "") or error).split())
    lower = told.lower()
    if _code_of(error) in _REFUSED_CODES or any(word in lower for word in _REFUSED):
        return EngineRefused(place)
    if getattr(error, "code", None) == _CONNECT_FAILED or any(word in lower for word in _UNREACHABLE):
        return EngineUnreachable(place, "it does not answer")
    return EngineFailed(place, told[:200])


def _code_of(error: BaseException) -> str:
    """The status that gRPC gives, of what pymilvus has made of it."""
    import grpc

    found: BaseException | None = error
    # pymilvus raises errors from themselves.
    while found is not None and not isinstance(found, grpc.RpcError):
        found = None if found.__cause__ is found else found.__cause__
    code = getattr(found, "code", None)
    return str(code().name) if callable(code) else ""


def check_installed(place: EngineAddress) -> None:
    """Imports nothing. Raises EngineMissing."""
    needed = ("pymilvus",) if place.file is None else ("pymilvus", "milvus_lite")
    if any(find_spec(name) is None for name in needed):
        raise EngineMissing(place)


def _connected(place: EngineAddress) -> Any:
    # gRPC's own core reads this when it is loaded, and writes on stderr beside Python's logging.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    if place.file is not None:
        _make_folder(place, place.file)
    try:
        from pymilvus import MilvusClient
    except ImportError as error:
        raise EngineMissing(place) from error
    # They log what is raised, with tracebacks, on stderr.
    for name in ("pymilvus", "milvus_lite", "grpc"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    with engine_errors(place):
        try:
            return MilvusClient(place.uri, token=os.environ.get(TOKEN, ""), timeout=_CONNECTING)
        except Exception as error:
            if place.file is not None and "open local milvus failed" in str(error).lower():
                raise EngineFileBusy(place) from error
            raise


def _make_folder(place: EngineAddress, folder: Path) -> None:
    """Where Milvus Lite keeps its files, which everyone could read otherwise."""
    from qa.private import make_private_folder

    if folder.exists() and not folder.is_dir():
        raise EngineUnreachable(place, "there is something that Milvus Lite has not made")
    try:
        make_private_folder(folder)
    except OSError as error:
        raise EngineUnreachable(place, (error.strerror or str(error)).lower()) from error


def one_of(field: str, numbers: Sequence[int]) -> str:
    """The expression that `field` is one of these."""
    return f"{field} in [{', '.join(str(int(number)) for number in numbers)}]"


def none_of(field: str, numbers: Mapping[int, Any]) -> str:
    """What is to be added to an expression so that `field` is none of these."""
    return f" and {field} not in [{', '.join(str(int(number)) for number in numbers)}]" if numbers else ""
