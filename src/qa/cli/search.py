"""`qa search`: the nearest passages, no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qa.cli import console
from qa.cli.ask import caught_up, hint_if_stale
from qa.cli.options import filters, json_option
from qa.cli.show import place_of, shortened
from qa.cli.targets import Target, say_left_out, targets

if TYPE_CHECKING:
    from qa.filters import Filter

_FOUND, _NOTHING_FOUND = 0, 1


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("-n", "--limit", type=click.IntRange(1, 100), default=5, show_default=True, help="How many passages.")
@json_option
@filters
@targets
def search(query: tuple[str, ...], limit: int, as_json: bool, only: Filter | None, target: Target) -> int:
    """Show the passages nearest to QUERY, best first. Exit code 1: nothing was found.

    \b
    Examples:
      qa search -n 3 "gas imports from Turkmenistan"
      qa search -c notes -c work "the summer party"
      qa search --path 'reports/**' --ext pdf --after 2024-01-01 "gas imports"
    """
    wanted = " ".join(query)
    target.announce(as_json=as_json)
    with target.open() as assistant:
        stale = caught_up(assistant, target)
        found = [passage for passage in assistant.search(wanted, limit, only=only) if passage.is_near]
        if as_json:
            console.data_json({"query": wanted, "passages": [one.as_dict() for one in found], "stale": stale})
        else:
            for passage in found:
                console.data(f"{console.bold(place_of(passage))}  {console.dim(f'{passage.score:.2f}')}")
                console.data(console.paragraph(shortened(passage.text)))
                console.data()
        if not found:
            console.message("No passage is near to this: try other words.")
        hint_if_stale(assistant, target, stale or ())
        say_left_out(assistant)
    return _FOUND if found else _NOTHING_FOUND
