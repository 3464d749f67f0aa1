"""Keeps evaluation rows, and the article that ships, out of training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from qa.evaluation.json_lines import read_json_lines
from qa.pipeline.ranking import normalised
from qa.training.data.surface import words
from qa.training.data.training_rows import TrainingRow

GRAM = 8
LARGEST_SHARE = 0.1


@dataclass(slots=True)
class Shield:
    """Knows what is being measured on: contexts by their 8-word runs, questions by their normal form."""

    grams: set[int] = field(default_factory=set)
    questions: set[str] = field(default_factory=set)
    _verdicts: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def over(cls, evaluation: Path, *texts: Path) -> Shield:
        """A shield over every .jsonl.gz file of a folder and over plain texts."""
        shield = cls()
        for path in sorted(evaluation.glob("*.jsonl.gz")):
            for raw in read_json_lines(path):
                shield.add(str(raw["context"]), str(raw["question"]))
        for path in texts:
            shield.add(path.read_text("utf-8"))
        return shield

    def add(self, context: str, question: str = "") -> None:
        self.grams.update(_grams(context))
        if question:
            self.questions.add(normalised(question))

    def covers_context(self, context: str) -> bool:
        """Whether the context is, contains or largely overlaps a measured one.

        A tenth of its 8-word runs is far more than chance and far less than a shared paragraph; a text shorter than
        one run counts whole.
        """
        if context not in self._verdicts:
            grams = list(_grams(context))
            shared = sum(gram in self.grams for gram in grams)
            self._verdicts[context] = bool(grams) and shared >= max(1, LARGEST_SHARE * len(grams))
        return self._verdicts[context]

    def covers(self, row: TrainingRow) -> bool:
        return normalised(row.question) in self.questions or self.covers_context(row.context)

    def clear(self, rows: Iterable[TrainingRow]) -> Iterator[TrainingRow]:
        return (row for row in rows if not self.covers(row))


def _grams(text: str) -> Iterator[int]:
    found = words(text)
    for at in range(max(1, len(found) - GRAM + 1)):
        yield hash(tuple(found[at : at + GRAM]))
