"""`qa index`: brings the index up to date with the documents, once or for as long as it runs; mends a damaged one."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa.cli import console
from qa.cli.options import (
    CorpusPlaceType,
    IndexPlaceType,
    choices,
    index_option,
    json_option,
    name_skipped,
    say_waiting,
)
from qa.cli.targets import Target, collections_option, exit_code_for
from qa.errors import QaError, UsageError
from qa.text.escaping import escape_line

if TYPE_CHECKING:
    from qa.collections import Collection
    from qa.corpus_place import CorpusPlace
    from qa.documents import Choice
    from qa.index.maintenance.repair import RepairReport
    from qa.index.maintenance.verify import Check
    from qa.index.service import Indexer
    from qa.index.writing.writer import UpdateReport
    from qa.index_place import IndexPlace
    from qa.settings import Settings

_MUCH_LEFT_OUT = 0.05


@click.command()
@click.argument("path", required=False, type=CorpusPlaceType())
@click.option("--corpus", type=CorpusPlaceType(), metavar="PATH", help="The same as PATH.")
@index_option
@collections_option
@click.option("--watch", is_flag=True, help="Keep up with the documents until Ctrl-C.")
@click.option("--rebuild", is_flag=True, help="Make the index anew, whatever is there.")
@click.option("--repair", is_flag=True, help="Mend a damaged index from what is left of it; needs no documents.")
@click.option(
    "--remove", is_flag=True, help="Delete the index, and with it all text that was indexed; the documents stay."
)
@click.option(
    "--copy-to", type=IndexPlaceType(path_type=Path), metavar="PLACE",
    help="Copy the index to another place, a folder or milvus://HOST:PORT/NAME; nothing is encoded again.",
)  # fmt: skip
@click.option(
    "--ray", metavar="ADDRESS",
    help="Read and encode on a Ray cluster: HOST:PORT, 'auto' (one that runs here), or 'local' (start one here).",
)  # fmt: skip
@click.option("--verbose", is_flag=True, help="Name the web pages of which much is left out as navigation.")
@click.option("--allow-empty", is_flag=True, help="Let the index become empty when all documents are gone.")
@json_option
@choices
def index(
    path: CorpusPlace | None,
    corpus: CorpusPlace | None,
    index: IndexPlace | None,
    names: tuple[str, ...],
    watch: bool,
    rebuild: bool,
    repair: bool,
    remove: bool,
    copy_to: IndexPlace | None,
    ray: str | None,
    verbose: bool,
    allow_empty: bool,
    as_json: bool,
    choice: Choice | None,
) -> int:
    """Index the documents at PATH (a folder, a file or s3://BUCKET/PREFIX), or bring their index up to date.

    Only what was added or changed is encoded, and of a changed file only what is new in it; a renamed file is followed;
    what is gone is removed. Files that cannot be read are named and skipped.
    Hidden files, what a .qaignore file names (patterns of .gitignore), virtual environments and the like are passed over.
    --include and --exclude hold for later calls, until others are given (--include '*' takes all again).

    \b
    Examples:
      qa index ~/notes
      qa index --exclude 'drafts/' --exclude '*.log' ~/notes
      qa index --watch ~/notes
      qa index -c notes -c work
      qa index --repair
      qa index --remove ~/notes
      qa index --copy-to milvus://localhost:19530/notes ~/notes
      qa index --ray 10.0.0.1:6379 /shared/notes
      qa index s3://bucket/notes
    """
    if path is not None and corpus is not None:
        raise UsageError("Give PATH or --corpus, not both.")
    if watch + rebuild + repair + remove + (copy_to is not None) > 1:
        raise UsageError(
            "--watch, --rebuild, --repair, --remove and --copy-to are different things.", "Give one of them."
        )
    if copy_to is not None and choice is not None:
        raise UsageError("--copy-to takes the same files.", "Choose others with a qa index of its own, afterwards.")
    if ray is not None and (watch or repair or remove or copy_to is not None):
        raise UsageError("--ray is for indexing documents.", "Leave --watch, --repair, --remove and --copy-to away.")
    target = Target.of(names, path or corpus, index)
    _check(target, names, watch=watch, remove=remove, copies=copy_to is not None)

    work = _Work(watch, repair, remove, rebuild, verbose, allow_empty, as_json, copy_to, ray)
    if not target.collections:
        work.on(target.settings, choice)
        return 0
    return max(work.on_collection(one, target.settings, choice) for one in target.collections)


def _check(target: Target, names: tuple[str, ...], *, watch: bool, remove: bool, copies: bool) -> None:
    """Raises UsageError for what cannot be done with several collections, or must not be without naming them."""
    if len(target.collections) > 1 and watch:
        raise UsageError("--watch keeps up with one collection.", "Name it with -c.")
    if copies and len(target.collections) > 1:
        raise UsageError("--copy-to copies one index.", "Name a folder, or a collection with -c.")
    if remove and target.collections and not names:
        raise UsageError("--remove deletes the index of what is named.", "Name a folder, or a collection with -c.")


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be done with an index: the options of the command."""

    watch: bool
    repair: bool
    remove: bool
    rebuild: bool
    verbose: bool
    allow_empty: bool
    as_json: bool
    copy_to: IndexPlace | None = None
    ray: str | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    """What stands first in JSON: the collection, where it is one of several."""

    def on(self, settings: Settings, choice: Choice | None) -> None:
        if self.remove:
            self._remove(settings)
            return
        if self.copy_to is not None:
            self._copy(settings, self.copy_to)
            return
        if self.ray is not None:
            self._update_on_cluster(self.ray, settings, choice)
            return
        from qa.index.service import Indexer

        indexer = Indexer(settings)
        if self.watch:
            self._keep_up(indexer, choice)
        elif self.repair:
            self._mend(indexer)
        else:
            self._update(indexer, choice)

    def on_collection(self, collection: Collection, settings: Settings, choice: Choice | None) -> int:
        """Do the work on one of several collections; returns the exit code."""
        console.message(f"{collection.name}: {collection.folder}")

        def work(about: Mapping[str, str]) -> int:
            if not (self.repair or self.remove):
                collection.check_there()
            replace(self, about=about).on(collection.settings(settings), choice or collection.choice)
            return 0

        return exit_code_for(collection, work, as_json=self.as_json)

    def _remove(self, settings: Settings) -> None:
        from qa.index.service import remove_index

        folder, freed = remove_index(settings, say_waiting)
        if self.as_json:
            console.data_json({**self.about, "index": str(folder), "bytes": freed})
        else:
            console.data(
                escape_line(f"The index at {folder} is gone ({freed / 1e6:.1f} MB); the documents are as they were.")
            )

    def _copy(self, settings: Settings, place: IndexPlace) -> None:
        from qa.index.service import copy_index

        started = time.perf_counter()
        with console.progress_bar("Copying") as progress:
            report = copy_index(settings, place, progress=progress, waiting=say_waiting)
        self._show(report, time.perf_counter() - started)
        console.message(f"copied to {place}; the index that it was made from is as it was.")

    def _update_on_cluster(self, address: str, settings: Settings, choice: Choice | None) -> None:
        from qa.cli.interrupts import leave_to_the_app
        from qa.index.distributed.ray_connection import connected
        from qa.index.service import Indexer

        # A cluster takes its time to end, and what it leaves of texts is removed only then.
        leave_to_the_app()
        with connected(address, settings) as executor:
            self._update(Indexer(settings, executor), choice)
            if executor.sent_again:
                console.message(f"a worker or node of the cluster was lost; work sent again: {executor.sent_again:,}")

    def _update(self, indexer: Indexer, choice: Choice | None) -> None:
        report, seconds = self._updated(indexer, choice)
        self._show(report, seconds)
        if self.verbose:
            _name_left_out(report)

    def _keep_up(self, indexer: Indexer, choice: Choice | None) -> None:
        """Until Ctrl-C. What is wrong at the start ends it; what goes wrong later is said, and the next change tries again."""
        from qa.index.writing.watch import changes_of

        first = True
        for _ in changes_of(indexer.corpus, indexer.place):
            try:
                report, seconds = self._updated(indexer, choice)
            except QaError as error:
                if first:
                    raise
                console.message(str(error))
                if self.as_json:
                    console.data_json({**self.about, "error": error.as_dict()})
                continue
            if first or report.changed_something:
                self._show(report, seconds)
            if first:
                console.message(f"watching {indexer.corpus}; Ctrl-C ends it.")
            first = False

    def _updated(self, indexer: Indexer, choice: Choice | None) -> tuple[UpdateReport, float]:
        """The report of an update, and how many seconds it took."""
        started = time.perf_counter()
        try:
            with console.progress_bar("Indexing") as progress:
                report = indexer.update(
                    rebuild=self.rebuild,
                    allow_empty=self.allow_empty,
                    choice=choice,
                    progress=progress,
                    waiting=say_waiting,
                )
        except KeyboardInterrupt:
            console.message(
                "stopped; the next qa index goes on from what is done, and asks get the index as it was, if any."
            )
            raise
        return report, time.perf_counter() - started

    def _show(self, report: UpdateReport, seconds: float) -> None:
        name_skipped(report)
        if self.as_json:
            console.data_json({**self.about, **asdict(report), "seconds": seconds})
            return
        problems = len({one.path for one in (*report.skipped, *report.remarks)})
        renamed = f"{len(report.renamed)} renamed, " if report.renamed else ""
        console.data(
            f"{len(report.added)} added, {len(report.changed)} changed, {len(report.removed)} removed, {renamed}"
            f"{report.unchanged} unchanged; {report.passages} passages, {report.encoded} encoded in {seconds:.1f} s"
        )
        if problems:
            console.message(
                f"not read, or read in part: {problems:,} {'file' if problems == 1 else 'files'}; qa status --problems"
                " names them."
            )

    def _mend(self, indexer: Indexer) -> None:
        with console.progress_bar("Encoding") as progress:
            report = indexer.repair(progress=progress, waiting=say_waiting)
        if self.as_json:
            problems = [line for check in report.before.checks for line in check.problems]
            found = {name: value for name, value in asdict(report).items() if name != "before"}
            console.data_json({**self.about, "mended": report.mended, "problems": problems, **found})
            return
        for line in _mended(report):
            console.data(escape_line(line))
        for path in report.lost:
            console.message(f"{path} is lost from the index; qa index takes it in again from its file")


def _name_left_out(report: UpdateReport) -> None:
    for path, share in sorted(report.left_out.items(), key=lambda one: -one[1]):
        if share >= _MUCH_LEFT_OUT:
            console.message(f"{path}: {share:.0%} of its text was left out as navigation, a banner or the like")


def _mended(report: RepairReport) -> Sequence[str]:
    if not report.mended:
        return [f"Nothing to mend: documents: {report.documents}, passages: {report.passages}, all sound."]
    return [
        *(_what_was_wrong(check) for check in report.before.checks if check.wrong),
        f"Mended: documents: {report.documents}, passages: {report.passages}, of which encoded again: {report.encoded}.",
    ]


def _what_was_wrong(check: Check) -> str:
    more = f" (and {check.wrong - 1:,} more)" if check.wrong > 1 else ""
    return f"{check.name}: {check.problems[0]}{more}"
