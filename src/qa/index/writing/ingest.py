"""Takes documents into a change: each is loaded, cut into passages and stored before the next is looked at.

So the memory that is needed is that of the largest document, however many there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from qa.documents import Document, Loader, SourceFile
from qa.errors import DocumentUnreadable
from qa.index.sqlite import document_rows as rows
from qa.index.sqlite.remembered_files import note_remarks, rename_remarks
from qa.index.writing.changes import Changes
from qa.index.writing.encoding import Progress
from qa.index.writing.pending import Pending
from qa.text.passages import Splitter


@dataclass(slots=True)
class Intake:
    """The paths of the documents that were taken in, and of those that cannot be read any more and were taken out;
    by path, the share of a document's text that was left out as navigation and the like."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    left_out: dict[str, float] = field(default_factory=dict)


def take_in(pending: Pending, found: Changes, splitter: Splitter, progress: Progress | None) -> Intake:
    """Make `pending` hold what was `found`, all but the vectors. What cannot be read is added to the `skipped` there."""
    connection = pending.connection
    for path in found.removed:
        rows.delete(connection, path)
    for rename in found.renamed:
        rows.rename(connection, rename.old, rename.source)
        rename_remarks(connection, rename.old, rename.source.path)
    rows.touch(connection, found.touched)
    taken = Intake()
    passages = 0
    changed = {source.path for source in found.changed}
    with Loader() as loader:
        for source in (*found.added, *found.changed):
            document = _loaded(loader, source, found)
            if source.path in changed:
                rows.delete(connection, source.path)
            if document is None:
                taken.lost += [source.path] if source.path in changed else []
                continue
            passages += store(pending, document, splitter)
            taken.left_out[source.path] = document.left_out
            (taken.changed if source.path in changed else taken.added).append(source.path)
            pending.keep_at_times()
            if progress is not None:
                progress(0, passages)
    return taken


def store(pending: Pending, document: Document, splitter: Splitter) -> int:
    """Cut a document and insert it; how many passages it has."""
    passages = splitter.split(document)
    rows.insert(pending.connection, document, passages)
    note_remarks(pending.connection, document.path, document.remarks)
    return len(passages)


def _loaded(loader: Loader, source: SourceFile, found: Changes) -> Document | None:
    try:
        return loader.load(source)
    except DocumentUnreadable as error:
        found.refuse(source, error)
        return None
