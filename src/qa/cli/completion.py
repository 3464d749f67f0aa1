"""`qa completion`: the script that lets a shell complete commands, options, and the names of collections and sessions.

The script is click's own; on every TAB it runs `qa` with the words so far, which imports no model. A name is offered only if it
stands for itself in every shell: it is put into the command line as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from qa.cli import console
from qa.errors import QaError
from qa.text.escaping import escape_line

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_QA_COMPLETE"
_STANDS_FOR_ITSELF = re.compile(r"[\w.@%+/][\w.@%+/-]*")
_WIDEST_HELP = 60


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> int:
    """Print the script that completes qa's commands, options, and names of collections and sessions in SHELL.

    \b
    Examples:
      echo 'eval "$(qa completion bash)"' >> ~/.bashrc
      echo 'eval "$(qa completion zsh)"' >> ~/.zshrc
      qa completion fish > ~/.config/fish/completions/qa.fish
    """
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    assert made is not None
    console.data(made(click.get_current_context().find_root().command, {}, "qa", _VARIABLE).source())
    return 0


def complete_collection(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Completes names of collections: after `-c`, and as arguments."""
    from qa.collections import Collections

    with suppress(QaError, OSError):
        return _items({one.name: one.description for one in Collections.load()}, incomplete)
    return []


def complete_session(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Completes names after `--session`: the sessions about what the words so far ask."""
    from qa.cli.targets import Target
    from qa.conversation.storage.sessions import session_names

    # `qa -c notes ask --session` means what `qa ask -c notes --session` does.
    root: Mapping[str, Any] = context.find_root().params
    given = {name: context.params.get(name) or root.get(name) for name in ("names", "corpus", "index")}
    with suppress(QaError, OSError):
        target = Target.of(tuple(given["names"] or ()), given["corpus"], given["index"])
        return _items(dict.fromkeys(session_names(target.key), ""), incomplete)
    return []


def _items(names: Mapping[str, str], incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(name, help=escape_line(names[name])[:_WIDEST_HELP] or None)
        for name in _offered(names)
        if name.startswith(incomplete)
    ]


def _offered(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if _STANDS_FOR_ITSELF.fullmatch(name))
