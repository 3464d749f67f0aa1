"""A corpus with its index, as a program that runs for long wants it: opened, brought up to date and added to meanwhile."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from qa.assistant import Assistant
from qa.collections import Collection, key_of
from qa.errors import CorpusMissing, QaError, UsageError
from qa.federated import FederatedAssistant
from qa.index.background import update_apart
from qa.index.service import has_index
from qa.index.writing.changes import Skipped
from qa.index.writing.writer import Progress, UpdateReport, Waiting
from qa.locations import folder_of, index_of, shipped_corpus
from qa.pipeline.pipeline import Watch
from qa.settings import Settings

__all__ = ["AnyWorkspace", "FederatedWorkspace", "UpdateReport", "Workspace"]


@dataclass(frozen=True, slots=True)
class Workspace:
    """The corpus that `settings` name. Use `Workspace.of`."""

    settings: Settings
    corpus: Path

    @classmethod
    def of(cls, settings: Settings) -> Workspace:
        """The corpus is fixed now, wherever the process goes. Raises UsageError."""
        corpus = folder_of(settings)
        return cls(replace(settings, corpus=corpus, index=index_of(settings, corpus)), corpus)

    def open(self, progress: Progress, watch: Watch, waiting: Waiting | None = None) -> Assistant:
        """The assistant; an index that is not there yet is built first, in a process of its own. Raises as both do."""
        if not has_index(self.settings):
            self.update(rebuild=False, progress=progress, waiting=waiting)
        return Assistant.open(settings=self.settings, watch=watch)

    def update(self, *, rebuild: bool, progress: Progress, waiting: Waiting | None = None) -> UpdateReport:
        """Bring the index up to date while asks go on over the old one. Raises as `qa.index.background.update_apart`."""
        return update_apart(self.settings, rebuild=rebuild, progress=progress, waiting=waiting)

    def elsewhere(self, corpus: Path) -> Workspace:
        """The same settings over another folder or file, with that one's own index. Raises CorpusMissing, UsageError."""
        other = Workspace.of(replace(self.settings, corpus=corpus, index=None))
        if not other.corpus.exists():
            raise CorpusMissing(other.corpus)
        return other

    def add(self, given: Path) -> Path:
        """Copy a file or folder into the corpus; returns where it is now. Nothing is overwritten.

        Raises UsageError: nothing there, the corpus is no folder of the user's, or it has something of that name.
        """
        source = _expanded(given).resolve()
        target = self.corpus / source.name
        if not source.exists():
            raise UsageError(f"There is nothing at {source}.", "Name a file or a folder: /add PATH")
        if not self.corpus.is_dir() or self.corpus == shipped_corpus():
            raise UsageError(f"Nothing can be added to {self.corpus}.", "Ask a folder of yours with: /open FOLDER")
        if self.corpus.is_relative_to(source) or source.is_relative_to(self.corpus):
            raise UsageError(
                f"{source} and the documents lie one within the other.", "Bring the index up to date: /index"
            )
        if target.exists():
            raise UsageError(f"There is a {source.name} among the documents already.", "Rename one of them.")
        try:
            _copy(source, target)
        except (OSError, shutil.Error) as error:
            raise UsageError(f"{source} cannot be copied ({getattr(error, 'strerror', None) or error}).") from error
        return target


@dataclass(frozen=True, slots=True)
class FederatedWorkspace:
    """Several collections in place of one corpus."""

    settings: Settings
    collections: tuple[Collection, ...]

    @property
    def corpus(self) -> Path:
        """What stands for them where a corpus is named: "notes, work"."""
        return key_of(self.collections)

    def open(self, progress: Progress, watch: Watch, waiting: Waiting | None = None) -> FederatedAssistant:
        """The assistant; indexes that are not there yet are built first, each in a process of its own. Raises as both do."""

        def build(collection: Collection, settings: Settings) -> None:
            update_apart(settings, choice=collection.choice, progress=progress, waiting=waiting)

        return FederatedAssistant.open(self.collections, settings=self.settings, build=build, watch=watch)

    def update(self, *, rebuild: bool, progress: Progress, waiting: Waiting | None = None) -> UpdateReport:
        """Bring every index up to date, one after the other. Raises what is wrong with the last that could not be."""
        reports: dict[str, UpdateReport] = {}
        failed: QaError | None = None
        for collection in self.collections:
            own = collection.settings(self.settings)
            try:
                collection.check_there()
                reports[collection.name] = update_apart(
                    own, rebuild=rebuild, choice=collection.choice, progress=progress, waiting=waiting
                )
            except QaError as error:
                failed = error
                failed.with_collection(collection.name)
        if failed is not None:
            raise failed
        return _of_all(reports)

    def elsewhere(self, corpus: Path) -> Workspace:
        """As `Workspace.elsewhere`."""
        return Workspace(self.settings, self.corpus).elsewhere(corpus)

    def add(self, given: Path) -> Path:
        """As `Workspace.add`, to the only collection. Raises UsageError where there are several, too."""
        if len(self.collections) > 1:
            raise UsageError(f"{given} cannot be added to several collections.", "Copy it into the folder of one.")
        (collection,) = self.collections
        return Workspace(self.settings, collection.folder).add(given)


AnyWorkspace = Workspace | FederatedWorkspace


def _of_all(reports: Mapping[str, UpdateReport]) -> UpdateReport:
    """The reports of several collections as one, with paths that name the collection."""

    def named(paths: Callable[[UpdateReport], Iterable[str]]) -> tuple[str, ...]:
        return tuple(f"{name}/{path}" for name, report in reports.items() for path in paths(report))

    def skipped(files: Callable[[UpdateReport], Iterable[Skipped]]) -> tuple[Skipped, ...]:
        return tuple(
            Skipped(f"{name}/{one.path}", one.reason) for name, report in reports.items() for one in files(report)
        )

    return UpdateReport(
        added=named(lambda report: report.added),
        changed=named(lambda report: report.changed),
        removed=named(lambda report: report.removed),
        renamed=tuple(
            (f"{name}/{old}", f"{name}/{new}") for name, report in reports.items() for old, new in report.renamed
        ),
        unchanged=sum(report.unchanged for report in reports.values()),
        skipped=skipped(lambda report: report.skipped),
        remarks=skipped(lambda report: report.remarks),
        passages=sum(report.passages for report in reports.values()),
        encoded=sum(report.encoded for report in reports.values()),
    )


def _copy(source: Path, target: Path) -> None:
    """All of it or nothing: until it is whole it has a hidden name, which an index passes over."""
    with tempfile.TemporaryDirectory(prefix=".qa-", dir=target.parent) as folder:
        whole = Path(folder) / source.name
        if source.is_dir():
            shutil.copytree(source, whole, symlinks=True)
        else:
            shutil.copy2(source, whole)
        whole.rename(target)


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise UsageError(f"There is no home folder for {path}.") from error
