"""Makes the man page qa.1 and commands.md from the help of the commands: python docs/reference.py [FOLDER]

click-man was tried: it finds no commands that are imported when they run, dates its pages, and fills the examples.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from qa import settings
from qa.cli.main import cli

_VERBATIM = "\b\n"
_LONGEST_SUMMARY = 200
_SECTIONS = """\
.SH EXIT STATUS
.TP
.B 0
The question was answered; another command did what it was asked to.
.TP
.B 1
The documents do not say, or nothing was found.
.TP
.B 2
Wrong use.
.TP
.B 3
Something is wrong with the corpus, the index or a model.
.TP
.B 130
Interrupted.
.PP
With
.B \\-\\-json
an error is an object with a code, a message and a hint, on standard output.
"""
_FILES = """\
.SH FILES
Where the variables of the XDG Base Directory Specification say nothing else:
.TP
.I ~/.local/share/qa/
Indexes, past chats and sessions.
.TP
.I ~/.config/qa/collections.toml
The collections.
.PP
.B qa forget
lists all that is kept, and removes it.
"""
_INTRODUCTION = """\
# Commands

What `qa COMMAND --help` says, made by `python docs/reference.py`; the man page is made of the same.
"""


@dataclass(frozen=True, slots=True)
class Described:
    """A command as its help describes it. A paragraph that begins with a backspace is kept as it is, line by line."""

    name: str
    usage: str
    paragraphs: tuple[str, ...]
    options: tuple[tuple[str, str], ...]
    summary: str


def described(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[Described]:
    """The command and all below it."""
    context = click.Context(command, info_name=name, parent=parent, **command.context_settings)
    text = inspect.cleandoc(command.help or "").partition("\f")[0]
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    yield Described(
        context.command_path,
        " ".join([context.command_path, *command.collect_usage_pieces(context)]),
        tuple(re.split(r"\n\s*\n", text.strip())),
        tuple(record for record in records if record is not None and record[1]),
        command.get_short_help_str(_LONGEST_SUMMARY),
    )
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            assert found is not None
            yield from described(found, each, context)


def variables() -> Iterator[tuple[str, str]]:
    """The environment variables, from what stands below each setting."""
    (made,) = (
        node
        for node in ast.parse(inspect.getsource(settings)).body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    )
    for node in made.body[1:]:
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                name, _, rest = " ".join(text.split()).partition(" ")
                yield name.rstrip(":,"), rest[0].upper() + rest[1:]


def man_page(commands: list[Described]) -> str:
    program, *others = commands
    parts = [
        '.TH QA 1 "" "qa" "User Commands"\n.SH NAME\n',
        f"qa \\- {_roff(_summary(program))}\n",
        f".SH SYNOPSIS\n{_roff_usage(program)}",
        f".SH DESCRIPTION\n{_roff_paragraphs(program)}",
        f".SH OPTIONS\n{_roff_options(program)}",
        ".SH COMMANDS\n",
    ]
    parts += (
        f".SS {_roff(one.name)}\n{_roff_usage(one)}.PP\n{_roff_paragraphs(one)}{_roff_options(one)}" for one in others
    )
    named = "".join(f".TP\n.B {_roff(name)}\n{_roff(text)}\n" for name, text in variables())
    return "".join([*parts, _SECTIONS, f".SH ENVIRONMENT\n{named}", _FILES])


def _summary(one: Described) -> str:
    return one.summary[0].lower() + one.summary[1:].rstrip(".")


def _roff(text: str) -> str:
    r"""`text` as it is: "-" is written \-, or a copied option would have another hyphen."""
    lines = text.replace("\\", "\\e").replace("-", "\\-").splitlines()
    return "\n".join(f"\\&{line}" if line[:1] in (".", "'") else line for line in lines)


def _roff_usage(one: Described) -> str:
    pieces = one.usage[len(one.name) :]
    return f".B {_roff(one.name)}\n{_roff(pieces.strip())}\n"


def _roff_paragraphs(one: Described) -> str:
    return "".join(
        f".PP\n.EX\n{_roff(text.removeprefix(_VERBATIM))}\n.EE\n"
        if text.startswith(_VERBATIM)
        else f".PP\n{_roff(' '.join(text.split()))}\n"
        for text in one.paragraphs
    )


def _roff_options(one: Described) -> str:
    return "".join(f".TP\n.B {_roff(names)}\n{_roff(text)}\n" for names, text in one.options)


def markdown(commands: list[Described]) -> str:
    parts = [_INTRODUCTION]
    for one in commands:
        parts.append(f"## {one.name}\n")
        parts.append(_code([one.usage]))
        parts += [_markdown_paragraph(text) for text in one.paragraphs]
        options = [f"- `{names}`: {_plain(text)}" for names, text in one.options]
        parts.append("\n".join(options) + "\n")
    return "\n".join(parts)


def _markdown_paragraph(text: str) -> str:
    if not text.startswith(_VERBATIM):
        return f"{_plain(' '.join(text.split()))}\n"
    title, *lines = text.removeprefix(_VERBATIM).splitlines()
    return f"{_plain(title)}\n\n{_code(lines)}"


def _code(lines: list[str]) -> str:
    return "".join(f"    {line.strip()}\n" for line in lines)


def _plain(text: str) -> str:
    return re.sub(r"[\\*<|]", r"\\\g<0>", text)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    commands = list(described(cli, "qa"))
    (folder / "qa.1").write_text(man_page(commands), encoding="utf-8")
    (folder / "commands.md").write_text(markdown(commands), encoding="utf-8")


if __name__ == "__main__":
    main()
