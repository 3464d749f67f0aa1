"""Gives out the answer of `qa ask`, as JSON or for a person; with `--write` also in the words of a language model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from qa.cli import console
from qa.cli.show import place_of, show
from qa.errors import UsageError
from qa.text.escaping import escape_line

if TYPE_CHECKING:
    from qa.answers import Answer, Citation, Part
    from qa.base_assistant import BaseAssistant
    from qa.generation.llm_settings import LlmSettings

write_option = click.option(
    "--write", is_flag=True, help="Let your own language model word the answer too, checked against the documents."
)
yes_option = click.option(
    "--yes", is_flag=True, help="With --write: agree that passages are sent to a server that is not this machine."
)


def server_to_write(*, yes: bool) -> LlmSettings:
    """The language model server that the user names; `yes`: passages may leave this machine, which is said once.

    Raises UsageError where none is named, it is not this machine and that is not agreed to, or httpx2 is not installed.
    """
    from qa.generation.chat_completions import import_httpx
    from qa.generation.llm_settings import LlmSettings, configuration_file

    server = LlmSettings.load()
    import_httpx()
    if server.may_be_asked:
        return server
    to = f"{server.url}{'' if server.is_encrypted else ', without encryption'}"
    what = f"the question and up to {server.passages} passages of your documents"
    if not yes:
        raise UsageError(
            f"Nothing is sent yet: {what} would go to {to}, which is not this machine.",
            f"To agree, add --yes, or put confirmed = true below the url in {configuration_file()}.",
        )
    console.message(f"{what} go to {to}.")
    return server


def present(
    answer: Answer, assistant: BaseAssistant, server: LlmSettings | None, *, as_json: bool, stale: Sequence[str] | None
) -> None:
    """Print `answer`; where there is a `server`, also what its model makes of it."""
    if as_json:
        written = answer if server is None else _written(answer, assistant, server)
        console.data_json({**written.as_dict(), "stale": stale})
        return
    show(answer)
    if server is not None:
        # The words of the documents are there at once; a model takes its time.
        _show_written(answer, assistant, server)


def _written(
    answer: Answer, assistant: BaseAssistant, server: LlmSettings, settle: Callable[[Part], None] = lambda part: None
) -> Answer:
    from qa.generation.chat_completions import ChatCompletions
    from qa.generation.written import Writer

    return Writer(ChatCompletions(server), assistant.cosine_similarity).write(answer, settle)


def _show_written(answer: Answer, assistant: BaseAssistant, server: LlmSettings) -> None:
    page = _Page()
    with _waiting(server) as stop_waiting:

        def settle(part: Part) -> None:
            stop_waiting()
            page.add(part)

        written = _written(answer, assistant, server, settle)
    page.end()
    if written.writing is None:
        return
    notes = " ".join(written.writing.notes)
    if written.extractive is None:
        console.message(f"Nothing was written. {notes}")
    elif notes:
        console.data(console.dim(console.paragraph(escape_line(notes))))


@dataclass(slots=True)
class _Page:
    """What is written, sentence by sentence; below it the places, each with its number."""

    numbers: dict[tuple[str, int, int], int] = field(default_factory=dict)
    places: list[Citation] = field(default_factory=list)

    def add(self, part: Part) -> None:
        if not self.places:
            console.data()
            console.data(console.dim("Written by a language model, and checked against the documents:"))
        marks = "".join(f"[{self._number(citation)}]" for citation in part.citations)
        console.data(f"{console.paragraph(escape_line(part.text), indent=0)} {console.dim(marks)}")

    def end(self) -> None:
        if self.places:
            console.data()
        for number, place in enumerate(self.places, 1):
            console.data(f"  {console.dim(f'[{number}] {place_of(place)}')}")

    def _number(self, citation: Citation) -> int:
        key = (citation.path, citation.start, citation.end)
        if key not in self.numbers:
            self.places.append(citation)
        return self.numbers.setdefault(key, len(self.places))


@contextmanager
def _waiting(server: LlmSettings) -> Iterator[Callable[[], None]]:
    """Say on a terminal that the model is writing, until what is given is called."""
    import sys

    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.text import Text

    status = Console(stderr=True).status(Text(escape_line(f"{server.model or 'The language model'} is writing")))
    status.start()
    try:
        yield status.stop
    finally:
        status.stop()
