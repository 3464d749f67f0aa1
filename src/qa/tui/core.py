"""What the chat needs of the core, as protocols: `qa.workspace.Workspace` and `qa.assistant.Assistant` fulfil them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from qa.answers import Answer, RetrievedPassage
    from qa.assistant import Status
    from qa.conversation import Shown, Turn
    from qa.errors import QaError
    from qa.filters import Filter
    from qa.pipeline.pipeline import Watch


class ProgressLike(Protocol):
    """Told how many passages of how many are encoded."""

    def __call__(self, done: int, total: int) -> None: ...


class ConversationLike(Protocol):
    """See `qa.conversation.Conversation`."""

    def ask(self, question: str, *, only: Filter | None = None, min_confidence: float | None = None) -> Answer: ...

    def about_last(self, question: str) -> Shown | None: ...


class AssistantLike(Protocol):
    """See `qa.assistant.Assistant`."""

    def conversation(self, turns: Iterable[Turn] = ()) -> ConversationLike: ...

    def search(self, query: str, limit: int = 5, *, only: Filter | None = None) -> tuple[RetrievedPassage, ...]: ...

    def cosine_similarity(self, text: str, others: Sequence[str]) -> list[float]: ...

    def document_text(self, path: str) -> str: ...

    def documents(self) -> tuple[str, ...]: ...

    def file_of(self, path: str) -> Path: ...

    def stale(self) -> tuple[str, ...]: ...

    def catch_up(self) -> tuple[str, ...]: ...

    def status(self) -> Status: ...

    @property
    def left_out(self) -> Mapping[str, QaError]: ...

    def close(self) -> None: ...


class WaitingLike(Protocol):
    """Told who writes the index, when one has to wait for that."""

    def __call__(self, holder: str) -> None: ...


class OpenAssistant(Protocol):
    """Opens the assistant; builds the index first, telling the progress, where there is none."""

    def __call__(self, progress: ProgressLike, watch: Watch, waiting: WaitingLike) -> AssistantLike: ...


class SkippedLike(Protocol):
    @property
    def path(self) -> str: ...

    @property
    def reason(self) -> str: ...


class ReportLike(Protocol):
    """See `qa.index.writing.writer.UpdateReport`."""

    @property
    def added(self) -> Sequence[str]: ...

    @property
    def changed(self) -> Sequence[str]: ...

    @property
    def removed(self) -> Sequence[str]: ...

    @property
    def skipped(self) -> Sequence[SkippedLike]: ...


class WorkspaceLike(Protocol):
    """See `qa.workspace.Workspace`."""

    @property
    def corpus(self) -> Path: ...

    def open(self, progress: ProgressLike, watch: Watch, waiting: WaitingLike) -> AssistantLike: ...

    def update(self, *, rebuild: bool, progress: ProgressLike, waiting: WaitingLike) -> ReportLike: ...

    def elsewhere(self, corpus: Path) -> WorkspaceLike: ...

    def add(self, given: Path) -> Path: ...
