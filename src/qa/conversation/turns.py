"""A turn of a conversation, and its form as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from qa.answers import Answer, Candidate, Citation, RetrievedPassage, Timings


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
            return cls(str(values["question"]), str(values["standalone_question"]), _answer(values["answer"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is no turn of a conversation ({error!r})") from error


def _answer(values: Mapping[str, Any]) -> Answer:
    made = _known(Answer, values)
    citation = values["citation"]
    made["citation"] = Citation(**_known(Citation, citation)) if citation is not None else None
    made["alternatives"] = tuple(_candidate(one) for one in values["alternatives"])
    made["passages"] = tuple(RetrievedPassage(**_known(RetrievedPassage, one)) for one in values["passages"])
    made["timings"] = Timings(**_known(Timings, values["timings"]))
    return Answer(**made)


def _candidate(values: Mapping[str, Any]) -> Candidate:
    return Candidate(**{**_known(Candidate, values), "citation": Citation(**_known(Citation, values["citation"]))})


def _known(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in values.items() if name in names}
