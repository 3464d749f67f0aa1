"""`qa token`: who may ask a server that others can reach."""

from __future__ import annotations

import click

from qa.cli import console


@click.group()
def token() -> None:
    """Tokens for `qa serve`: callers show them, and each may ask certain collections.

    \b
    Examples:
      qa token create alice --collections notes,work
      qa token list
      qa token revoke alice
    """


@token.command()
@click.argument("name")
@click.option(
    "--collections", "names", multiple=True, metavar="NAMES",
    help="Collections that it may ask, with commas between them. [default: all, also later ones]",
)  # fmt: skip
def create(name: str, names: tuple[str, ...]) -> int:
    """Make a token and print it. It is shown this once: what is kept is a hash."""
    from qa.collections import Collections
    from qa.tokens import TokensFile

    wanted = [one.strip() for several in names for one in several.split(",") if one.strip()]
    if wanted:
        Collections.load().named(wanted)
    secret = TokensFile().create(name, wanted or None)
    console.data(secret)
    console.message("Keep it: it is not shown again. Callers send it as: Authorization: Bearer TOKEN")
    return 0


@token.command("list")
def listed() -> int:
    """Name the tokens and what each may ask."""
    from qa.tokens import TokensFile

    tokens = TokensFile().all()
    for one in tokens:
        asks = "all collections" if one.collections is None else ", ".join(one.collections)
        console.data(f"{one.name}  {asks}  since {one.created}")
    if not tokens:
        console.message("There are no tokens. Make one with: qa token create NAME")
    return 0


@token.command()
@click.argument("name")
def revoke(name: str) -> int:
    """Turn a token away from now on, also at servers that are running."""
    from qa.tokens import TokensFile

    TokensFile().revoke(name)
    return 0
