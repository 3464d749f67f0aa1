"""Which language model server is asked: the environment, and the `[llm]` table of the user's configuration file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit, urlunsplit

from qa.errors import QaError, UsageError
from qa.locations import user_configuration
from qa.loopback import is_loopback
from qa.text.escaping import escape_line
from qa.toml_file import read_toml

FILE_NAME = "config.toml"
_VARIABLES = {"url": "QA_LLM_URL", "model": "QA_LLM_MODEL", "key": "QA_LLM_KEY"}
_KEY = re.compile(r"[!-~]+")
_EXAMPLES = {
    "url": 'url = "http://localhost:11434/v1"',
    "model": 'model = "llama3.2"',
    "key": 'key = "sk-..."',
    "confirmed": "confirmed = true",
    "seconds": "seconds = 120",
    "context": "context = 4096",
    "passages": "passages = 5",
}
_LEAST_SECRET = 8
"""Characters of a key: a shorter one ("none", "ollama") is no secret, and stands in other words."""
_RANGES = {"seconds": (1, 3_600), "context": (512, 1_000_000), "passages": (1, 20)}


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """A server with the OpenAI chat-completions interface, and how it is asked."""

    url: str
    """`url`, QA_LLM_URL: what "/chat/completions" is added to. "/v1" is added to an address without a path."""

    model: str = ""
    """`model`, QA_LLM_MODEL: empty for the only one that the server has."""

    key: str = field(default="", repr=False)
    """`key`, QA_LLM_KEY: sent to the server, and shown nowhere."""

    confirmed: bool = False
    """`confirmed`: that passages may be sent to `url`, where that is not this machine. Only the file can say so, and only of
    the address that stands beside it."""

    seconds: int = 120
    """`seconds`: the most that an answer may take, a second attempt included."""

    context: int = 4_096
    """`context`: tokens that the model can read and write at a time. Fewer passages are sent where they do not fit."""

    passages: int = 5
    """`passages`: how many are sent at most."""

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def is_this_machine(self) -> bool:
        """Whether nothing leaves this machine."""
        return is_loopback(self.host)

    @property
    def may_be_asked(self) -> bool:
        """Whether passages may be sent to it: they stay on this machine, or the file agrees to it."""
        return self.is_this_machine or self.confirmed

    @property
    def is_encrypted(self) -> bool:
        return self.url.startswith("https:")

    def without_key(self, text: str) -> str:
        """`text` as it may be shown, where a server says the key again."""
        return text.replace(self.key, "[key]") if len(self.key) >= _LEAST_SECRET else text

    @classmethod
    def load(cls, file: Path | None = None, environment: Mapping[str, str] | None = None) -> LlmSettings:
        """What the environment says and, for what it leaves open, `file` (else the user's).

        Raises NoServerNamed where neither names a server, UsageError for a variable and LlmTableUnusable for a file that cannot
        be.
        """
        file = file or configuration_file()
        environment = os.environ if environment is None else environment
        kept = _table(file)
        for name, value in kept.items():
            _checked_in(file, name, value)
        of_file = cls(**{"url": "", **kept})
        given = {name: environment[variable] for name, variable in _VARIABLES.items() if environment.get(variable)}
        for name, value in given.items():
            _checked_variable(name, value)
        if not (given.get("url") or of_file.url):
            raise NoServerNamed
        settings = replace(of_file, **cast("dict[str, Any]", given))
        of_other_server = normalised(settings.url) != normalised(of_file.url)
        if of_other_server:
            # What was confirmed, and the key that was kept, are for the server that stands beside them.
            settings = replace(settings, confirmed=False, key=given.get("key", ""), model=given.get("model", ""))
        return replace(settings, url=normalised(settings.url))


class LlmTableUnusable(QaError):
    """The `[llm]` table of the configuration file holds what cannot be. `detail` stands without the file."""

    def __init__(self, file: Path, detail: str, hint: str) -> None:
        super().__init__(f"The configuration in {file} cannot be used ({detail}).", hint)


class NoServerNamed(UsageError):
    def __init__(self) -> None:
        super().__init__(
            "No language model server is named, so nothing can be written.",
            f"Set QA_LLM_URL, for example to http://localhost:11434/v1, or put it into {configuration_file()}:"
            f" [llm] {_EXAMPLES['url']}",
        )


def configuration_file() -> Path:
    """`qa/config.toml` in the configuration directory of the platform."""
    return user_configuration() / FILE_NAME


def normalised(url: str) -> str:
    """`url` without what may stand behind the place where the interface begins."""
    parts = urlsplit(url.strip())
    path = parts.path.rstrip("/").removesuffix("/chat/completions").rstrip("/")
    return urlunsplit((parts.scheme, parts.netloc, path or "/v1", "", "")) if parts.netloc else url


def _table(file: Path) -> dict[str, Any]:
    table = read_toml(file, LlmTableUnusable, "a configuration of qa").get("llm", {})
    if not isinstance(table, dict):
        raise LlmTableUnusable(file, "llm is not a table", f"Write [llm], and below it {_EXAMPLES['url']}.")
    return table


def _checked_in(file: Path, name: str, value: Any) -> None:
    """Raises LlmTableUnusable."""
    if name not in _EXAMPLES:
        detail = f"[llm] has no key {escape_line(name)[:80]}"
        raise LlmTableUnusable(file, detail, f"The keys are {', '.join(_EXAMPLES)}.")
    hint = f"Write {_EXAMPLES[name]}."
    if name == "confirmed":
        if not isinstance(value, bool):
            raise LlmTableUnusable(file, "confirmed is neither true nor false", hint)
    elif name in _RANGES:
        least, most = _RANGES[name]
        if type(value) is not int or not least <= value <= most:
            raise LlmTableUnusable(file, f"{name} is no whole number from {least:,} to {most:,}", hint)
    elif not isinstance(value, str):
        raise LlmTableUnusable(file, f"{name} is not a text", hint)
    elif problem := _problem(name, value):
        raise LlmTableUnusable(file, f"{name} {problem}", hint)


def _checked_variable(name: str, value: str) -> None:
    """Raises UsageError."""
    if problem := _problem(name, value):
        example = _EXAMPLES[name].partition(" = ")[2].strip('"')
        raise UsageError(f"{_VARIABLES[name]} {problem}.", f"For example: {example}")


def _problem(name: str, value: str) -> str:
    """What is wrong with a text; "" where nothing is. A key is not repeated."""
    if name == "url":
        return _problem_of_url(value)
    if name == "key" and value and not _KEY.fullmatch(value):
        return "holds blanks or characters that no key has"
    if name == "model" and not value.isprintable():
        return "holds characters that no name has"
    return ""


def _problem_of_url(url: str) -> str:
    try:
        parts: SplitResult = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if parts.scheme not in ("http", "https") or not host or not url.strip().isprintable():
        return "is no address that begins with http:// or https://"
    if parts.username is not None or parts.password is not None:
        return "holds a user name or a password, which belong into QA_LLM_KEY"
    return ""
