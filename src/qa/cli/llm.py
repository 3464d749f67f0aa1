"""`qa llm`: the language model server that `qa ask --write` asks."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from qa.cli import console
from qa.cli.options import json_option
from qa.text.escaping import escape_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_NAMED = 40
_TEST = ({"role": "user", "content": "Say in one short sentence what colour the sky has on a clear day."},)


@click.group()
def llm() -> None:
    """Look after the language model server of your own that words answers anew (docs/writing.md).

    It is named by QA_LLM_URL, QA_LLM_MODEL and QA_LLM_KEY, or by the [llm] table of config.toml in your configuration
    directory.

    \b
    Examples:
      QA_LLM_URL=http://localhost:11434/v1 qa llm check
      qa ask --write "When is the summer party?"
    """


@llm.command()
@json_option
def check(as_json: bool) -> int:
    """List the models of the server, and let one write a test sentence. Nothing of your documents is sent."""
    from qa.generation.chat_completions import ChatCompletions
    from qa.generation.llm_settings import LlmSettings
    from qa.generation.written import chosen_model

    server = LlmSettings.load()
    client = ChatCompletions(server)
    models = client.models()
    if not as_json:
        console.data(
            f"{console.bold(escape_line(server.url))}{'' if server.is_this_machine else ' (not this machine)'}"
        )
        _name(models, server.model)
    model = chosen_model(server, models)
    completion = client.write(_TEST, model, lambda _: False)
    words = len(completion.text.split())
    speed = words / max(completion.total, 1e-9)
    if as_json:
        test = {**asdict(completion), "words_per_second": speed}
        about = {"url": server.url, "is_this_machine": server.is_this_machine, "models": models, "model": model}
        console.data_json({**about, "test": test})
        return 0
    console.data()
    console.data(console.paragraph(escape_line(completion.text)))
    took = f"first word after {completion.first:.1f} s, all {words} words after {completion.total:.1f} s"
    console.data(f"  {console.dim(f'{took}, {speed:.0f} a second')}")
    return 0


def _name(models: Sequence[str], chosen: str) -> None:
    for name in models[:_MOST_NAMED]:
        console.data(escape_line(f"{'*' if name == chosen else '-'} {name}"))
    if (more := len(models) - _MOST_NAMED) > 0:
        console.data(console.dim(f"and {more:,} more; --json has all of them"))
