"""Answers made by hand, and an assistant that gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qa.answers import Answer, AnswerKind, Candidate, Certainty, Citation, RetrievedPassage, Timings
from qa.conversation.replacing import Likeness
from qa.filters import Filter
from tests.unit.models import encoder


def citation(text: str, start: int = 0) -> Citation:
    return Citation("a.txt", start, start + len(text), 1, None, None, f"It is {text}.", f"It is {text}.")


def candidate(text: str, confidence: float) -> Candidate:
    return Candidate(text, confidence, citation(text))


def passage(number: int) -> RetrievedPassage:
    return RetrievedPassage(
        "a.txt", number, number + 1, 1, 1.0 / (number + 1), f"Passage {number}.", page=2, heading="H"
    )


def answer(
    question: str,
    text: str | None,
    confidence: float,
    others: Sequence[Candidate] = (),
    passages: int = 8,
    certainty: Certainty = Certainty.FIRM,
) -> Answer:
    closest = others[0].confidence if others else 0.0
    return Answer(
        question=question,
        standalone_question=question,
        answered=text is not None,
        text=text,
        confidence=closest if text is None else confidence,
        citation=citation(text) if text is not None else None,
        alternatives=tuple(others),
        passages=tuple(passage(number) for number in range(passages)),
        timings=Timings(1.0, 2.0, 3.0, 11.0, rerank=4.0),
        certainty=certainty if text is not None else None,
        absent_probability=confidence if text is None else None,
    )


class Answers:
    """Knows the answers to a few questions, with how sure it is; everything else is refused."""

    def __init__(self, **known: tuple[str, float]) -> None:
        self.known = {question.replace("_", " "): given for question, given in known.items()}
        self.guessed: dict[str, tuple[str, float]] = {}
        self.tentative: dict[str, tuple[str, float]] = {}
        self.asked: list[str] = []

    def knows(self, question: str, text: str, confidence: float) -> None:
        self.known[question] = (text, confidence)

    def guesses(self, question: str, text: str, confidence: float) -> None:
        """Refused, with `text` as the closest."""
        self.guessed[question] = (text, confidence)

    def ask(self, question: str, *, only: Filter | None = None, min_confidence: float | None = None) -> Answer:
        self.asked.append(question)
        if question in self.tentative:
            return answer(question, *self.tentative[question], certainty=Certainty.TENTATIVE)
        if question not in self.known:
            return answer(question, None, 0.9, [candidate(*self.guessed.get(question, ("nothing", 0.05)))])
        text, confidence = self.known[question]
        return answer(question, text, confidence, [candidate("another", 0.1)])

    def talk(self, typed: str) -> Answer | None:
        if not typed.lower().startswith("thanks"):
            return None
        return replace(answer(typed, None, 1.0), kind=AnswerKind.TALK, said="You are welcome.", passages=())

    def search(self, query: str, limit: int, *, only: Filter | None = None) -> tuple[RetrievedPassage, ...]:
        return tuple(passage(number) for number in range(min(limit, 12)))


def cosine_similarity() -> Likeness:
    """By the shipped encoder."""

    def like(text: str, others: Sequence[str]) -> list[float]:
        vectors = encoder().encode([text, *others])
        return [float(cosine) for cosine in vectors[1:] @ vectors[0]]

    return like
