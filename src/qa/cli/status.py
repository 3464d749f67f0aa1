"""`qa status`: what the index holds, and whether all of it is as it was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from qa.cli import console
from qa.cli.options import corpus_option, has_index, index_option, json_option
from qa.cli.targets import Target, collections_option, exit_code_for
from qa.errors import IndexDamaged, UsageError
from qa.text.escaping import escape_line

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.collections import Collection
    from qa.corpus_place import CorpusPlace
    from qa.index.maintenance.verify import Check
    from qa.index.overview import IndexSummary
    from qa.index_place import IndexPlace
    from qa.settings import Settings

    Report = Callable[[Settings, bool, Mapping[str, str]], int]

_SOUND = 0


@click.command()
@click.option("--verify", is_flag=True, help="Check every page, document, passage, vector and word; 3 if any is wrong.")
@click.option(
    "--problems", is_flag=True, help="List the files that are not in the index or were read in part, and why."
)
@click.option(
    "--all", "every", is_flag=True, help="List the indexes of all folders instead: those in the user's data directory."
)
@json_option
@collections_option
@corpus_option
@index_option
def status(
    verify: bool,
    problems: bool,
    every: bool,
    as_json: bool,
    names: tuple[str, ...],
    corpus: CorpusPlace | None,
    index: IndexPlace | None,
) -> int:
    """Show what the index holds, how it was made, and whether the documents have changed since.

    \b
    Examples:
      qa status --json
      qa status -c notes
      qa status --verify
      qa status --problems
      qa status --all
    """
    if every:
        if verify or problems or names or corpus is not None or index is not None:
            raise UsageError("--all lists every index, and goes with --json only.")
        return _list(as_json)
    if verify and problems:
        raise UsageError("--verify and --problems are different things.", "Give one of them.")
    report = _verify if verify else _name_problems if problems else _show
    target = Target.of(names, corpus, index)
    if not target.collections:
        return report(target.settings, as_json, {})
    return max(_of_collection(collection, target.settings, report, as_json) for collection in target.collections)


def _of_collection(collection: Collection, settings: Settings, report: Report, as_json: bool) -> int:
    """What is reported of one of several: one JSON object a line, each with the collection's name."""
    if not as_json:
        console.data(console.bold(collection.name))
    return exit_code_for(
        collection, lambda about: report(collection.settings(settings), as_json, about), as_json=as_json
    )


@contextmanager
def _opened(settings: Settings) -> Iterator[Assistant]:
    from qa.assistant import Assistant
    from qa.errors import IndexMissing
    from qa.index.service import naming_places
    from qa.locations import corpus_of, index_of

    with naming_places(settings):
        if not has_index(settings):
            raise IndexMissing(index_of(settings, corpus_of(settings)))
    with Assistant.open(settings=settings) as assistant:
        yield assistant


def _name_problems(settings: Settings, as_json: bool, about: Mapping[str, str]) -> int:
    with _opened(settings) as assistant:
        found = assistant.problems()
    if as_json:
        console.data_json({**about, "problems": [asdict(one) for one in found]})
        return 0
    for one in found:
        console.data(escape_line(f"{one.path}: {one.reason}"))
    if not found:
        console.message("Every file was read whole.")
    return 0


def _show(settings: Settings, as_json: bool, about: Mapping[str, str]) -> int:
    with _opened(settings) as assistant:
        found = assistant.status()
    if as_json:
        console.data_json({**about, **asdict(found), "corpus": str(found.corpus), "index": str(found.index)})
        return 0
    rows = {
        "corpus": found.corpus,
        "index": found.index,
        "documents": f"{found.documents:,}",
        "passages": f"{found.passages:,}",
        "model": found.model,
        "passages cut": found.splitter,
        "generation": found.generation,
        "size": f"{found.bytes / 1e6:.1f} MB",
        **({"vectors": found.vectors} if found.vectors else {}),
        "changed since": ", ".join(found.stale) or "nothing",
    }
    for name, value in rows.items():
        _line(name, str(value))
    return 0


def _verify(settings: Settings, as_json: bool, about: Mapping[str, str]) -> int:
    from qa.index.service import verify_index

    found = verify_index(settings)
    if as_json:
        console.data_json({**about, **asdict(found), "index": str(found.index), "sound": found.sound})
    else:
        _line("index", str(found.index))
        for check in found.checks:
            _line(check.name, _result(check))
            for problem in check.problems:
                _line("", problem)
    if found.sound:
        return _SOUND
    wrong = sum(check.wrong for check in found.checks)
    error = IndexDamaged(found.index, "1 finding" if wrong == 1 else f"{wrong:,} findings")
    error.with_places(settings.corpus, settings.index)
    console.message(str(error))
    return error.exit_code


def _list(as_json: bool) -> int:
    from qa.index.service import all_indexes
    from qa.locations import indexes

    found = all_indexes()
    if as_json:
        console.data_json({"indexes": [_as_json(one) for one in found]})
        return 0
    for one in found:
        console.data(escape_line(_described(one)))
    if not found:
        console.message(f"There is no index in {indexes()}.")
    elif not all(one.there for one in found):
        console.message(
            "an index that is not wanted any more is removed with: qa index --remove PATH (or --index FOLDER)"
        )
    return 0


def _as_json(one: IndexSummary) -> dict[str, Any]:
    return {**asdict(one), "index": str(one.index), "corpus": None if one.corpus is None else str(one.corpus)}


def _described(one: IndexSummary) -> str:
    from qa.locations import index_of
    from qa.settings import Settings

    size = f"{one.bytes / 1e6:.1f} MB"
    if one.corpus is None:
        return f"{one.index} · {size} · {one.problem}"
    gone = "" if one.there else " · the documents are gone or not mounted"
    # Made when the documents lay elsewhere, or from elsewhere: PATH would not find it.
    place = "" if one.index == index_of(Settings(), one.corpus) else f" · {one.index}"
    return f"{one.corpus} · documents: {one.documents:,}, passages: {one.passages:,} · {size}{gone}{place}"


def _result(check: Check) -> str:
    if not check.wrong:
        return f"{check.checked:,} sound"
    return f"{check.wrong:,} wrong" + (f" of {check.checked:,}" if check.wrong <= check.checked else "")


def _line(name: str, value: str) -> None:
    console.data(f"{name:<14} {escape_line(value)}")
