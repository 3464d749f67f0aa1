"""What there is to see behind an outcome: the answer, the other candidates, the nearest passages, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.answers import Answer, AnswerKind
from qa.conversation.storage.outcomes import Found
from qa.documents.formats import has_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.answers import Citation, RetrievedPassage
    from qa.conversation.storage.outcomes import TurnOutcome


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """A place in a document: the passage from `passage_start` to `passage_end`, the span from `start` to `end` within it.

    Both are characters of the document. Without a span, `start == end`; a whole document has an empty passage too.
    `text` is the span, else the passage; `confidence` is None where there is no candidate.
    """

    label: str
    path: str
    line: int
    page: int | None
    heading: str | None
    start: int
    end: int
    passage_start: int
    passage_end: int
    text: str
    confidence: float | None = None

    @property
    def place(self) -> str:
        """`path:line`; of a converted document, whose lines nobody sees, the path and the page."""
        if has_lines(self.path):
            return f"{self.path}:{self.line}"
        return self.path if self.page is None else f"{self.path}, page {self.page}"


_LABELS = {AnswerKind.LIST: "Item", AnswerKind.WRITTEN: "Sentence"}


def evidence_items(outcome: TurnOutcome | None) -> tuple[EvidenceItem, ...]:
    """The evidence of an outcome in the order in which it is shown; empty where there is none."""
    match outcome:
        case Answer(in_parts=True, parts=parts):
            label = _LABELS.get(outcome.kind, "Extract")
            pieces = tuple(
                _of_span(
                    f"{label} {number} of {len(parts)}",
                    part.text if part.support is None else part.citation.quote,
                    None,
                    part.citation,
                    outcome.passages,
                )
                for number, part in enumerate(parts, 1)
            )
            return (*pieces, *evidence_items(outcome.extractive))
        case Answer(answered=True, text=str(text), citation=citation) if citation is not None:
            label = "Tentative answer" if outcome.hedge else "Answer"
            answer = _of_span(label, text, outcome.confidence, citation, outcome.passages)
            return (answer, *_candidates("Other candidate", outcome))
        case Answer():
            passages = _passages("Nearest passage", outcome.nearest)
            return (*_candidates("Closest candidate", outcome), *passages)
        case Found(passages=passages):
            return _passages("Passage", passages)
        case _:
            return ()


def whole_document(path: str) -> EvidenceItem:
    """A document from its first line."""
    return EvidenceItem("Document", path, 1, None, None, 0, 0, 0, 0, "")


def _candidates(label: str, answer: Answer) -> tuple[EvidenceItem, ...]:
    return tuple(
        _of_span(
            label if number == 0 else "Other candidate", each.text, each.confidence, each.citation, answer.passages
        )
        for number, each in enumerate(answer.alternatives)
    )


def _of_span(
    label: str, text: str, confidence: float | None, citation: Citation, passages: Sequence[RetrievedPassage]
) -> EvidenceItem:
    around = next(
        (
            (passage.start, passage.end)
            for passage in passages
            if passage.path == citation.path and passage.start <= citation.start and citation.end <= passage.end
        ),
        (citation.start, citation.end),
    )
    return EvidenceItem(
        label,
        citation.path,
        citation.line,
        citation.page,
        citation.heading,
        citation.start,
        citation.end,
        *around,
        text,
        confidence,
    )


def _passages(label: str, passages: Sequence[RetrievedPassage]) -> tuple[EvidenceItem, ...]:
    return tuple(
        EvidenceItem(
            f"{label} {number}",
            passage.path,
            passage.line,
            passage.page,
            passage.heading,
            passage.start,
            passage.start,
            passage.start,
            passage.end,
            passage.text,
        )
        for number, passage in enumerate(passages, 1)
    )
