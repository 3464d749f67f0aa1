"""`qa serve`: the documents over HTTP, for programs and for browsers, on this machine alone unless told otherwise."""

from __future__ import annotations

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa.cli import console
from qa.cli.interrupts import leave_to_the_app
from qa.cli.mcp import service_over
from qa.cli.options import corpus_option, index_option
from qa.cli.targets import Target, collections_option
from qa.errors import UsageError

if TYPE_CHECKING:
    from qa.corpus_place import CorpusPlace
    from qa.hosting.listening import Listening
    from qa.index_place import IndexPlace
    from qa.web.access import Access

_LOCAL = "127.0.0.1"
_NEEDED = ("prometheus_client", "pydantic", "re2", "starlette", "uvicorn")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--host", default=_LOCAL, show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port to listen at.")
@click.option(
    "--allow-host", "allowed", multiple=True, metavar="NAME", help="Another name by which the server is reached."
)
@click.option("--tokens", "with_tokens", is_flag=True, help="Ask for tokens on this machine, too.")
@click.option(
    "--no-auth", is_flag=True, help="With a --host that is not this machine: serve everyone who can reach it."
)
@click.option("--certfile", type=_FILE, metavar="FILE", help="Serve by TLS with this certificate (PEM).")
@click.option("--keyfile", type=_FILE, metavar="FILE", help="Its key, where the certificate's file does not hold it.")
@click.option(
    "--workers", type=click.IntRange(1, 64), metavar="N",
    help="Questions worked on at a time. [default: one more than there are cores]",
)  # fmt: skip
@click.option(
    "--queue", type=click.IntRange(0, 10_000), default=128, show_default=True, metavar="N",
    help="Questions that may wait for their turn; more are turned away.",
)  # fmt: skip
@click.option(
    "--max-wait", type=click.FloatRange(min=0.1), default=3.0, show_default=True, metavar="SECONDS",
    help="Turn a question away if it would wait for longer.",
)  # fmt: skip
@click.option(
    "--writers", type=click.IntRange(0, 64), default=4, show_default=True, metavar="N",
    help="Answers that your language model writes at a time where callers want that (docs/writing.md); 0: none.",
)  # fmt: skip
@click.option(
    "--rate", type=click.IntRange(0, 100_000), metavar="N",
    help="Questions of one caller in a minute, 0 for any number. [default: 0 on this machine, else 300]",
)  # fmt: skip
@click.option(
    "--trust-proxy", "proxies", multiple=True, metavar="ADDRESS",
    help="Believe a proxy at this address when it says whom a request comes from (X-Forwarded-For).",
)  # fmt: skip
@click.option(
    "--log-questions", is_flag=True, help="Write what is asked into the log; else it has only who, what and when."
)
@click.option(
    "--conversations", metavar="PLACE", envvar="QA_CONVERSATIONS",
    help="Where conversations are kept: a file, sqlite:///PATH or postgresql://USER@HOST:PORT/NAME, which several servers"
    " may share. [default: QA_CONVERSATIONS, or a file in the user's data directory]",
)  # fmt: skip
@click.option("--terminal", is_flag=True, help="Show the terminal's chat in a browser instead.")
@collections_option
@corpus_option
@index_option
def serve(
    host: str,
    port: int,
    allowed: tuple[str, ...],
    with_tokens: bool,
    no_auth: bool,
    certfile: Path | None,
    keyfile: Path | None,
    workers: int | None,
    queue: int,
    max_wait: float,
    writers: int,
    rate: int | None,
    proxies: tuple[str, ...],
    log_questions: bool,
    conversations: str | None,
    terminal: bool,
    names: tuple[str, ...],
    corpus: CorpusPlace | None,
    index: IndexPlace | None,
) -> int:
    """Serve the documents over HTTP: an API (docs/http-api.md) and a page to ask them. Needs the extra qa[web].

    Only this machine can reach it, unless --host names another address. It then starts only if there are tokens
    (qa token create NAME), which callers show, or with --no-auth. What is sent is encrypted with --certfile and --keyfile.

    \b
    Examples:
      qa serve -c notes -c work
      qa serve --host 192.168.1.7 --certfile qa.pem --keyfile qa.key
      qa serve --conversations postgresql://qa@db.example.org/qa
      qa serve --terminal
    """
    target = Target.of(names, corpus, index)
    if terminal:
        return _serve_terminal(host, port, target, no_auth=no_auth)
    if any(find_spec(name) is None for name in _NEEDED):
        raise UsageError("qa serve needs the extra qa[web].", "Install it with: pip install 'qa[web]'")
    if keyfile is not None and certfile is None:
        raise UsageError("--keyfile is the key of a certificate.", "Add --certfile FILE.")
    from qa.hosting.listening import listening_on

    listening = listening_on(host.removeprefix("[").removesuffix("]"), port, allowed)
    access = _access(listening, with_tokens=with_tokens, no_auth=no_auth)
    leave_to_the_app()
    from qa.web.access import OpenAccess
    from qa.web.conversations_place import conversations_place
    from qa.web.http_server import Tls, serve_http
    from qa.web.limits import Limits

    default_rate = 0 if listening.is_local else 300
    limits = Limits(
        workers=workers or 0,
        waiting=queue,
        # Where callers can be told apart, none of them takes all the places.
        share=queue if isinstance(access, OpenAccess) else queue // 2,
        wait_seconds=max_wait,
        rate=default_rate if rate is None else rate,
        writers=writers,
        writers_of_caller=writers if isinstance(access, OpenAccess) else (writers + 1) // 2,
    )
    address = listening.url if certfile is None else listening.url.replace("http:", "https:", 1)
    serve_http(
        service_over(target, names),
        listening,
        access=access,
        limits=limits,
        conversations=None if conversations is None else conversations_place(conversations),
        tls=None if certfile is None else Tls(certfile, keyfile),
        proxies=proxies,
        log_questions=log_questions,
        ready=lambda: console.message(f"Serving {address} until you press Ctrl+C."),
    )
    return 0


def _access(listening: Listening, *, with_tokens: bool, no_auth: bool) -> Access:
    """How callers prove who they are. Raises UsageError where anybody could read the documents unasked."""
    from qa.tokens import TokensFile
    from qa.web.access import OpenAccess, TokenAccess

    if with_tokens and no_auth:
        raise UsageError("--tokens and --no-auth cannot both be.", "Give either.")
    if no_auth or (listening.is_local and not with_tokens):
        if not listening.is_local:
            console.message(f"Warning: everyone who can reach {listening.host} can read these documents.")
        return OpenAccess(private=not listening.is_local)
    tokens = TokensFile()
    if not tokens.all():
        raise UsageError(
            "There is no token that a caller could show.",
            "Make one with: qa token create NAME (or let everyone in who can reach it: --no-auth)",
        )
    return TokenAccess(tokens)


def _serve_terminal(host: str, port: int, target: Target, *, no_auth: bool) -> int:
    """There are no tokens for the terminal's chat."""
    try:
        from qa.cli.serving import QaServer, is_local
    except ImportError as error:
        raise UsageError("qa serve needs the extra qa[web].", "Install it with: pip install 'qa[web]'") from error
    if not is_local(host) and not no_auth:
        raise UsageError(
            f"Everyone who can reach {host} could ask these documents and read their past chats.",
            "Leave out --host to serve this machine alone, or say --no-auth.",
        )
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
