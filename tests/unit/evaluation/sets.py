"""Question sets in small folders, and an assistant that answers from them without any model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from qa.answers import Answer, Certainty
from qa.base_assistant import Explanation
from qa.errors import UsageError
from qa.evaluation.question_sets import DOCUMENTS, QUESTIONS
from qa.index.records import StoredPassage
from qa.pipeline.pipeline import Findings
from qa.pipeline.retriever import Hit
from tests.unit.evaluation.made import answer

DOCS = {
    "key.txt": "The key hangs behind the clock.\nThe clock stands in the hall.",
    "party/summer.txt": "The summer party is on 7 June.\nBring  a\tcake.",
}
ROWS: tuple[dict[str, Any], ...] = (
    {
        "id": "a",
        "question": "Where is the key?",
        "answers": ["behind the clock"],
        "doc": "key.txt",
        "kind": "answerable",
    },
    {"id": "b", "question": "Where is the clock?", "answers": ["in the hall", "the hall"], "doc": "key.txt"},
    {"id": "c", "question": "When is the party?", "answers": ["7 June"], "doc": "party/summer.txt", "kind": "table"},
    {"id": "d", "question": "Who has the key?", "answers": [], "kind": "near-miss"},
    {"id": "e", "question": "What is copper worth?", "answers": [], "kind": "off-topic"},
)


def made_set(folder: Path, rows: Sequence[dict[str, Any] | str] = ROWS, documents: Mapping[str, str] = DOCS) -> Path:
    """A row that is a text is written as it is."""
    for path, text in documents.items():
        file = folder / DOCUMENTS / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (folder / QUESTIONS).write_text("\n".join(lines))
    return folder


def tentative(text: str, confidence: float) -> Answer:
    return replace(firm(text, confidence), certainty=Certainty.TENTATIVE)


def firm(text: str, confidence: float) -> Answer:
    return replace(answer(text, confidence), certainty=Certainty.FIRM)


def refused(confidence: float, best: tuple[str, float] | None = None) -> Answer:
    return answer(None, confidence, best=best)


@dataclass
class FakeAssistant:
    """Gives `answers` (a refusal where there is none); its passages are the lines of `texts`, in their order."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=lambda: DOCS)
    asked: list[str] = field(default_factory=list)

    def explain(self, question: str) -> Explanation:
        if len(question) > 500:
            raise UsageError("This question is too long.")
        self.asked.append(question)
        given = self.answers.get(question, refused(0.9))
        return Explanation(given, Findings(question, self._hits(), 1, (), given.timings))

    def document_text(self, path: str) -> str:
        return self.texts[path]

    def documents(self) -> tuple[str, ...]:
        return tuple(self.texts)

    def _hits(self) -> list[Hit]:
        lines = [(path, line) for path, text in self.texts.items() for line in text.split("\n")]
        return [
            Hit(StoredPassage(number, path, 0, len(line), 1, None, None, line), 0.5, 0.5)
            for number, (path, line) in enumerate(lines)
        ]
