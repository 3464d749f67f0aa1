"""`qa ask`: one question, or a file of them."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa.answers import AnswerKind
from qa.cli import console
from qa.cli.completion import complete_session
from qa.cli.options import (
    filters,
    json_option,
    least_confidence,
    min_confidence_option,
    strict_option,
)
from qa.cli.presenting import present, server_to_write, write_option, yes_option
from qa.cli.targets import Target, say_left_out, targets
from qa.errors import CorpusMissing, DocumentUnreadable, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.answers import Answer
    from qa.conversation.storage.sessions import Session
    from qa.federated import AnyAssistant
    from qa.filters import Filter

_ANSWERED, _NOT_ANSWERED = 0, 1
_MOST_READ = 4_000_000
"""Bytes of standard input: enough to say how much too long a question is, too few to fill the memory."""


@click.command()
@click.argument("question", nargs=-1)
@click.option(
    "--batch",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help='Ask every line of FILE, or of standard input with "-" (needs --json).',
)
@click.option(
    "--session",
    metavar="NAME",
    shell_complete=complete_session,
    help="Go on with the conversation NAME, so that QUESTION may be a follow-up.",
)
@click.option("--new", is_flag=True, help="Begin the session anew: forget its earlier turns.")
@min_confidence_option
@strict_option
@write_option
@yes_option
@json_option
@filters
@targets
def ask(
    question: tuple[str, ...],
    batch: Path | None,
    session: str | None,
    new: bool,
    min_confidence: float | None,
    strict: bool,
    write: bool,
    yes: bool,
    as_json: bool,
    only: Filter | None,
    target: Target,
) -> int:
    """Answer QUESTION from the documents; "-" reads it from standard input. Quotes keep "?" and "'" from the shell.

    Where qa is less sure, the answer begins with "Perhaps:"; --strict refuses such answers.

    Exit code: 0 answered, firmly or tentatively, 1 the documents do not say, 2 wrong use, 3 something is wrong with the
    corpus or the index.

    \b
    Examples:
      qa ask "How many Russian military personnel are at the Kant airbase?"
      qa ask --json "Which planes does Russia fly from the Kant airbase?" | jq .citation.line
      qa ask -c notes -c work "When is the summer party?"
      qa ask --path 'minutes/**' --after 2024-01-01 "Who chairs the board?"
      qa ask --session kant "How many Russian military personnel are at the Kant airbase?"
      qa ask --session kant "Which planes do they fly there?"
      qa ask --batch questions.txt --json > answers.jsonl
      tail -f questions.txt | qa ask --batch - --json

    FILE holds one question a line, or JSON Lines with "question" and, if you like, "id" and "session", which are
    passed through; rows of one session are the turns of one conversation. From standard input each line is answered as soon
    as it is read. A row that cannot be asked gives an object with "error" and its "line", and exit code 2 at the end.

    With --write, a language model server of your own (QA_LLM_URL) words the answer anew; each of its sentences is checked
    against the documents (docs/writing.md).

    In a session, "Are you sure?", "Which ones?", "Where does it say that?" and "Show me more" are about the last answer.
    """
    if (not question) == (batch is None):
        raise UsageError("Give one question, or --batch FILE.", 'For example: qa ask "When is the summer party?"')
    if batch is not None:
        from qa.cli.batch import ask_all

        if not as_json:
            raise UsageError("--batch gives JSON Lines.", "Add --json.")
        if session is not None:
            raise UsageError("--batch takes sessions from its rows.", 'Give each row its "session".')
        if write:
            raise UsageError("--write is about one question.", "Leave out --batch.")
        return ask_all(batch, min_confidence, strict, only, target)
    if new and session is None:
        raise UsageError("--new is about a session.", "Add --session NAME.")
    from qa.pipeline.questions import checked_question

    asked = checked_question(_from_standard_input() if question == ("-",) else " ".join(question))
    kept = _session(session, new, target) if session is not None else None
    server = server_to_write(yes=yes) if write else None
    target.announce(as_json=as_json)
    with target.open() as assistant:
        stale = caught_up(assistant, target)
        least = least_confidence(assistant, min_confidence, strict=strict)
        if kept is not None:
            from qa.cli.session import ask_in_session

            answer = ask_in_session(
                assistant, kept, asked, only=only, min_confidence=least, as_json=as_json, stale=stale, server=server
            )
        else:
            answer = assistant.ask(asked, only=only, min_confidence=least)
            present(answer, assistant, server, as_json=as_json, stale=stale)
        hint_if_stale(assistant, target, stale or (), answer)
        say_left_out(assistant)
    was_said = answer.kind is AnswerKind.TALK and not answer.searched
    return _ANSWERED if answer.answered or was_said else _NOT_ANSWERED


def _session(name: str, new: bool, target: Target) -> Session:
    from qa.conversation.storage.sessions import Session

    session = Session(name, target.key)
    if new:
        session.forget()
    return session


def caught_up(assistant: AnyAssistant, target: Target) -> tuple[str, ...] | None:
    """Take in small changes of the documents; the paths that are still stale, None where the documents are gone or in object
    storage, which is not asked."""
    if target.is_in_storage:
        return None
    try:
        return assistant.catch_up()
    except CorpusMissing as error:
        console.message(f"The answer is from the index alone. {error}")
        return None


def hint_if_stale(assistant: AnyAssistant, target: Target, stale: Sequence[str], answer: Answer | None = None) -> None:
    """Say so on stderr when the documents have changed since they were indexed; first of all the one that `answer` stands
    in."""
    if answer is not None and answer.citation is not None and answer.citation.path in stale:
        console.message(
            f"{answer.citation.path}, where this stands, {_what_became_of(answer.citation.path, assistant)}"
        )
    if stale:
        files = "1 file has" if len(stale) == 1 else f"{len(stale)} files have"
        console.message(
            f"{files} changed since the index was built; bring it up to date with: {shlex.join(_update_command(target))}"
        )


def _what_became_of(path: str, assistant: AnyAssistant) -> str:
    try:
        assistant.file_of(path)
    except DocumentUnreadable:
        return "is no longer there: this is what it said when it was indexed."
    return "has changed since: this is what it said when it was indexed."


def _update_command(target: Target) -> list[str]:
    """`qa index` with what this call was given."""
    return ["qa", "index", *(word for word in target.words if word != "--corpus")]


def _from_standard_input() -> str:
    if sys.stdin is None:
        return ""
    return sys.stdin.buffer.read(_MOST_READ).decode("utf-8-sig", "replace")
