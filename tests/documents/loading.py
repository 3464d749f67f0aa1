"""What the tests of documents share: a folder of files -> documents and reasons."""

from __future__ import annotations

from pathlib import Path

from qa.documents import Choice, Document, Loader, sources
from qa.documents.conversion import ConversionLimits
from qa.errors import DocumentUnreadable


def loaded(
    corpus: Path, choice: Choice | None = None, limits: ConversionLimits | None = None
) -> tuple[dict[str, Document], dict[str, str]]:
    """Documents by path, and the reasons of what was skipped."""
    skipped: dict[str, str] = {}
    documents = {}
    with Loader(limits) as loader:
        for source in sources(corpus, skip=skipped.__setitem__, choice=choice):
            try:
                documents[source.path] = loader.load(source)
            except DocumentUnreadable as error:
                skipped[error.path] = error.reason
    return documents, skipped


def heading_at(document: Document, words: str) -> tuple[str | None, int | None]:
    """Heading and page that hold where `words` stand."""
    place = document.text.index(words)
    mark = [mark for mark in document.marks if mark.start <= place][-1]
    return mark.heading, mark.page
