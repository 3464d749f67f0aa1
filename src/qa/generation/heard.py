"""What a language model wrote, as it comes from a server: events of the OpenAI interface, put together."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_CHARACTERS = 6_000
"""Of what a model writes; the rest is not waited for."""
_THOUGHTS = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|$)", re.DOTALL | re.IGNORECASE)

Hear = Callable[[str], bool]
"""Given all that was written so far; true when that is enough. On a second attempt it begins anew."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model wrote. `first` and `total` are seconds from the asking to the first word and to the end. `cut`: whether it
    would have gone on, so that its last sentence may be half of one."""

    text: str
    first: float
    total: float
    cut: bool = False


@dataclass(slots=True)
class Heard:
    """What came so far, without the thoughts of a model that thinks aloud."""

    hear: Hear
    began: float = field(default_factory=time.perf_counter)
    raw: str = ""
    first: float | None = None

    def add(self, text: str) -> bool:
        """Whether it is enough."""
        if not text:
            return False
        self.raw += text
        if self.first is None:
            self.first = time.perf_counter() - self.began
        return self.hear(self.text) or len(self.raw) > MOST_CHARACTERS

    @property
    def text(self) -> str:
        return _THOUGHTS.sub("", _whole_characters(self.raw))

    def completion(self, *, cut: bool) -> Completion:
        total = time.perf_counter() - self.began
        first = total if self.first is None else self.first
        return Completion(self.text, first, total, cut)


def _whole_characters(text: str) -> str:
    """`text` with the halves of a character that came in two pieces put together; a half alone is none."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def content_of(event: Mapping[str, Any], key: str) -> str:
    """What was written, in the `key` ("delta", "message") of its choice."""
    choice = _choice(event)
    inner = choice.get(key)
    content = inner.get("content") if isinstance(inner, dict) else None
    return content if isinstance(content, str) else ""


def is_last(event: Mapping[str, Any]) -> bool:
    """Whether nothing comes after it."""
    return bool(_choice(event).get("finish_reason"))


def is_cut(event: Mapping[str, Any]) -> bool:
    """Whether the server ended it, and not the model."""
    return _choice(event).get("finish_reason") == "length"


def _choice(event: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = event.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    return first if isinstance(first, dict) else {}
