"""`qa chat`, and `qa` alone: the chat in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa.cli.options import places, settings_of
from qa.errors import UsageError

if TYPE_CHECKING:
    from qa.assistant import Assistant


@click.command()
@places
def chat(corpus: Path | None, index: Path | None) -> int:
    """Chat about the documents (the same as `qa` alone).

    \b
    Example:
      qa chat --corpus ~/notes
    """
    return open_chat(corpus, index)


def open_chat(corpus: Path | None, index: Path | None) -> int:
    """Run the chat. Raises UsageError where there is no terminal to run it in."""
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("The chat needs a terminal.", 'For one question use: qa ask "…"')
    from qa.tui import run

    settings = settings_of(corpus, index)

    def open_assistant() -> Assistant:
        from qa.assistant import Assistant

        return Assistant.open(settings=settings)

    return run(open_assistant)
