"""What became of a question in a chat, and how that is kept: as JSON with its kind."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from qa.answers import Answer, AnswerKind, RetrievedPassage
from qa.restoring import restored


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave."""

    passages: tuple[RetrievedPassage, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """The question could not be answered: the error's `what` and `hint`."""

    what: str
    hint: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The user did not want to wait."""


TurnOutcome = Answer | Found | Failure | Cancelled

_NAMES: dict[type, str] = {Answer: "answer", Found: "found", Failure: "failure", Cancelled: "cancelled"}


def as_json(outcome: TurnOutcome) -> str:
    return json.dumps({_NAMES[type(outcome)]: asdict(outcome)})


def outcome_of(text: str) -> TurnOutcome:
    """What `as_json` wrote. Raises ValueError, LookupError, TypeError or AttributeError for what it did not."""
    ((name, values),) = json.loads(text).items()
    kinds: dict[str, Any] = {name: kind for kind, name in _NAMES.items()}
    if name not in kinds:
        raise ValueError(f"unknown outcome {name}")
    return Answer.restored(values) if name == "answer" else restored(kinds[name], values)


def is_small_talk(outcome: TurnOutcome | None) -> bool:
    """Whether nothing was looked for: a greeting, thanks, a question about the program."""
    return isinstance(outcome, Answer) and outcome.kind is AnswerKind.TALK and not outcome.searched
