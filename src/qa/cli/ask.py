"""`qa ask`: one question, or a file of them."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa.cli import console
from qa.cli.options import filters, json_option, min_confidence_option, open_assistant, places
from qa.errors import CorpusMissing, UsageError
from qa.inert import inert_line

if TYPE_CHECKING:
    from qa.answers import Answer, Candidate, Citation, RetrievedPassage
    from qa.assistant import Assistant
    from qa.filters import Filter

_ANSWERED, _NOT_ANSWERED = 0, 1
_NEAREST = 3
_MOST_SHOWN = 280
_MOST_READ = 4_000_000
"""Bytes of standard input: enough to say how much too long a question is, too few to fill the memory."""


@click.command()
@click.argument("question", required=False)
@click.option("--batch", type=click.Path(path_type=Path), metavar="FILE", help="Ask every line of FILE (needs --json).")
@min_confidence_option
@json_option
@filters
@places
def ask(
    question: str | None,
    batch: Path | None,
    min_confidence: float | None,
    as_json: bool,
    only: Filter | None,
    corpus: Path | None,
    index: Path | None,
) -> int:
    """Answer QUESTION from the documents; "-" reads it from standard input.

    Exit code: 0 answered, 1 the documents do not say, 2 wrong use, 3 something is wrong with the corpus or the index.

    \b
    Examples:
      qa ask "How long is the Kant lease?"
      qa ask --json "When did Putin visit Kazakhstan?" | jq .citation.line
      qa ask --path 'minutes/**' --after 2024-01-01 "Who chairs the board?"
      qa ask --batch questions.txt --json > answers.jsonl

    FILE holds one question a line, or JSON Lines with "question" and, if you like, "id" and "session", which are
    passed through.
    """
    if (question is None) == (batch is None):
        raise UsageError("Give one question, or --batch FILE.", 'For example: qa ask "How long is the Kant lease?"')
    if batch is not None:
        from qa.cli.batch import ask_all

        if not as_json:
            raise UsageError("--batch gives JSON Lines.", "Add --json.")
        return ask_all(batch, min_confidence, only, corpus, index)
    from qa.assistant import checked_question

    asked = checked_question(_from_standard_input() if question == "-" else str(question))
    with open_assistant(corpus, index) as assistant:
        answer = assistant.ask(asked, only=only, min_confidence=min_confidence)
        if as_json:
            console.data_json(answer.as_dict())
        else:
            _show(answer)
        hint_if_stale(assistant)
    return _ANSWERED if answer.answered else _NOT_ANSWERED


def hint_if_stale(assistant: Assistant) -> None:
    """Say so on stderr when the documents have changed since they were indexed, or are gone."""
    try:
        stale = assistant.stale()
    except CorpusMissing as error:
        console.message(f"The answer is from the index alone. {error}")
        return
    if stale:
        files = "1 file has" if len(stale) == 1 else f"{len(stale)} files have"
        console.message(f"{files} changed since the index was built; bring it up to date with: {_update_command()}")


def _update_command() -> str:
    """`qa index` with the places that this call was given."""
    given = click.get_current_context().params
    words = ["qa", "index", *([str(given["corpus"])] if given["corpus"] else [])]
    words += ["--index", str(given["index"])] if given["index"] else []
    return shlex.join(words)


def place_of(passage: Citation | RetrievedPassage) -> str:
    """`path:line`, with the page and the heading where there are any; of a converted document, whose lines nobody sees,
    these alone."""
    from qa.documents.formats import has_lines

    line = f":{passage.line}" if has_lines(passage.path) else ""
    page = f" · page {passage.page}" if passage.page is not None else ""
    heading = f" · {passage.heading}" if passage.heading else ""
    return inert_line(f"{passage.path}{line}{page}{heading}")


def shortened(text: str) -> str:
    """One line of at most a few hundred characters."""
    line = inert_line(text)
    return line if len(line) <= _MOST_SHOWN else line[: _MOST_SHOWN - 1].rstrip() + "…"


def _from_standard_input() -> str:
    if sys.stdin is None:
        return ""
    return sys.stdin.buffer.read(_MOST_READ).decode("utf-8-sig", "replace")


def _show(answer: Answer) -> None:
    if answer.text is None or answer.citation is None:
        _show_refusal(answer)
        return
    console.data(console.bold(inert_line(answer.text)))
    console.data()
    console.data(console.paragraph(inert_line(answer.citation.sentence)))
    sure = f"{console.percent(answer.confidence)} sure"
    console.data(f"  {console.dim(f'{place_of(answer.citation)} · {sure}')}")


def _show_closest(candidate: Candidate) -> None:
    """What came closest, for a reader who may see an answer in it where the reader model did not dare to."""
    console.data()
    console.data(f"Closest, {console.percent(candidate.confidence)} sure: {console.bold(inert_line(candidate.text))}")
    console.data(console.paragraph(inert_line(candidate.citation.sentence)))
    console.data(f"  {console.dim(place_of(candidate.citation))}")


def _show_refusal(answer: Answer) -> None:
    console.data(console.bold("The documents do not say."))
    console.data(console.dim(f"{console.percent(answer.confidence)} sure."))
    if answer.alternatives:
        _show_closest(answer.alternatives[0])
    console.data()
    console.data(console.dim("The nearest passages:"))
    for passage in answer.passages[:_NEAREST]:
        console.data()
        console.data(f"  {console.dim(place_of(passage))}")
        console.data(console.paragraph(shortened(passage.text)))
