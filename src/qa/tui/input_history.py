"""The questions asked so far, to step back to with the up key, and the draft that was there before stepping back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class History:
    def __init__(self) -> None:
        self._questions: list[str] = []
        self._at = 0
        self._draft = ""

    def add(self, question: str) -> None:
        """Remember `question` as the newest; one asked twice in a row is kept once."""
        if not self._questions or self._questions[-1] != question:
            self._questions.append(question)
        self._at = len(self._questions)
        self._draft = ""

    def precede(self, questions: Iterable[str]) -> None:
        """Put `questions`, oldest first, before all others."""
        earlier = list(questions)
        self._questions = earlier + self._questions
        self._at += len(earlier)

    def older(self, current: str) -> str | None:
        """The question before; None at the oldest. `current` is what the input holds, kept if it is a draft."""
        if self._at == 0:
            return None
        if self._at == len(self._questions):
            self._draft = current
        self._at -= 1
        return self._questions[self._at]

    def newer(self) -> str | None:
        """The question after, in the end the draft; None if nothing is newer."""
        if self._at == len(self._questions):
            return None
        self._at += 1
        return self._draft if self._at == len(self._questions) else self._questions[self._at]
