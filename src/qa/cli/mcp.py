"""`qa mcp`: the documents for agents, by the Model Context Protocol."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from qa.cli import console
from qa.cli.interrupts import leave_to_the_app
from qa.cli.options import corpus_option, index_option
from qa.cli.targets import Target, collections_option
from qa.errors import UsageError

if TYPE_CHECKING:
    from qa.corpus_place import CorpusPlace
    from qa.hosting.document_service import DocumentService
    from qa.index_place import IndexPlace


@click.command()
@click.option(
    "--http",
    metavar="[HOST:]PORT",
    help="Serve streamable HTTP at http://HOST:PORT/mcp instead of standard input and output. [HOST: 127.0.0.1]",
)
@click.option(
    "--allow-host",
    "allowed",
    multiple=True,
    metavar="NAME",
    help="With --http, another name by which the server is reached; others are turned away.",
)
@click.option(
    "--no-auth", is_flag=True, help="With --http and a HOST that is not this machine: serve everyone who can reach it."
)
@collections_option
@corpus_option
@index_option
def mcp(
    http: str | None,
    allowed: tuple[str, ...],
    no_auth: bool,
    names: tuple[str, ...],
    corpus: CorpusPlace | None,
    index: IndexPlace | None,
) -> int:
    """Serve the documents to agents (Claude, Cursor, VS Code and others). Needs the extra qa[mcp].

    The client starts this and speaks to it over standard input and output. Without -c all collections can be asked, and those
    that are marked as default are asked when none is named. docs/agents.md shows how clients are configured.

    \b
    Examples:
      claude mcp add qa -- qa mcp
      qa mcp -c notes -c work
      qa mcp --http 8000
    """
    if find_spec("mcp") is None:
        raise UsageError("qa mcp needs the extra qa[mcp].", "Install it with: pip install 'qa[mcp]'")
    service = service_over(Target.of(names, corpus, index), names)
    leave_to_the_app()
    if http is None:
        if allowed or no_auth:
            raise UsageError("--allow-host and --no-auth go with --http.")
        from qa.mcp.wire import Wire

        wire = Wire.claim()
        wire.greet()
        service.start()
        with _quick_imports():
            from qa.mcp.running import serve_stdio
        serve_stdio(service, wire)
        return 0
    _serve_http(service, http, allowed, no_auth=no_auth)
    return 0


@contextmanager
def _quick_imports() -> Iterator[None]:
    """The SDK makes so many objects that are there to stay that looking for garbage among them takes a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def service_over(target: Target, names: tuple[str, ...]) -> DocumentService:
    """Over the collections that are named, or the corpus; else over all collections, also those that come to them later."""
    from qa.collections import Collections, FollowedFile, collection_of
    from qa.hosting.document_service import DocumentService

    if names:
        return DocumentService(target.settings, target.collections)
    if target.is_corpus:
        return DocumentService(target.settings, [collection_of(target.settings)])
    if target.collections:
        return DocumentService(target.settings, Collections.load().all, target.collections, followed=FollowedFile())
    return DocumentService(target.settings, [collection_of(target.settings)], followed=FollowedFile())


def _serve_http(service: DocumentService, http: str, allowed: tuple[str, ...], *, no_auth: bool) -> None:
    with _quick_imports():
        from qa.hosting.listening import listening_at
        from qa.mcp.running import serve_http

    listening = listening_at(http, allowed)
    if not listening.is_local:
        if not no_auth:
            raise UsageError(
                f"Everyone who can reach {listening.host} could read these documents: there is no password.",
                "Leave out HOST to serve this machine alone, or say --no-auth.",
            )
        console.message(f"Warning: everyone who can reach {listening.host} can read these documents.")
    serve_http(service, listening, lambda: console.message(f"serving {listening.url}/mcp until you press Ctrl+C."))
