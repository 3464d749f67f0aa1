"""`qa status`: what the index holds."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from qa.cli import console
from qa.cli.options import has_index, json_option, places, settings_of
from qa.inert import inert_line


@click.command()
@json_option
@places
def status(as_json: bool, corpus: Path | None, index: Path | None) -> int:
    """Show what the index holds, how it was made, and whether the documents have changed since.

    \b
    Example:
      qa status --json
    """
    from qa.assistant import Assistant
    from qa.errors import IndexMissing
    from qa.locations import corpus_of, index_of

    settings = settings_of(corpus, index)
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
        console.data(f"{name:<14} {inert_line(str(value))}")
    return 0
