"""The options that commands share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.index.writer import UpdateReport
    from qa.settings import Settings

_SKIPPED_NAMED = 10

Command = Callable[..., Any]

corpus_option = click.option(
    "--corpus",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The folder or file to ask. [default: QA_CORPUS, ./corpus, or the article that ships]",
)
index_option = click.option(
    "--index",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where the index lies. [default: QA_INDEX, beside a folder named corpus, or the user's data directory]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout.")
min_confidence_option = click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    metavar="P",
    help="Refuse answers less probable than P, 0 to 1. [default: QA_MIN_CONFIDENCE, or the measured threshold]",
)


def places(command: Command) -> Command:
    """`--corpus` and `--index`."""
    return corpus_option(index_option(command))


def settings_of(corpus: Path | None, index: Path | None) -> Settings:
    """The environment's settings with what the options say."""
    from qa.settings import Settings

    settings = Settings.from_environment()
    return replace(settings, corpus=corpus or settings.corpus, index=index or settings.index)


def open_assistant(corpus: Path | None, index: Path | None) -> Assistant:
    """The assistant for these options. An index that is not there is built, with progress and what is skipped on stderr."""
    from qa.assistant import Assistant

    settings = settings_of(corpus, index)
    if not has_index(settings):
        build(settings)
    return Assistant.open(settings=settings)


def has_index(settings: Settings) -> bool:
    """Whether there is something at the place where the index lies."""
    from qa.index.database import FILE_NAME
    from qa.locations import corpus_of, index_of

    return (index_of(settings, corpus_of(settings)) / FILE_NAME).exists()


def build(settings: Settings) -> UpdateReport:
    """Bring the index up to date; progress and the files that are skipped show on stderr."""
    from qa.assistant import update_index
    from qa.cli import console

    with console.progress_bar("Indexing") as progress:
        report = update_index(settings, progress=progress, waiting=say_waiting)
    name_skipped(report)
    return report


def say_waiting(holder: str) -> None:
    """That another process writes the index."""
    from qa.cli import console

    console.message(f"Another qa ({holder}) is writing this index; waiting for it.")


def name_skipped(report: UpdateReport) -> None:
    """The files that are not in the index, on stderr."""
    from qa.cli import console

    for skipped in report.skipped[:_SKIPPED_NAMED]:
        console.message(f"skipped {skipped.path}: {skipped.reason}")
    if len(report.skipped) > _SKIPPED_NAMED:
        console.message(f"skipped {len(report.skipped) - _SKIPPED_NAMED} more files (qa index --json names them all)")
