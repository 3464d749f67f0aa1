"""The options that commands share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.settings import Settings

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
    """The assistant for these options; building an index that is not there shows its progress on stderr."""
    from qa.assistant import Assistant
    from qa.cli.console import progress_bar

    with progress_bar("Indexing") as progress:
        return Assistant.open(settings=settings_of(corpus, index), progress=progress)
