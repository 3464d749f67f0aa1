"""`qa chat`, and `qa` alone: the chat in the terminal."""

from __future__ import annotations

import os
import sys

import click

from qa.cli.interrupts import leave_to_the_app
from qa.cli.targets import Target, targets
from qa.errors import UsageError

_NEWEST = ""


@click.command()
@click.option(
    "--resume",
    is_flag=False,
    flag_value=_NEWEST,
    metavar="[TITLE]",
    help="Go on with the past chat that has TITLE in its title, or with the newest.",
)
@targets
def chat(resume: str | None, target: Target) -> int:
    """Chat about the documents (the same as `qa` alone).

    \b
    Examples:
      qa chat --corpus ~/notes
      qa chat -c notes -c work
      qa chat --resume
    """
    return open_chat(target, resume=resume)


def open_chat(target: Target, *, resume: str | None = None) -> int:
    """Run the chat. Raises UsageError where there is no terminal to run it in."""
    if not (_in_a_browser() or _on_a_terminal()):
        raise UsageError("The chat needs a terminal.", 'For one question use: qa ask "…"')
    leave_to_the_app()
    from qa.tui import run
    from qa.workspace import FederatedWorkspace, Workspace

    if target.collections:
        return run(FederatedWorkspace(target.settings, target.collections), resume=resume)
    return run(Workspace.of(target.settings), resume=resume)


def _on_a_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _in_a_browser() -> bool:
    """Whether `qa serve` runs this: it tells Textual to speak to a browser."""
    return "WebDriver" in os.environ.get("TEXTUAL_DRIVER", "")
