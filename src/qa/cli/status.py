"""`qa status`: what the index holds, and whether all of it is as it was written."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa.cli import console
from qa.cli.options import has_index, json_option, places, settings_of
from qa.errors import IndexDamaged
from qa.inert import inert_line

if TYPE_CHECKING:
    from qa.index.verify import Check
    from qa.settings import Settings

_SOUND = 0


@click.command()
@click.option("--verify", is_flag=True, help="Check every page, document, passage, vector and word; 3 if any is wrong.")
@json_option
@places
def status(verify: bool, as_json: bool, corpus: Path | None, index: Path | None) -> int:
    """Show what the index holds, how it was made, and whether the documents have changed since.

    \b
    Examples:
      qa status --json
      qa status --verify
    """
    settings = settings_of(corpus, index)
    return _verify(settings, as_json) if verify else _show(settings, as_json)


def _show(settings: Settings, as_json: bool) -> int:
    from qa.assistant import Assistant
    from qa.errors import IndexMissing
    from qa.indexer import naming_places
    from qa.locations import corpus_of, index_of

    with naming_places(settings):
        if not has_index(settings):
            raise IndexMissing(index_of(settings, corpus_of(settings)))
    with Assistant.open(settings=settings) as assistant:
        found = assistant.status()
    if as_json:
        console.data_json({**asdict(found), "corpus": str(found.corpus), "index": str(found.index)})
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
        "changed since": ", ".join(found.stale) or "nothing",
    }
    for name, value in rows.items():
        _line(name, str(value))
    return 0


def _verify(settings: Settings, as_json: bool) -> int:
    from qa.indexer import verify_index

    found = verify_index(settings)
    if as_json:
        console.data_json({**asdict(found), "index": str(found.index), "sound": found.sound})
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


def _result(check: Check) -> str:
    if not check.wrong:
        return f"{check.checked:,} sound"
    return f"{check.wrong:,} wrong" + (f" of {check.checked:,}" if check.wrong <= check.checked else "")


def _line(name: str, value: str) -> None:
    console.data(f"{name:<14} {inert_line(value)}")
