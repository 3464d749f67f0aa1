"""Connects to a cluster of Ray, or starts one on this machine for as long as it is needed."""

from __future__ import annotations

import logging
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from qa.corpus_place import CorpusPlace
from qa.errors import ClusterTooSmall, ClusterUnreachable, RayMissing, UsageError
from qa.index.distributed.ray_executor import ENCODING_BYTES, RayExecutor
from qa.index.distributed.ray_tasks import ClusterBuild, version
from qa.index.service import encoder_folder
from qa.inference.encoder import ModelCard, passage_tokenizer
from qa.locations import corpus_of
from qa.settings import Settings
from qa.text.passages import Splitter

LOCAL = "local"
_RUNNING_HERE = "auto"
_ADDRESS = re.compile(r"(?P<host>[\w.-]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")
_SHORT = "/tmp"  # noqa: S108  (mkdtemp makes a folder of this user's alone in it)
_PATIENCE = 10.0
"""Seconds for a first sign of life."""
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""How a client of gRPC begins (RFC 9113, 3.4)."""


@contextmanager
def connected(address: str, settings: Settings) -> Iterator[RayExecutor]:
    """An executor for the index that `settings` name, on the cluster at `address`: HOST:PORT, "auto" for the one that runs on
    this machine, "local" for one of this machine alone that ends with the context.

    Raises UsageError, ClusterUnreachable, RayMissing, ModelUnusable, ClusterTooSmall.
    """
    if address not in (LOCAL, _RUNNING_HERE):
        _check_answers(address)
    if find_spec("ray") is None:
        raise RayMissing
    folder = encoder_folder(settings)
    if settings.encoder is not None:
        settings = replace(settings, encoder=folder.absolute())
    made_with = version(Splitter(passage_tokenizer()), ModelCard.load(folder))
    build = ClusterBuild(_wherever(corpus_of(settings)), settings, made_with)
    with _cluster(address, settings.threads) as ray:
        yield RayExecutor(build, _processors(ray.nodes(), max(build.memory_bytes, ENCODING_BYTES), address))


@contextmanager
def _cluster(address: str, threads: int) -> Iterator[Any]:
    """The module ray, connected."""
    # Ray reads these when it is imported, and gives them to the processes that it starts.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    import ray

    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    folder = None
    if address == LOCAL:
        # Ray's own place, /tmp/ray, is for all users of the machine, and stays; it opens what it is given to all, but not what
        # is around that. Sockets lie there, whose paths must not be long, as they are below the temporary folder of macOS.
        folder = tempfile.mkdtemp(prefix="qa-ray-", dir=_SHORT if Path(_SHORT).is_dir() else None)
        options |= {"include_dashboard": False, "num_cpus": threads or None, "_temp_dir": str(Path(folder, "ray"))}
    try:
        try:
            ray.init(address, **options)
        except Exception as error:
            # Where a node does not start in time, Ray raises just that.
            raise ClusterUnreachable(address, (str(error).strip().splitlines() or [type(error).__name__])[0]) from error
        yield ray
    finally:
        ray.shutdown()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _wherever(corpus: CorpusPlace) -> CorpusPlace:
    """As it is called from whatever folder a process runs in."""
    return corpus.absolute() if isinstance(corpus, Path) else corpus


def _host_and_port(address: str) -> tuple[str, int]:
    """Raises UsageError."""
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found["port"]) < 1 << 16:
        raise UsageError(f"{address} is no address of a Ray cluster.", f"Give HOST:PORT, {_RUNNING_HERE} or {LOCAL}.")
    return found["host"].strip("[]"), int(found["port"])


def _check_answers(address: str) -> None:
    """Ray itself tries for long, and may end the process. Raises UsageError, ClusterUnreachable."""
    place = _host_and_port(address)
    try:
        with socket.create_connection(place, _PATIENCE) as connection:
            connection.sendall(_PREFACE)
            answer = connection.recv(4)
    except OSError as error:
        raise ClusterUnreachable(address, (error.strerror or str(error)).lower()) from error
    # Ray's begins with a frame's length, or with an alert of TLS; a web server, such as its own dashboard, with text.
    if answer > b" ":
        raise ClusterUnreachable(address, "something else answers there; Ray's own port is 6379 unless told otherwise")


def _processors(nodes: list[dict[str, Any]], memory: int, address: str) -> int:
    """Of the nodes that tasks can run on now. Raises ClusterTooSmall where there is none: they would wait for ever."""
    resources = [one["Resources"] for one in nodes if one["Alive"]]
    fitting = [one["CPU"] for one in resources if one.get("CPU", 0) >= 1 and one.get("memory", 0) >= memory]
    if not fitting:
        raise ClusterTooSmall(address, memory >> 20)
    return int(sum(fitting))
