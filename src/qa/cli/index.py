"""`qa index`: brings the index up to date with the documents."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa.cli import console
from qa.cli.options import build, choices, index_option, json_option, settings_of
from qa.errors import UsageError
from qa.inert import inert_line

if TYPE_CHECKING:
    from qa.documents import Choice


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--corpus", type=click.Path(path_type=Path), metavar="PATH", help="The same as PATH.")
@index_option
@click.option("--rebuild", is_flag=True, help="Make the index anew, whatever is there.")
@json_option
@choices
def index(
    path: Path | None,
    corpus: Path | None,
    index: Path | None,
    rebuild: bool,
    as_json: bool,
    choice: Choice | None,
) -> int:
    """Index the documents at PATH (a folder or a file), or bring their index up to date.

    Only what was added or changed is encoded; what is gone is removed. Files that cannot be read are named and skipped.
    Hidden files, what a .qaignore file names (patterns of .gitignore), virtual environments and the like are passed over.
    --include and --exclude hold for later calls, until others are given (--include '*' takes all again).

    \b
    Examples:
      qa index ~/notes
      qa index --exclude 'drafts/' --exclude '*.log' ~/notes
      qa index --rebuild
    """
    if path is not None and corpus is not None:
        raise UsageError("Give PATH or --corpus, not both.")
    started = time.perf_counter()
    report = build(settings_of(path or corpus, index), rebuild=rebuild, choice=choice)
    seconds = time.perf_counter() - started
    if as_json:
        console.data_json({**asdict(report), "seconds": seconds})
    else:
        counts = (
            f"{len(report.added)} added, {len(report.changed)} changed, {len(report.removed)} removed, "
            f"{report.unchanged} unchanged"
        )
        console.data(inert_line(f"{counts}; {report.passages} passages, {report.encoded} encoded in {seconds:.1f} s"))
    return 0
