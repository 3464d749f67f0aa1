"""Brings an index up to date in a process of its own, for programs that must stay quick meanwhile.

Importing torch holds the interpreter's lock for seconds and keeps some 400 MB: both end with the child process. Parent
and child speak in lines of JSON. The child ends when its parent does: an index survives being killed at any moment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import IO, Any

from qa.corpus_place import BucketAddress, corpus_place
from qa.documents import Choice
from qa.errors import IndexingEnded, QaError
from qa.index.backends import backend_of
from qa.index.service import update_index
from qa.index.writing.writer import Progress, UpdateReport, Waiting
from qa.index_place import EngineAddress, index_place
from qa.locations import corpus_of, index_of
from qa.restoring import restored
from qa.settings import Settings
from qa.vector_indexing import VectorIndexing, vector_indexing

_BEHIND = 5
"""How much nicer than its parent the child is: the chat's own work goes first."""


def update_apart(
    settings: Settings,
    *,
    rebuild: bool = False,
    choice: Choice | None = None,
    progress: Progress | None = None,
    waiting: Waiting | None = None,
) -> UpdateReport:
    """Does what `qa.index.service.update_index` does in a child process; `progress` and `waiting` are called in this thread.

    An index that no other process can open is brought up to date in this one.

    Raises QaError with what the child says, IndexingEnded when it ends without a word.
    """
    if backend_of(index_of(settings, corpus_of(settings))).is_one_process_at_a_time:
        return update_index(settings, rebuild=rebuild, choice=choice, progress=progress, waiting=waiting)
    order = {"settings": _plain(settings), "rebuild": rebuild, "choice": choice and asdict(choice)}
    with _child() as child:
        assert child.stdin is not None
        assert child.stdout is not None
        with suppress(BrokenPipeError):
            child.stdin.write(json.dumps(order) + "\n")
            child.stdin.flush()
        for line in child.stdout:
            match json.loads(line):
                case {"done": done, "total": total}:
                    if progress is not None:
                        progress(done, total)
                case {"waiting": holder}:
                    if waiting is not None:
                        waiting(holder)
                case {"report": report}:
                    return restored(UpdateReport, report)
                case {"what": what, "hint": hint}:
                    raise QaError(what, hint)
        raise IndexingEnded(f"exit code {child.wait()}")


@contextmanager
def _child() -> Iterator[subprocess.Popen[str]]:
    # -P: a file named like a module in the working folder must not be imported.
    command = [sys.executable, "-P", "-m", "qa.index.background"]
    child = subprocess.Popen(  # noqa: S603 - nothing of a user's is in the command
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        yield child
    finally:
        child.kill()
        # What the child could not read any more is of no interest.
        with suppress(BrokenPipeError):
            child.stdin.close()
        child.stdout.close()
        child.wait()


def _plain(settings: Settings) -> dict[str, Any]:
    plain = {field.name: getattr(settings, field.name) for field in fields(settings)}
    as_text = Path | EngineAddress | BucketAddress | VectorIndexing
    return {name: str(value) if isinstance(value, as_text) else value for name, value in plain.items()}


def _settings(values: dict[str, Any]) -> Settings:
    paths: dict[str, Any] = {"encoder": Path(values["encoder"])} if values["encoder"] is not None else {}
    if values["corpus"] is not None:
        paths["corpus"] = corpus_place(values["corpus"])
    if values["index"] is not None:
        paths["index"] = index_place(values["index"])
    if values["milvus_index"] is not None:
        paths["milvus_index"] = vector_indexing(values["milvus_index"])
    return Settings(**{**values, **paths})


def _work(given: IO[str], told: IO[str]) -> None:
    def say(**values: Any) -> None:
        told.write(json.dumps(values) + "\n")
        told.flush()

    order = json.loads(given.readline())
    threading.Thread(target=_end_with_parent, args=(given,), daemon=True).start()
    try:
        report = update_index(
            _settings(order["settings"]),
            rebuild=order["rebuild"],
            choice=order["choice"] and restored(Choice, order["choice"]),
            progress=lambda done, total: say(done=done, total=total),
            waiting=lambda holder: say(waiting=holder),
        )
        say(report=asdict(report))
    except QaError as error:
        say(what=error.what, hint=error.hint)


def _end_with_parent(given: IO[str]) -> None:
    given.read()
    os._exit(1)


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(_BEHIND)
    # What libraries print must not get between the lines of JSON.
    own, sys.stdout = sys.stdout, sys.stderr
    _work(sys.stdin, own)
