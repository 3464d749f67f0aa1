"""The driver's side: sends files and texts to the nodes, takes what they answer, and sends again what a lost one had."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.documents import SourceFile
from qa.errors import ClusterDiffers, ClusterFailed, CorpusNotShared, DocumentUnreachable, DocumentUnreadable
from qa.index.distributed.ray_tasks import ClusterBuild, Differs, NotCut, NotSeen, cut_file, encode_texts
from qa.index.writing.execution import CutDocument

if TYPE_CHECKING:
    from qa.inference.encoder import Encoder, Vectors
    from qa.text.passages import Splitter

ENCODING_BYTES = 512 << 20
"""What a node is reckoned to need for encoding: the model, and the libraries."""
_ATTEMPTS = 4
"""How often work is sent out before the nodes that it was lost with are not to blame."""
_MOST_UNDER_WAY = 256
"""Files, and slabs of texts: what was answered and not yet fetched waits in the memory of the nodes."""


class RayExecutor:
    """A `qa.index.writing.execution.Executor` on the cluster that this process is connected to.

    Twice as many files, and slabs of texts, are under way as the cluster had processors when this was made.
    """

    def __init__(self, build: ClusterBuild, processors: int) -> None:
        import ray

        self._build = build
        self.ahead = min(max(4, 2 * processors), _MOST_UNDER_WAY)
        self.sent_again = 0
        """How often work was sent again, for a worker or a node was lost."""
        # What Ray itself would try again it tries for ever where memory is short.
        options = {"num_cpus": 1, "max_retries": 0}
        self._cut_file = ray.remote(**options, memory=build.memory_bytes)(cut_file)
        self._encode_texts = ray.remote(**options, memory=ENCODING_BYTES)(encode_texts)
        self._has_seen = False

    def cut(
        self, sources: Iterable[SourceFile], splitter: Splitter
    ) -> Generator[tuple[SourceFile, CutDocument | DocumentUnreadable]]:
        """As they are answered. Raises CorpusNotShared, ClusterDiffers, ClusterFailed."""
        import ray

        intake, waiting = uuid.uuid4().hex, iter(sources)
        under_way: dict[Any, tuple[SourceFile, ClusterTask]] = {}
        while True:
            for source in islice(waiting, self.ahead - len(under_way)):
                task = self._task(self._cut_file, intake, _wherever(source))
                under_way[task.sent] = source, task
            if not under_way:
                return
            (answered, *_), _ = ray.wait(list(under_way), num_returns=1)
            source, task = under_way.pop(answered)
            try:
                result = task.result()
            except WorkLost as lost:
                yield source, DocumentUnreachable(source.path, f"reading it {lost}")
                continue
            if result is None:
                under_way[task.sent] = source, task
            else:
                yield source, self._outcome(source, result)

    def encode(self, texts: Sequence[str], open_encoder: Callable[[], Encoder]) -> Callable[[], Vectors]:
        """Raises, when the vectors are waited for, ClusterDiffers and ClusterFailed."""
        task = self._task(self._encode_texts, list(texts))

        def wait() -> Vectors:
            try:
                while (vectors := task.result()) is None:
                    pass
            except WorkLost as lost:
                raise ClusterFailed(f"encoding {lost}") from lost
            if isinstance(vectors, Differs):
                raise ClusterDiffers(vectors.node)
            return vectors  # type: ignore[no-any-return]

        return wait

    def note_loss(self) -> None:
        """Work is sent again."""
        self.sent_again += 1

    def _task(self, function: Any, *arguments: object) -> ClusterTask:
        return ClusterTask(lambda: function.remote(self._build, *arguments), self.note_loss)

    def _outcome(self, source: SourceFile, result: Any) -> CutDocument | DocumentUnreadable:
        match result:
            case CutDocument():
                self._has_seen = True
                return result
            case NotCut(reason, lasts):
                self._has_seen = True
                return (DocumentUnreadable if lasts else DocumentUnreachable)(source.path, reason)
            case NotSeen(node, sees_corpus, _, error):
                if not sees_corpus and not self._has_seen:
                    raise CorpusNotShared(self._build.corpus, node, error)
                return DocumentUnreachable(source.path, _why_not_seen(source, result))
            case Differs(node):
                raise ClusterDiffers(node)
        raise AssertionError(result)


class WorkLost(Exception):
    """Work was lost as often as it was sent; what it did is the message."""


class ClusterTask:
    """Work that is sent out, and sent again when the worker or the node is lost that has it."""

    def __init__(self, send: Callable[[], Any], note_loss: Callable[[], None]) -> None:
        self._send = send
        self._note_loss = note_loss
        self._attempts = 1
        self.sent = send()

    def result(self) -> Any:
        """Waits for what was answered; None when it was lost, and is sent again. Raises WorkLost, ClusterFailed."""
        import ray
        from ray import exceptions

        try:
            return ray.get(self.sent)
        except exceptions.RayError as error:
            cause = (isinstance(error, exceptions.RayTaskError) and error.cause) or error
            how = _how_lost(cause, exceptions)
            if how is None:
                raise ClusterFailed(_short(cause)) from error
            if self._attempts == _ATTEMPTS:
                raise WorkLost(f"{how}, {_ATTEMPTS} times") from error
        self._attempts += 1
        self._note_loss()
        self.sent = self._send()
        return None


def _wherever(source: SourceFile) -> SourceFile:
    """As it is called from whatever folder a process runs in."""
    return replace(source, file=source.file.absolute()) if isinstance(source.file, Path) else source


def _why_not_seen(source: SourceFile, not_seen: NotSeen) -> str:
    """For a file that this process has found."""
    node = not_seen.node
    if not isinstance(source.file, Path):
        return f"the node {node} does not get it ({not_seen.error})"
    try:
        size = source.file.stat().st_size
    except OSError as error:
        return (error.strerror or str(error)).lower()
    if size != source.size:
        return "it is being written; the next update takes it"
    seen = (
        f"the node {node} sees another file at its path" if not_seen.has_other else f"the node {node} does not see it"
    )
    return f"{seen}; documents have to lie where every node sees them at the same path"


def _how_lost(error: BaseException, exceptions: Any) -> str | None:
    """What work did that ended in `error`; None where sending it again would not help."""
    match error:
        case exceptions.OutOfMemoryError():
            return "took more memory than a node had left"
        case exceptions.OutOfDiskError():
            return "found the disk of a node full"
        case exceptions.WorkerCrashedError():
            return "ended the process that did it"
        case exceptions.NodeDiedError() | exceptions.ObjectLostError():
            return "was lost with the node that did it"
    return None


def _short(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[-1].strip()}"
