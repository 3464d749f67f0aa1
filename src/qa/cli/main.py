"""The `qa` command: finds the subcommand, turns errors into one line on stderr and an exit code.

With --json an error is also an object on stdout, so that what reads stdout never finds it empty.

Exit codes are grep's: 0 answered, 1 the documents do not say, 2 wrong use, 3 something is wrong with the corpus, the index
or a model, 130 interrupted.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from itertools import takewhile
from typing import TYPE_CHECKING

import click

from qa.cli import console
from qa.cli.interrupts import INTERRUPTED
from qa.cli.options import places
from qa.cli.targets import Target, collections_option
from qa.errors import QaError, SystemRefused, UsageError
from qa.text.escaping import escape_line

if TYPE_CHECKING:
    from qa.corpus_place import CorpusPlace
    from qa.index_place import IndexPlace

_COMMANDS = {
    "ask": "qa.cli.ask:ask",
    "chat": "qa.cli.chat:chat",
    "collections": "qa.cli.collections:collections",
    "completion": "qa.cli.completion:completion",
    "eval": "qa.cli.evaluate:evaluate",
    "forget": "qa.cli.forget:forget",
    "index": "qa.cli.index:index",
    "llm": "qa.cli.llm:llm",
    "mcp": "qa.cli.mcp:mcp",
    "schema": "qa.cli.schema:schema",
    "search": "qa.cli.search:search",
    "serve": "qa.cli.serve:serve",
    "status": "qa.cli.status:status",
    "token": "qa.cli.token:token",
}


class _LazyGroup(click.Group):
    """Imports a command's module when that command runs, so that `qa --help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in _COMMANDS or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        from difflib import get_close_matches

        near = get_close_matches(args[0], _COMMANDS, 1)
        question = args[0] if " " in args[0].strip() else "When is the summer party?"
        hint = f"Did you mean qa {near[0]}?" if near else f"To ask a question: qa ask {shlex.quote(question)}"
        raise UsageError(f"There is no command {args[0][:40]!r}.", hint)


@click.group(cls=_LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="qa", message="%(version)s")
@places
@collections_option
@click.pass_context
def cli(
    context: click.Context, corpus: CorpusPlace | None, index: IndexPlace | None, names: tuple[str, ...]
) -> int | None:
    """Answers from your own documents, word for word, with the place they stand.

    Without a command, the chat opens.

    \b
    Examples:
      qa                                                   a chat
      qa ask "How long may Russia use the base?"           one question
      qa ask --corpus ~/notes "When is the party?"         of a folder of yours
      qa -c notes -c work                                  a chat about two collections
    """
    if context.invoked_subcommand is not None:
        # `qa --corpus X ask` means what `qa ask --corpus X` means.
        given = {"corpus": corpus, "index": index, "names": names or None}
        context.default_map = {name: {k: v for k, v in given.items() if v is not None} for name in _COMMANDS}
        return None
    from qa.cli.chat import open_chat

    return open_chat(Target.of(names, corpus, index))


def main() -> None:
    """The entry point."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """The exit code of `qa ARGUMENTS`. No error that a user can cause ends in a traceback."""
    console.make_output_safe()
    try:
        return _run(arguments)
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except (console.OutputClosed, BrokenPipeError):
        _discard_output()
        return 0
    except OSError as error:
        refused = SystemRefused(error)
        with suppress(OSError, console.OutputClosed):
            _tell_programs(refused, arguments)
        _discard_output()
        console.message(str(refused))
        return refused.exit_code


def _run(arguments: Sequence[str]) -> int:
    try:
        code = cli.main(args=list(arguments), prog_name="qa", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        message = escape_line(error.format_message())
        context = getattr(error, "ctx", None)
        click.UsageError(message, context).show()
        hint = f"Try: {context.command_path} --help" if context is not None else ""
        _tell_programs(UsageError(message, hint), arguments)
        return error.exit_code
    except QaError as error:
        console.message(str(error))
        _tell_programs(error, arguments)
        return error.exit_code


def _tell_programs(error: QaError, arguments: Sequence[str]) -> None:
    """The error as JSON on stdout, if --json was given; for a command that could not be found, too."""
    words = takewhile(lambda word: word != "--", arguments)
    if "--json" in words:
        console.data_json({"error": error.as_dict()})


def _discard_output() -> None:
    """The interpreter must not complain when it flushes what cannot be written any more."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
