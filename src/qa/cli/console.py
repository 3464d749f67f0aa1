"""The only place that writes to stdout and stderr: stdout is data, stderr is messages and progress.

All text goes through `inert`, so nothing in a document, a file name or a question reaches the terminal as a control
sequence. Colour shows only on a terminal and never with NO_COLOR (https://no-color.org).
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from qa.text.escaping import escape_control_characters, escape_line

if TYPE_CHECKING:
    from qa.index.writing.writer import Progress

_WIDEST = 100


class OutputClosed(Exception):
    """Whoever read stdout has gone (`| head`): nothing is wrong, and nothing more is to be said."""


def data(text: str = "") -> None:
    """One line or paragraph of data for a person. Raises OutputClosed."""
    try:
        click.echo(text, color=_colour())
    except BrokenPipeError as error:
        raise OutputClosed from error


def data_json(value: dict[str, Any]) -> None:
    """One JSON object on one line, in ASCII: the same in every encoding, and no character of it acts on a terminal."""
    data(json.dumps(value))


def message(text: str) -> None:
    """One line on stderr."""
    click.echo(f"qa: {escape_line(text)}", err=True)


def bold(text: str) -> str:
    return click.style(escape_control_characters(text), bold=True)


def dim(text: str) -> str:
    return click.style(escape_control_characters(text), dim=True)


def paragraph(text: str, indent: int = 2) -> str:
    """`text` (already inert) wrapped to the terminal, each line indented."""
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    prefix = " " * indent
    return textwrap.fill(
        text, width, initial_indent=prefix, subsequent_indent=prefix, break_on_hyphens=False, break_long_words=True
    )


@contextmanager
def progress_bar(title: str, things: str = "passages") -> Iterator[Progress | None]:
    """A bar with rate and time left on stderr, shown from the first report on; None where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        ProgressColumn,
        Task,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{things} · {task.speed:,.0f}/s ·" if task.speed else f"{things} ·")

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
    )
    bar = Bar(*columns, console=Console(stderr=True), transient=True)
    tasks: list[TaskID] = []

    def report(done: int, total: int) -> None:
        if not tasks:
            bar.start()
            tasks.append(bar.add_task(escape_line(title), total=total))
        bar.update(tasks[0], completed=done, total=total)

    try:
        yield report
    finally:
        if tasks:
            bar.stop()


def make_output_safe() -> None:
    """A character that the terminal's encoding lacks is shown escaped, and a stream that was closed swallows all."""
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _nowhere() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO())


def _colour() -> bool | None:
    return False if os.environ.get("NO_COLOR") else None
