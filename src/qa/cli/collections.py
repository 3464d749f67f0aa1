"""`qa collections`: names for folders of documents, so that several can be asked at once."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from qa.cli import console
from qa.cli.completion import complete_collection
from qa.cli.options import CorpusPlaceType, json_option
from qa.errors import UsageError
from qa.text.escaping import escape_line

if TYPE_CHECKING:
    from qa.collections import Collection
    from qa.corpus_place import CorpusPlace

default_option = click.option(
    "--default/--no-default", default=None, help="Whether it is asked when no collection is named."
)


@click.group()
def collections() -> None:
    """Give folders of documents a name, and ask one or several of them.

    They are kept in collections.toml in your configuration directory, which you may edit by hand (docs/collections.md).

    \b
    Examples:
      qa collections add notes ~/notes --description "Personal notes"
      qa ask -c notes "When is the summer party?"
      qa collections list
    """


@collections.command()
@click.argument("name")
@click.argument("folder", type=CorpusPlaceType())
@click.option("--description", default="", metavar="TEXT", help="What it holds, for you and for agents.")
@default_option
def add(name: str, folder: CorpusPlace, description: str, default: bool | None) -> None:
    """Add FOLDER as the collection NAME. It is asked by default, unless you give --no-default."""
    from qa.collections import CollectionsFile
    from qa.locations import folder_of
    from qa.settings import Settings

    place = folder_of(Settings(corpus=folder))
    added = CollectionsFile().add(name, place, description=description, default=default is not False)
    console.data(escape_line(f"{added.name} is {added.folder}."))
    if not _has_index(added):
        console.message(f"the first question builds its index, or now: qa index -c {shlex.quote(added.name)}")


@collections.command(name="list")
@json_option
def list_all(as_json: bool) -> None:
    """List the collections, and whether each can be asked."""
    from qa.collections import Collections

    found = Collections.load()
    if as_json:
        console.data_json({"file": str(found.file), "collections": [_as_json(one) for one in found]})
        return
    for one in found:
        marked = "" if one.default else " · not asked by default"
        console.data(f"{console.bold(escape_line(one.name))}  {escape_line(str(one.folder))}{console.dim(marked)}")
        if one.description:
            console.data(console.paragraph(escape_line(one.description)))
        if state := _state(one):
            console.data(f"  {console.dim(state)}")
    if not found.all:
        console.message("there is no collection yet; add one with: qa collections add NAME FOLDER")


@collections.command()
@click.argument("old", shell_complete=complete_collection)
@click.argument("new")
def rename(old: str, new: str) -> None:
    """Give the collection OLD the name NEW. Its index stays."""
    from qa.collections import CollectionsFile

    renamed = CollectionsFile().rename(old, new)
    console.data(escape_line(f"{old} is {renamed.name} now."))


@collections.command()
@click.argument("name", shell_complete=complete_collection)
def remove(name: str) -> None:
    """Forget the collection NAME. Its documents and its index stay."""
    from qa.collections import CollectionsFile

    removed = CollectionsFile().remove(name)
    console.data(escape_line(f"{removed.name} is no longer a collection; the documents in {removed.folder} stay."))
    if _has_index(removed):
        folder = shlex.quote(str(removed.folder))
        console.message(f"its index, which holds the documents' text, is deleted with: qa index --remove {folder}")


@collections.command()
@click.argument("name", shell_complete=complete_collection)
@click.argument("text", required=False)
@default_option
def describe(name: str, text: str | None, default: bool | None) -> None:
    """Say what the collection NAME holds, for you and for agents; or whether it is asked by default."""
    from qa.collections import CollectionsFile

    if text is None and default is None:
        raise UsageError("Give a description, --default or --no-default.", 'qa collections describe notes "My notes"')
    described = CollectionsFile().describe(name, text, default=default)
    asked = "asked by default" if described.default else "asked when it is named"
    about = f": {described.description}" if described.description else ""
    console.data(escape_line(f"{described.name} ({asked}){about}"))


def _as_json(one: Collection) -> dict[str, Any]:
    return {
        "name": one.name,
        "folder": str(one.folder),
        "description": one.description,
        "default": one.default,
        "include": list(one.include),
        "exclude": list(one.exclude),
        "there": one.folder.exists(),
        "indexed": _has_index(one),
    }


def _state(one: Collection) -> str:
    """What keeps a collection from being asked."""
    there, indexed = one.folder.exists(), _has_index(one)
    if not there:
        return "the folder is not there; its index answers" if indexed else "the folder is not there, and no index"
    return "" if indexed else "no index yet"


def _has_index(one: Collection) -> bool:
    from qa.cli.options import has_index
    from qa.settings import Settings

    return has_index(one.settings(Settings()))
