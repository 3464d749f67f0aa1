"""`qa schema`: the JSON Schema of what a command prints with --json."""

from __future__ import annotations

import json

import click

from qa.cli import console
from qa.errors import UsageError


@click.command()
@click.argument("name", required=False)
def schema(name: str | None) -> int:
    """Print the JSON Schema (draft 2020-12) of what the command NAME prints with --json; without NAME, list them.

    "batch" is for the lines of qa ask --batch, "error" for what every command prints that fails.

    \b
    Examples:
      qa schema
      qa schema ask > ask.schema.json
    """
    from qa.schemas import names
    from qa.schemas import schema as schema_of

    if name is None:
        for each in names():
            console.data(f"{each:<12} {schema_of(each)['title']}")
        return 0
    if name not in names():
        raise UsageError(f"There is no schema {name[:40]!r}.", f"There are {', '.join(names())}.")
    console.data(json.dumps(schema_of(name), indent=2))
    return 0
