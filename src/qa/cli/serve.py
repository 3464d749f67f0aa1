"""`qa serve`: the chat in a browser, on this machine alone unless told otherwise."""

from __future__ import annotations

import shlex
import sys

import click

from qa.cli import console
from qa.cli.interrupts import leave_to_the_app
from qa.cli.targets import Target, targets
from qa.errors import UsageError

_LOCAL = "127.0.0.1"


@click.command()
@click.option("--host", default=_LOCAL, show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port to listen at.")
@targets
def serve(host: str, port: int, target: Target) -> int:
    """Show the chat in a browser. Needs the extra qa[web].

    Only this machine can open it, unless --host names another address: then everyone who can reach that address can ask
    the documents and read the past chats. There is no password, and what is sent is not encrypted.

    \b
    Example:
      qa serve --corpus ~/notes
    """
    try:
        from qa.cli.serving import QaServer, is_local
    except ImportError as error:
        raise UsageError("qa serve needs the extra qa[web].", "Install it with: pip install 'qa[web]'") from error
    server = QaServer(_command(target), host, port)
    if not is_local(host):
        console.message(
            f"Warning: everyone who can reach {host} can ask these documents and read their past chats, without a"
            " password. Leave out --host to serve this machine alone."
        )
    address = f"[{host}]" if ":" in host else host
    console.message(f"The chat is at http://{address}:{port} until you press Ctrl+C.")
    leave_to_the_app()
    server.serve()
    return 0


def _command(target: Target) -> str:
    """The shell command of a chat over what is meant, from wherever it is run."""
    from qa.workspace import Workspace

    words = [sys.executable, "-P", "-m", "qa", "chat"]
    if target.collections:
        return shlex.join([*words, *target.words])
    workspace = Workspace.of(target.settings)
    return shlex.join([*words, "--corpus", str(workspace.corpus), "--index", str(workspace.settings.index)])
