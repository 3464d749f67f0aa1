"""A turn of a conversation, its form as JSON, and what the next turn goes on from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from qa.answers import Answer
from qa.filters import Filter


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as typed, as it was understood, and what was answered."""

    question: str
    standalone_question: str
    answer: Answer

    @classmethod
    def of(cls, answer: Answer) -> Self:
        return cls(answer.question, answer.standalone_question, answer)

    def as_dict(self) -> dict[str, Any]:
        """Everything, in types that JSON has; `Turn.from_dict` is its inverse."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Raises ValueError for what `as_dict` did not write. Fields that a later version added are passed over."""
        try:
            return cls(str(values["question"]), str(values["standalone_question"]), Answer.restored(values["answer"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is no turn of a conversation ({error!r})") from error


@dataclass(frozen=True, slots=True)
class ConversationState:
    """All that the next question of a conversation goes on from: with it, any process may answer that one.

    `turns` are those before, oldest first. Of the last one, `only` is the filter that it was asked with, and `more_shown` how
    many passages "Show me more" has given since.
    """

    turns: tuple[Turn, ...] = ()
    only: Filter | None = None
    more_shown: int = 0
