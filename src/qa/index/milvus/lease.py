"""One writer at a time, wherever writers run: a collection that one of them makes, and removes when it is done.

Milvus has no locks, but no two collections have one name, and it refuses to make one that is there with other fields. So a
field of the collection bears the name of its owner (Milvus Lite keeps nothing else that is said of a collection). While a
writer works it renews an alias of the collection; one that is not renewed for some time has lost its writer, and so has one
whose process, on the same machine, is gone: the next writer takes it away. Only a waiting writer's own clock is looked at, so
that clocks need not agree.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from qa.errors import EngineFailed, IndexBusy, QaError
from qa.index.milvus.engine import Engine
from qa.index.writing.lock import Waiting
from qa.index_place import EngineAddress

_RENEWED_EVERY = 10.0
_LOST_AFTER = 60.0
_LOOKED_AT_EVERY = 0.2
"""Seconds."""
_OWNER = "by_"
_LONGEST_HOST = 80


@dataclass(frozen=True, slots=True)
class _Holder:
    """`owner` is nobody else's name; `renewed` changes while it works."""

    owner: str
    told: str
    host: str
    process: int
    renewed: tuple[str, ...]

    @property
    def is_dead(self) -> bool:
        """Whether its process is known to be gone."""
        if self.host != _host():
            return False
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False


class Lease:
    """Says whether this writer is still the one that may publish."""

    def __init__(self, engine: Engine, name: str, owner: str) -> None:
        self._engine = engine
        self._name = name
        self._owner = owner

    def check(self) -> None:
        """Raises IndexBusy when another writer has taken over."""
        holder = _holder(self._engine, self._name)
        if holder is None or holder.owner != self._owner:
            raise IndexBusy(self._engine.place)


@contextmanager
def leased(engine: Engine, name: str, waiting: Waiting | None = None) -> Iterator[Lease]:
    """Alone among the writers of the index `name`; waits as long as it takes, and `waiting` is told for whom."""
    collection, owner = f"{name}_writer", _own_name()
    _acquire(engine, collection, owner, waiting)
    ended = threading.Event()
    renewing = threading.Thread(target=_renew, args=(engine.place, collection, ended), daemon=True)
    renewing.start()
    try:
        yield Lease(engine, collection, owner)
    finally:
        ended.set()
        renewing.join()
        # An engine that has gone away in the middle is said by what failed first; the lease then ends by itself.
        with suppress(QaError):
            holder = _holder(engine, collection)
            if holder is not None and holder.owner == owner:
                _remove(engine, collection)


def _acquire(engine: Engine, collection: str, owner: str, waiting: Waiting | None) -> None:
    pause = threading.Event()
    seen: _Holder | None = None
    since = time.monotonic()
    told = False
    while not _made(engine, collection, owner):
        holder = _holder(engine, collection)
        if holder is None:
            continue
        if holder != seen:
            seen, since = holder, time.monotonic()
        if holder.is_dead or time.monotonic() - since > _LOST_AFTER:
            with suppress(EngineFailed):
                _remove(engine, collection)
            continue
        if waiting is not None and not told:
            waiting(holder.told)
            told = True
        pause.wait(_LOOKED_AT_EVERY)


def _made(engine: Engine, collection: str, owner: str) -> bool:
    from pymilvus import DataType, MilvusClient

    if engine.has(collection):
        return False
    client: Any = MilvusClient
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field(owner, DataType.FLOAT_VECTOR, dim=2)
    try:
        engine.create(collection, schema)
    except EngineFailed:
        if engine.has(collection):
            return False
        raise
    holder = _holder(engine, collection)
    return holder is not None and holder.owner == owner


def _holder(engine: Engine, collection: str) -> _Holder | None:
    """None where nobody writes, or the lease has just ended."""
    try:
        if not engine.has(collection):
            return None
        found = engine.describe(collection)
        renewed = tuple(engine.aliases(collection))
    except EngineFailed:
        return None
    owner = next((str(one["name"]) for one in found["fields"] if str(one["name"]).startswith(_OWNER)), "")
    try:
        process, host, since = bytes.fromhex(owner.rpartition("_")[2]).decode("utf-8").split(" ")
        return _Holder(owner, f"process {process} on {host}, since {since}", host, int(process), renewed)
    except ValueError:
        return _Holder(owner, "another process", "", 0, renewed)


def _own_name() -> str:
    """Nobody else's, of letters, figures and underscores: who, where and since when are in it."""
    about = f"{os.getpid()} {_host()} {time.strftime('%H:%M:%S')}"
    return f"{_OWNER}{uuid.uuid4().hex[:12]}_{about.encode('utf-8').hex()}"


def _host() -> str:
    return "-".join(socket.gethostname().split())[:_LONGEST_HOST]


def _renew(place: EngineAddress, collection: str, ended: threading.Event) -> None:
    """Until `ended`. What fails is tried again: it is for the writer itself to notice that the engine is gone."""
    number = 0
    while not ended.wait(_RENEWED_EVERY):
        with suppress(QaError):
            engine = Engine(place)
            try:
                before = engine.aliases(collection)
                number += 1
                engine.point(f"{collection}_{number}", collection)
                for alias in before:
                    engine.drop_alias(alias)
            finally:
                engine.close()


def _remove(engine: Engine, collection: str) -> None:
    for alias in engine.aliases(collection):
        engine.drop_alias(alias)
    engine.drop(collection)
