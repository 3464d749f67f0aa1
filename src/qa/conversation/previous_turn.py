"""A turn before, as a follow-up is understood with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PreviousTurn:
    """A question before, standing alone, and its answer (empty where there was none); `other` is the next best candidate."""

    question: str
    answer: str
    other: str = ""
