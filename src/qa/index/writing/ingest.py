"""Takes documents into a change: each is loaded, cut into passages and stored before the next is looked at.

So the memory that is needed is that of the largest document, however many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol

from qa.documents import Document, SourceFile
from qa.errors import DocumentUnreadable
from qa.index.sqlite import document_rows as rows
from qa.index.sqlite.remembered_files import note_remarks, rename_remarks
from qa.index.writing.changes import Changes
from qa.index.writing.encoding import IndexModel, Progress
from qa.index.writing.pending import Pending
from qa.text.passages import Passage


@dataclass(slots=True)
class Intake:
    """The paths of the documents that were taken in, and of those that cannot be read any more and were taken out;
    by path, the share of a document's text that was left out as navigation and the like."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    left_out: dict[str, float] = field(default_factory=dict)


class Change(Protocol):
    """A change to an index that is being made; nobody sees it before it is published."""

    def remove(self, path: str) -> None:
        """Take out the document at `path` and all that was made of it."""
        ...

    def rename(self, old: str, source: SourceFile) -> None:
        """Let the document at `old` be at the path of `source`; its passages, words and vectors stay."""
        ...

    def touch(self, sources: Sequence[SourceFile]) -> None:
        """Note the new time of files whose content is the same, so that they need not be read the next time."""
        ...

    def add(self, document: Document, passages: Sequence[Passage]) -> None:
        """Put in a document, its passages and what is to be said of it. Raises DocumentUnreadable where the database does not
        take it; nothing of it is then in."""
        ...

    def keep_at_times(self) -> None:
        """Between two documents: what is done may be kept, should this process be killed."""
        ...


def take_in(change: Change, found: Changes, model: IndexModel, progress: Progress | None) -> Intake:
    """Put what was `found` into `change`. What cannot be read is added to the `skipped` there."""
    for path in found.removed:
        change.remove(path)
    for rename in found.renamed:
        change.rename(rename.old, rename.source)
    change.touch(found.touched)
    taken = Intake()
    count = 0
    changed = {source.path for source in found.changed}
    with closing(model.executor.cut((*found.added, *found.changed), model.splitter)) as files:
        for source, cut in files:
            if source.path in changed:
                change.remove(source.path)
            try:
                if isinstance(cut, DocumentUnreadable):
                    raise cut
                change.add(cut.document, cut.passages)
            except DocumentUnreadable as error:
                found.refuse(source, error)
                taken.lost += [source.path] if source.path in changed else []
                continue
            count += len(cut.passages)
            taken.left_out[source.path] = cut.document.left_out
            (taken.changed if source.path in changed else taken.added).append(source.path)
            # It would stay while the next one is cut.
            del cut
            change.keep_at_times()
            if progress is not None:
                progress(0, count)
    return taken


class PendingChange:
    """A `Change` to the copy of a database; the vectors follow later."""

    def __init__(self, pending: Pending) -> None:
        self._pending = pending
        self._connection = pending.connection

    def remove(self, path: str) -> None:
        rows.delete(self._connection, path)

    def rename(self, old: str, source: SourceFile) -> None:
        rows.rename(self._connection, old, source)
        rename_remarks(self._connection, old, source.path)

    def touch(self, sources: Sequence[SourceFile]) -> None:
        rows.touch(self._connection, sources)

    def add(self, document: Document, passages: Sequence[Passage]) -> None:
        rows.insert(self._connection, document, passages)
        note_remarks(self._connection, document.path, document.remarks)

    def keep_at_times(self) -> None:
        self._pending.keep_at_times()
