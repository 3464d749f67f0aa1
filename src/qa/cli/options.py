"""The options that commands share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.base_assistant import BaseAssistant
    from qa.corpus_place import CorpusPlace
    from qa.documents import Choice
    from qa.filters import Filter
    from qa.index.writing.writer import UpdateReport
    from qa.index_place import IndexPlace
    from qa.settings import Settings

_SKIPPED_NAMED = 3
"""Of one reason."""
_MOMENTS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M")

Command = Callable[..., Any]


class IndexPlaceType(click.Path):
    """A folder, or the address of an engine."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from qa.settings import index_given

        return index_given(value) if isinstance(value, str) else value


class CorpusPlaceType(click.Path):
    """A folder, a file, or the address of objects."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from qa.settings import corpus_given

        return corpus_given(value) if isinstance(value, str) else value


corpus_option = click.option(
    "--corpus",
    type=CorpusPlaceType(),
    metavar="PATH",
    help="The folder or file to ask; for ask, index, search and status also s3://BUCKET/PREFIX. "
    "[default: QA_CORPUS, ./corpus, or the article that ships]",
)
index_option = click.option(
    "--index",
    type=IndexPlaceType(path_type=Path),
    metavar="PLACE",
    help="Where the index lies: a folder, or milvus://HOST:PORT/NAME. [default: "
    "QA_INDEX, beside a folder named corpus, or the user's data directory]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout.")
min_confidence_option = click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    metavar="P",
    help="Refuse answers less probable than P, 0 to 1. [default: QA_MIN_CONFIDENCE, or the measured threshold]",
)
strict_option = click.option("--strict", is_flag=True, help='Refuse tentative answers ("Perhaps: ...").')

_FILTER_OPTIONS = (
    click.option(
        "--path",
        "paths",
        multiple=True,
        metavar="PATTERN",
        help="Only documents that match, as in .gitignore: 'reports/**', '*.md', '!drafts/'. May be given several times.",
    ),
    click.option(
        "--ext", "endings", multiple=True, metavar="ENDING", help="Only documents with one of these endings: pdf,docx."
    ),
    click.option(
        "--after",
        type=click.DateTime(_MOMENTS),
        metavar="DATE",
        help="Only documents changed then or later: 2024-01-31, 2024-01-31T17:30.",
    ),
    click.option("--before", type=click.DateTime(_MOMENTS), metavar="DATE", help="Only documents changed earlier."),
)
_CHOICE_OPTIONS = (
    click.option(
        "--include", multiple=True, metavar="PATTERN", help="Take only files that match, as in .gitignore: '*.pdf'."
    ),
    click.option(
        "--exclude",
        multiple=True,
        metavar="PATTERN",
        help="Take no files that match, as in .gitignore: 'old/', '*.log'.",
    ),
)


def filters(command: Command) -> Command:
    """`--path`, `--ext`, `--after` and `--before`, given to the command as `only`, a Filter or None."""

    @wraps(command)
    def with_filter(
        *arguments: Any,
        paths: tuple[str, ...],
        endings: tuple[str, ...],
        after: datetime | None,
        before: datetime | None,
        **options: Any,
    ) -> Any:
        given = any((paths, endings, after, before))
        return command(*arguments, only=_filter(paths, endings, after, before) if given else None, **options)

    for option in reversed(_FILTER_OPTIONS):
        with_filter = option(with_filter)
    return with_filter


def choices(command: Command) -> Command:
    """`--include` and `--exclude`, given to the command as `choice`, a Choice or None."""

    @wraps(command)
    def with_choice(*arguments: Any, include: tuple[str, ...], exclude: tuple[str, ...], **options: Any) -> Any:
        from qa.documents import Choice

        choice = Choice(include, exclude) if include or exclude else None
        return command(*arguments, choice=choice, **options)

    for option in reversed(_CHOICE_OPTIONS):
        with_choice = option(with_choice)
    return with_choice


def _filter(
    paths: tuple[str, ...], endings: tuple[str, ...], after: datetime | None, before: datetime | None
) -> Filter:
    from qa.filters import Filter

    split = tuple(ending.strip() for several in endings for ending in several.split(",") if ending.strip())
    return Filter(paths, split, after, before)


def places(command: Command) -> Command:
    """`--corpus` and `--index`."""
    return corpus_option(index_option(command))


def settings_of(corpus: CorpusPlace | None, index: IndexPlace | None) -> Settings:
    """The environment's settings with what the options say."""
    from qa.settings import Settings

    settings = Settings.from_environment()
    return replace(settings, corpus=corpus or settings.corpus, index=index or settings.index)


def open_corpus(settings: Settings) -> Assistant:
    """The assistant for one corpus. An index that is not there is built, with progress and what is skipped on stderr."""
    from qa.assistant import Assistant

    if not has_index(settings):
        build(settings)
    return Assistant.open(settings=settings)


def least_confidence(assistant: BaseAssistant, min_confidence: float | None, *, strict: bool) -> float | None:
    """What to ask `assistant` with as `min_confidence`: with --strict no less than a firm answer has."""
    from qa.settings import Settings

    if not strict:
        return min_confidence
    given = Settings.from_environment().min_confidence if min_confidence is None else min_confidence
    return max(assistant.firm_confidence, given or 0.0)


def has_index(settings: Settings) -> bool:
    """Whether there is something at the place where the index lies."""
    from qa.index import service

    return service.has_index(settings)


def build(settings: Settings, choice: Choice | None = None, title: str = "Indexing") -> UpdateReport:
    """Bring the index up to date; progress and the files that are skipped show on stderr."""
    from qa.cli import console
    from qa.index.service import update_index

    with console.progress_bar(title) as progress:
        report = update_index(settings, choice=choice, progress=progress, waiting=say_waiting)
    name_skipped(report)
    return report


def say_waiting(holder: str) -> None:
    """That another process writes the index."""
    from qa.cli import console

    console.message(f"Another qa ({holder}) is writing this index; waiting for it.")


def name_skipped(report: UpdateReport) -> None:
    """The files that are not in the index, on stderr, by reason."""
    from qa.cli import console

    by_reason: dict[str, list[str]] = {}
    for skipped in report.skipped:
        by_reason.setdefault(skipped.reason, []).append(skipped.path)
    for reason, paths in by_reason.items():
        more = len(paths) - _SKIPPED_NAMED
        others = f" and {more:,} more (qa index --json names them all)" if more > 0 else ""
        console.message(f"skipped {', '.join(paths[:_SKIPPED_NAMED])}{others}: {reason}")
