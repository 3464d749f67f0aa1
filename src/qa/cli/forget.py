"""`qa forget`: says what qa keeps on this machine, and removes what is asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from qa.cli import console
from qa.cli.options import json_option
from qa.errors import QaError, UsageError
from qa.text.escaping import escape_line

if TYPE_CHECKING:
    from qa.local_data import Kept, Kind

_REMOVED, _DECLINED = 0, 1


@click.command()
@click.option("--chats", is_flag=True, help="Remove all past chats.")
@click.option("--sessions", is_flag=True, help="Remove the conversations of qa ask --session.")
@click.option("--indexes", is_flag=True, help="Remove the indexes, and with them all text that was indexed.")
@click.option("--collections", is_flag=True, help="Remove the names of collections.")
@click.option("--web", is_flag=True, help="Remove the conversations of qa serve, and the tokens of its callers.")
@click.option("--all", "every", is_flag=True, help="Remove all of these.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")
@json_option
def forget(every: bool, yes: bool, as_json: bool, **kinds: bool) -> int:
    """List what qa keeps on this machine; with options, remove it. Your documents stay in any case.

    Only files that qa wrote are removed, and links are not followed. What another qa is writing at that moment stays and
    is named (exit code 3). An index that was made elsewhere with --index is not known here: qa index --remove --index
    FOLDER. One folder's index alone: qa index --remove PATH.

    \b
    Examples:
      qa forget
      qa forget --chats --sessions
      qa forget --all --yes
    """
    from qa.local_data import Kind, kept
    from qa.settings import Settings

    found = kept(Settings.from_environment())
    chosen = [kind for kind in Kind if every or kinds[kind]]
    if not chosen:
        if yes:
            raise UsageError("--yes goes with what is to be removed.", "For example: qa forget --chats --yes")
        _list(found, as_json)
        return _REMOVED
    wanted = [one for one in found if one.kind in chosen]
    if wanted and not yes and not _confirmed(wanted, console.message if as_json else console.data):
        console.message("nothing was removed.")
        return _DECLINED
    return _remove(wanted, as_json)


def _list(found: Sequence[Kept], as_json: bool) -> None:
    from qa.local_data import Kind

    if as_json:
        console.data_json({"kept": [_as_json(one) for one in found], "bytes": sum(one.bytes for one in found)})
        return
    for kind in Kind:
        _show(kind, [one for one in found if one.kind is kind])
    console.data(f"{console.bold('all')}  {_size(found)} · removed by: qa forget --all")


def _show(kind: Kind, found: Sequence[Kept]) -> None:
    option = f"removed by: qa forget --{kind}" if found else "none"
    size = f"{_size(found)} · " if found else ""
    console.data(f"{console.bold(kind)}  {console.dim(f'{size}{option}')}")
    for one in found:
        console.data(f"  {_line(one)}")


def _line(one: Kept) -> str:
    about = f"{one.about} · " if one.about else ""
    stays = f" · {one.hindrance.what}" if one.hindrance is not None else ""
    return escape_line(f"{about}{_bytes(one.bytes)} · {one.path}{stays}")


def _confirmed(wanted: Sequence[Kept], say: Callable[[str], None]) -> bool:
    """Whether a person says yes to what is to be removed. Raises UsageError where there is nobody to ask."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("Nothing was removed: there is nobody at a terminal to confirm it.", "Add --yes.")
    for one in wanted:
        say(_line(one))
    return click.confirm(f"Remove this for good ({_size(wanted)})?", err=True)


def _remove(wanted: Sequence[Kept], as_json: bool) -> int:
    from qa.local_data import Kind, foreign_files, remove, remove_empty_folders

    removed: list[dict[str, Any]] = []
    left: list[dict[str, Any]] = []
    code = _REMOVED
    for one in wanted:
        try:
            freed = remove(one)
        except QaError as error:
            console.message(str(error))
            left.append({"kind": one.kind, "path": str(one.path), "error": error.as_dict()})
            code = error.exit_code
            continue
        removed.append({"kind": one.kind, "path": str(one.path), "bytes": freed})
        if not as_json:
            console.data(escape_line(f"removed {one.path} ({_bytes(freed)})"))
        if one.kind is Kind.INDEXES and (others := foreign_files(one.path)):
            console.message(f"{one.path} stays, with what qa did not write: {', '.join(each.name for each in others)}")
    remove_empty_folders()
    if as_json:
        console.data_json({"removed": removed, "left": left, "bytes": sum(one["bytes"] for one in removed)})
    elif not wanted:
        console.message("there is nothing to remove.")
    return code


def _as_json(one: Kept) -> dict[str, Any]:
    error = None if one.hindrance is None else one.hindrance.as_dict()
    return {"kind": one.kind, "path": str(one.path), "bytes": one.bytes, "about": one.about, "error": error}


def _size(found: Sequence[Kept]) -> str:
    return _bytes(sum(one.bytes for one in found))


def _bytes(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number >= 100_000 else f"{number / 1e3:.1f} kB"
