"""What can be asked: the check that every question passes first."""

from __future__ import annotations

from qa.errors import QuestionEmpty, QuestionTooLong

MAX_QUESTION_CHARACTERS = 2_000


def checked_question(question: str) -> str:
    """The question as it is read: lone surrogates (bytes that are no UTF-8) cannot be encoded, stored or printed.

    Raises QuestionEmpty, QuestionTooLong.
    """
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise QuestionTooLong(len(question), MAX_QUESTION_CHARACTERS)
    question = question.encode("utf-8", "replace").decode("utf-8").strip()
    if not any(character.isalnum() for character in question):
        raise QuestionEmpty
    return question
